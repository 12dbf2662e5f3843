"""What every action stands on: the database, the keys, the catalogue and the settings of one installation."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from assessment.catalogue.catalogue import Catalogue
from assessment.catalogue.versions import load
from assessment.core.definition import Questionnaire
from assessment.settings import Settings
from assessment.store import definitions
from assessment.store.keys import Keyring

_MOST_PINNED = 200


class Gone(LookupError):
    """What an action was about is no longer there, or no longer in the state that the action needs."""


@dataclass(frozen=True)
class Installation:
    """One firm's installation."""

    engine: Engine
    keyring: Keyring
    catalogue: Catalogue
    settings: Settings
    _pinned: dict[str, Questionnaire] = field(default_factory=dict)

    def questionnaire(self, connection: Connection, version: str) -> Questionnaire:
        """The definition of a version, also one that is no longer served; raises `LookupError` for an unknown one."""
        known = self._pinned.get(version)
        if known is None:
            body = definitions.body_of(connection, version)
            if body is None:
                raise LookupError(f"no definition with version {version}")
            known = load(body)
            if len(self._pinned) >= _MOST_PINNED:
                self._pinned.clear()
            self._pinned[version] = known
        return known
