"""The words of an invitation's mail: who invites, to what, how long it takes, and who sees the answers."""

from assessment import rendering
from assessment.actions import promises
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.core.routing import minutes
from assessment.delivery.letters import Written
from assessment.store import accounts, invitations, submissions
from assessment.store.database import reading
from assessment.store.invitations import Invitation
from assessment.store.notices import Notice


def invitation(house: Installation, links: Links, notice: Notice) -> Written | None:
    """An invitation; None once it was begun, withdrawn, forgotten or over, or the person must not be contacted."""
    if notice.invitation_id is None:
        return None
    with reading(house.engine) as connection:
        found = invitations.by_id(connection, house.keyring, notice.invitation_id)
        if found is None or submissions.refused(connection, house.keyring.index(notice.email)):
            return None
        by = accounts.by_id(connection, house.keyring, found.account_id)
    entry = house.catalogue.get(found.questionnaire)
    if entry is None or entry.questionnaire.status != "live" or not _waits(found):
        return None
    return rendering.mail(
        "invitation",
        f"An invitation: {entry.questionnaire.title}",
        brand=house.settings.brand,
        title=entry.questionnaire.title,
        summary=entry.questionnaire.summary,
        count=len(entry.questionnaire.questions),
        minutes=_minutes(*minutes(entry.questionnaire)),
        by=by.name if by else house.settings.firm,
        message=found.message,
        who_sees_it=promises.who_sees_it(house.settings),
        until=found.expires_at,
        link=links.address("invitation", found.public_id, found.epoch),
        no_more_link=f"{links.public_url}/no-more/{links.token('no-more', found.public_id, found.epoch)}",
    )


def _waits(found: Invitation) -> bool:
    return found.response_id is None and found.revoked_at is None


def _minutes(low: int, high: int) -> str:
    return rendering.plural(low, "minute") if low == high else f"{low} to {high} minutes"
