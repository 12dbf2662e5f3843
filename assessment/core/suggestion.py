"""What a scorecard suggests to answer next, as it stood on the day it was made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Another questionnaire, and why this one: `because` names the area (a title) that leads on to it.

    `minutes` are words ("5 to 7 minutes"), `address` is whole, so that it also works on paper and in a mail.
    """

    questionnaire: str
    title: str
    kind: str
    summary: str
    minutes: str
    address: str
    area: str
    because: str
