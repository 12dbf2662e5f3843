"""Who keeps the safe: it is made for the first who signs in, so that a web server answers respondents sooner."""

from threading import Lock
from typing import TYPE_CHECKING, cast

from flask import current_app

from assessment.actions.installation import Installation

if TYPE_CHECKING:
    from assessment.web.accounts.safe import Safe

EXTENSION = "assessment-safe"


class Keeper:
    """Keeps the safe of one installation."""

    def __init__(self, house: Installation) -> None:
        self._house, self._lock = house, Lock()
        self._safe: Safe | None = None

    def safe(self) -> "Safe":
        """The safe, made when it is first asked for (about half a second, the same for whoever asks)."""
        with self._lock:
            if self._safe is None:
                from assessment.web.accounts.safe import Safe

                self._safe = Safe(self._house)
            return self._safe


def safe() -> "Safe":
    """The safe of the running application."""
    return cast(Keeper, current_app.extensions[EXTENSION]).safe()
