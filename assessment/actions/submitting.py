"""Submitting: score, snapshot, document, delivery and audit in one transaction."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from assessment.actions.installation import Gone, Installation
from assessment.actions.notifying import announce
from assessment.actions.peering import beside_peers
from assessment.actions.promises import consent_wordings
from assessment.actions.responding import Draft, load, subject
from assessment.core.building import make_scorecard
from assessment.core.checking import contradicted
from assessment.core.routing import required_missing
from assessment.core.scorecard import Scorecard
from assessment.core.suggesting import Onward, onward
from assessment.store import (
    audit,
    deliveries,
    documents,
    invitations,
    notices,
    people,
    responses,
    scorecards,
    submissions,
    team,
)
from assessment.store.beginnings import corrects, origin_of
from assessment.store.database import hold, writing
from assessment.store.responses import Response
from assessment.store.submissions import Arrival

A_DAY = timedelta(days=1)
INTERVIEW = "interview"
MUST_NOT = "This person must not be contacted."
REFUSED = "This address cannot be mailed: it refused our mail or asked for none."
MAILS_A_DAY_UNCONFIRMED = 3
MAILS_A_DAY_CONFIRMED = 10
MAILED_TODAY = "This address was mailed today already. Open that mail and confirm it, or try again tomorrow."
MAILS_A_DAY_SCORECARD = 5
"""Mails of one scorecard, whatever addresses it is corrected to."""


class Incomplete(Exception):
    """Questions are still without an answer, or answers do not fit together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a submit brings along, from the form and from the clock.

    `mail` says whether the scorecard is wanted by mail; only an interview can go without, where the client did not ask.
    """

    contact: Mapping[str, str]
    consents: frozenset[str]
    now: datetime
    public_id: str
    message_id: str
    mail: bool = True


def submit(house: Installation, public_id: str, submission: Submission) -> scorecards.Kept:
    """Turn a draft into a scorecard; the same scorecard again for a repeated submit.

    Raises `Gone` for a response that was erased and `Incomplete`.
    """
    with writing(house.engine, about=(subject(public_id),)) as connection:
        draft = load(house, connection, public_id)
        if draft is None:
            raise Gone(public_id)
        if draft.response.state == "draft":
            _accept(house, connection, draft, submission)
        kept = scorecards.by_key(connection, draft.response.submission_key)
        if kept is None:
            raise Gone(public_id)
        return kept


def _accept(house: Installation, connection: Connection, draft: Draft, submission: Submission) -> None:
    known = {**draft.answers, **draft.texts}
    if required_missing(draft.questionnaire, known) or contradicted(draft.questionnaire, known):
        raise Incomplete(draft.response.public_id)
    response, now = draft.response, submission.now
    card = beside_peers(connection, draft, score(house, draft, submission.public_id, now))
    scorecard_id = scorecards.add_once(
        connection,
        public_id=submission.public_id,
        response_id=response.id,
        key=response.submission_key,
        snapshot=scorecards.dump(card),
        now=now,
    )
    if scorecard_id is None:
        return
    document_id = documents.add(connection, scorecard_id, now)
    origin, owner = origin_of(response.source), _owner(connection, response)
    contact = {key: text for key, text in submission.contact.items() if text}
    if contact:
        person_id = people.add(connection, house.keyring, response.id, contact, now)
        if "email" in contact and (submission.mail or origin != INTERVIEW):
            send(house, connection, draft, document_id, person_id, contact["email"], submission.message_id, now)
    for purpose, wording in consent_wordings(house.settings, interview=origin == INTERVIEW).items():
        if purpose in submission.consents:
            people.give_consent(connection, response.id, purpose, wording, now)
    arrival = Arrival(
        response_id=response.id,
        scorecard_id=scorecard_id,
        public_id=submission.public_id,
        started_at=response.started_at,
        submitted_at=now,
        contact=contact,
        may_contact="contact" in submission.consents,
        origin=origin,
        assignee_id=owner,
        corrects=corrects(response.source, response.previous_id),
    )
    submissions.add(connection, house.keyring, arrival, card)
    announce(
        house, connection, response_id=response.id, assignee_id=owner, origin=origin,
        message_id=submission.message_id, now=now,
    )  # fmt: skip
    changes = {"state": "submitted", "submitted_at": now, "updated_at": now, "sealed_contact": None}
    responses.save(connection, response.id, changes)
    actor = f"account {owner}" if origin == INTERVIEW and owner is not None else "respondent"
    audit.note(connection, now, actor, "response.submitted", response.public_id, card.origin.reference)


def _owner(connection: Connection, response: Response) -> int | None:
    """Who looks after it from the start, while they work here.

    That is who invited, who asked in an interview, or who looks after the submission that this one corrects or follows.
    """
    origin = origin_of(response.source)
    if origin == "invitation":
        return invitations.inviter(connection, response.id)
    if origin == INTERVIEW:
        by = int(json.loads(response.source or "{}").get("by") or 0)
    else:
        before = submissions.of_response(connection, response.previous_id) if response.previous_id else None
        by = (before.assignee_id if before else None) or 0
    return by if by and team.works(connection, by) else None


def score(house: Installation, draft: Draft, public_id: str, now: datetime) -> Scorecard:
    """The scorecard of a draft; typed texts are named, never copied, into it."""
    settings = house.settings
    return make_scorecard(
        draft.questionnaire,
        {**draft.answers, **dict.fromkeys(draft.texts, "")},
        version=draft.response.version,
        brand=settings.brand,
        made_at=now.astimezone(ZoneInfo(settings.time_zone)),
        zone=settings.time_zone,
        reference=reference(public_id, now),
        onward=ways_on(house, draft.questionnaire.id),
    )


def ways_on(house: Installation, slug: str) -> Onward | None:
    """Where a questionnaire's areas lead on to as its file stands today; None once it is no longer served."""
    entry = house.catalogue.get(slug)
    if entry is None:
        return None
    live = (other.questionnaire for other in house.catalogue.live())
    return onward(entry.questionnaire, live, house.settings.public_url)


def reference(public_id: str, now: datetime) -> str:
    """What people quote: "SC-20261114-7F3K"."""
    letters = "".join(character for character in public_id.upper() if character.isalnum())
    return f"SC-{now:%Y%m%d}-{letters[:4]}"


def send(
    house: Installation,
    connection: Connection,
    draft: Draft,
    document_id: int,
    person_id: int,
    email: str,
    message_id: str,
    now: datetime,
) -> str | None:
    """Queue a mail, or hold it and give the reason: one address is never mailed without measure."""
    index = house.keyring.index(email)
    hold(connection, f"address {index}")
    held = (
        _refused(connection, draft, index)
        or _card_limit(connection, document_id, now)
        or mail_limit(connection, index, draft.questionnaire.id, now)
    )
    if held and deliveries.is_held(connection, document_id, index):
        return held  # said before; pressing again and again leaves one row
    deliveries.add(
        connection,
        document_id=document_id,
        person_id=person_id,
        email_index=index,
        questionnaire=draft.questionnaire.id,
        message_id=message_id,
        now=now,
        state="held" if held else "queued",
        error=held,
    )
    return held


def _refused(connection: Connection, draft: Draft, email_index: str) -> str | None:
    """Why a consultant starts no mail to this address, or None; who answers for themselves asks for their own mail."""
    if not _interviewed(connection, draft.response) or not submissions.refused(connection, email_index):
        return None
    return MUST_NOT


def _interviewed(connection: Connection, response: Response) -> bool:
    """Whether an interview began it, or what it corrects or follows: whoever asked then may be at the keys now."""
    found: Response | None = response
    while found is not None and origin_of(found.source) != INTERVIEW:
        found = responses.by_id(connection, found.previous_id) if found.previous_id else None
    return found is not None


def link_refused(connection: Connection, response: Response, email_index: str) -> str | None:
    """Why no link to unfinished answers goes to this address, or None.

    A consultant holds the keys to an interview and the link of an invitation, and could ask for it in their place.
    """
    if not submissions.refused(connection, email_index):
        return None
    if origin_of(response.source) == "invitation":
        return REFUSED  # read by whoever was invited
    return MUST_NOT if _interviewed(connection, response) else None


def _card_limit(connection: Connection, document_id: int, now: datetime) -> str | None:
    """Why this scorecard is not mailed now, or None: correcting its address again and again reaches few people."""
    document = documents.find(connection, document_id)
    if document is None:
        raise Gone(str(document_id))
    if deliveries.count_of_scorecard_since(connection, document.scorecard_id, now - A_DAY) < MAILS_A_DAY_SCORECARD:
        return None
    return "This scorecard was mailed often enough today. Try again tomorrow."


def mail_limit(connection: Connection, email_index: str, questionnaire: str | None, now: datetime) -> str | None:
    """Why this address is not mailed now, or None.

    Until an address is confirmed: one mail a questionnaire and three in all a day; then ten a day.
    """
    if people.suppressed(connection, email_index):
        return REFUSED
    since = now - A_DAY
    in_all = deliveries.count_since(connection, email_index, since)
    in_all += notices.count_since(connection, email_index, since)
    if people.ever_confirmed(connection, email_index):
        return "This address had ten mails today. Try again tomorrow." if in_all >= MAILS_A_DAY_CONFIRMED else None
    of_this = deliveries.count_since(connection, email_index, since, questionnaire) if questionnaire else 0
    if of_this >= 1 or in_all >= MAILS_A_DAY_UNCONFIRMED:
        return MAILED_TODAY
    return None
