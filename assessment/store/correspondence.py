"""What a person agreed to, and every mail of their scorecard: what a consultant reads before calling."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from assessment.store.review_tables import review
from assessment.store.tables import consent, delivery, document, suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A consent that stands, in the words that were ticked."""

    wording: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """One mail of a scorecard: queued, leased, sent, failed, held, suppressed or erased (withdrawn).

    `issue` numbers the reviewed scorecard that it carried; None is the automatic one. `tries` counts attempts.
    """

    state: str
    issue: int | None
    tries: int
    unsure: int
    error: str | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an address is not mailed any more, and since when."""

    reason: str
    at: datetime


def consents(connection: Connection, response_id: int) -> dict[str, Given]:
    """Purpose -> the consent that stands."""
    query = select(consent.c.purpose, consent.c.wording, consent.c.given_at).where(
        consent.c.response_id == response_id, consent.c.withdrawn_at.is_(None)
    )
    return {row.purpose: Given(wording=row.wording, given_at=row.given_at) for row in connection.execute(query)}


def mails(connection: Connection, scorecard_id: int) -> tuple[Mailed, ...]:
    """Every mail of a scorecard, newest first."""
    query = (
        select(
            delivery.c.state,
            review.c.issue,
            delivery.c.tries,
            delivery.c.attempts_unsure.label("unsure"),
            delivery.c.error,
            delivery.c.created_at,
            delivery.c.sent_at,
        )
        .join(document, document.c.id == delivery.c.document_id)
        .outerjoin(review, review.c.id == document.c.review_id)
        .where(document.c.scorecard_id == scorecard_id)
        .order_by(delivery.c.id.desc())
    )
    return tuple(Mailed(**row._mapping) for row in connection.execute(query))


def refusal(connection: Connection, email_index: str | None) -> Refusal | None:
    """What is known of an address that is not mailed, or None while it may be."""
    if email_index is None:
        return None
    query = select(suppression.c.reason, suppression.c.at).where(suppression.c.email_index == email_index)
    row = connection.execute(query).first()
    return None if row is None else Refusal(reason=row.reason, at=row.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One issue of a reviewed scorecard; `sent_at` is None while it is a draft."""

    issue: int
    account_id: int
    updated_at: datetime
    sent_at: datetime | None


def issues(connection: Connection, submission_id: int) -> tuple[Issued, ...]:
    """The issues of a submission's reviewed scorecard that were not erased, newest first, without their words."""
    query = select(review.c.issue, review.c.account_id, review.c.updated_at, review.c.sent_at)
    kept = query.where(review.c.submission_id == submission_id, review.c.state != "erased")
    return tuple(Issued(**row._mapping) for row in connection.execute(kept.order_by(review.c.issue.desc())))
