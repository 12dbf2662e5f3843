"""How deliveries stand, as lines for a terminal."""

from assessment.actions.installation import Installation
from assessment.store import deliveries
from assessment.store.database import reading

TROUBLE = ("queued", "leased", "failed", "held", "suppressed")


def delivery_lines(house: Installation, *, everything: bool) -> list[str]:
    """One line a mail, newest first; without `everything` only those that wait or failed. No address is printed."""
    with reading(house.engine) as connection:
        rows = deliveries.listing(connection, states=() if everything else TROUBLE)
    if not rows:
        return ["Every mail was delivered." if not everything else "No mail was asked for yet."]
    lines = [f"{'created':16}  {'state':10}  {'tries':>5}  {'questionnaire':28}  {'scorecard':16}  why"]
    for row in rows:
        why = (row.error or "").replace("\n", " ")[:80]
        lines.append(
            f"{row.created_at:%Y-%m-%d %H:%M}  {row.state:10}  {row.tries:>5}  {row.questionnaire[:28]:28}  "
            f"{row.scorecard:16}  {why}".rstrip()
        )
    return lines
