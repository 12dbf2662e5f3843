"""Whether an installation can serve: its database, its tables, its questionnaires and its secrets."""

from collections.abc import Iterator

from assessment.actions.installation import Installation
from assessment.store import revision, sealed_values
from assessment.store.database import UNAVAILABLE, reading
from assessment.store.keys import KeyFault, Keyring, read_keyring


def missing(house: Installation) -> list[str]:
    """The parts that are not there: `database`, `tables`, `questionnaires`, `secrets`; none when all is well."""
    return list(_missing(house))


def _missing(house: Installation) -> Iterator[str]:
    keyring, of_others = _keyring(house), False
    try:
        with reading(house.engine) as connection:
            # Tables of a newer version are well: they only gained something, and this process is about to be replaced.
            if revision.standing(connection) in {"none", "older"}:
                yield "tables"
            elif keyring is not None:
                of_others = sealed_values.look(connection, keyring).is_of_others
    except UNAVAILABLE:
        yield "database"
    if not house.catalogue.live():
        yield "questionnaires"
    # Of two machines that each made secrets for one new database, one cannot read what the other wrote.
    if keyring is None or of_others:
        yield "secrets"


def _keyring(house: Installation) -> Keyring | None:
    """The keys as they are in the file now, or None when it cannot be read."""
    try:
        return read_keyring(house.settings.secrets_path)
    except KeyFault:
        return None
