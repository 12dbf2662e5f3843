"""Whether an installation can serve: its database, its tables, its questionnaires and its secrets."""

from collections.abc import Iterator

from assessment.actions.installation import Installation
from assessment.store import revision, sealed_values
from assessment.store.database import UNAVAILABLE, reading
from assessment.store.keys import KeyFault, read_keyring


def missing(house: Installation) -> list[str]:
    """The parts that are not there: `database`, `tables`, `questionnaires`, `secrets`; none when all is well."""
    return list(_missing(house))


def _missing(house: Installation) -> Iterator[str]:
    sealed: list[bytes] = []
    try:
        with reading(house.engine) as connection:
            # Tables of a newer version are well: they only gained something, and this process is about to be replaced.
            if revision.standing(connection) in {"none", "older"}:
                yield "tables"
            else:
                sealed = sealed_values.newest(connection)
    except UNAVAILABLE:
        yield "database"
    if not house.catalogue.live():
        yield "questionnaires"
    try:
        keyring = read_keyring(house.settings.secrets_path)
    except KeyFault:
        yield "secrets"
    else:
        # Of two machines that each made secrets for one new database, one cannot read what the other wrote.
        if not all(map(keyring.opens, sealed)):
            yield "secrets"
