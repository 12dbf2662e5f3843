"""Calendar months, as people count them: not so many days."""

from calendar import monthrange
from datetime import datetime


def months_before(at: datetime, months: int) -> datetime:
    """The same time of day and day of the month so many months earlier; the month's last day where it has no such."""
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
