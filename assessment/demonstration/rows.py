"""A made submission as the rows that store it, with what consultants did about it since."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from random import Random
from typing import Any

from assessment.actions.submitting import MAILED_TODAY
from assessment.core.company import company_key
from assessment.core.search_words import words_of
from assessment.demonstration.making import Made, Unfinished
from assessment.store.abandoning import Key
from assessment.store.demonstration import ORIGIN, SOURCE, Rows
from assessment.store.keys import Keyring
from assessment.store.submissions import STATUSES

A_DAY = timedelta(days=1)
_REFUSED = "The mail server refused the address: 550 5.1.1 no such mailbox"


@dataclass(frozen=True, slots=True)
class Desk:
    """What rows are made with: keys, who may own a submission, the consents' wordings, the day it is."""

    keyring: Keyring
    owners: Sequence[int]
    wordings: Mapping[str, str]
    end: datetime
    keep_drafts: timedelta
    zone: tzinfo


def rows_of(made: Made, desk: Desk) -> Rows:
    """Everything that one submission stores."""
    visit, rng = made.visit, made.visit.rng("rows")
    consents = [purpose for purpose in desk.wordings if rng.random() < (0.64 if made.contact else 0.05)]
    if made.visit.shy or not made.contact:
        consents = [purpose for purpose in consents if purpose != "contact"]
    email = made.contact.get("email")
    index = desk.keyring.index(email) if email else None
    words = [word for key in ("name", "email", "role") for word in words_of(made.contact.get(key, ""))]
    return Rows(
        response=_response(made, desk),
        scorecard={
            "public_id": visit.id("card"),
            "submission_key": visit.id("key", 16),
            "snapshot": made.snapshot,
            "epoch": 1,
            "created_at": visit.at,
        },
        submission=made.headline | _submission(made, desk, rng, index, "contact" in consents),
        areas=made.areas,
        words=sorted({desk.keyring.word(word) for word in words}),
        consents=[{"purpose": each, "wording": desk.wordings[each], "given_at": visit.at} for each in consents],
        person=_person(made, desk, rng, index) if made.contact else None,
        document={"state": "dropped", "next_at": visit.at, "tries": 1, "created_at": visit.at},
        delivery=_delivery(made, rng, index) if index else None,
        draft=_draft(made, made.unfinished) if made.unfinished and _is_kept(made.unfinished, desk) else None,
        abandoned=_left(made, made.unfinished, desk)
        if made.unfinished and not _is_kept(made.unfinished, desk)
        else None,
    )


def _response(made: Made, desk: Desk) -> dict[str, Any]:
    visit = made.visit
    return {
        "public_id": visit.id("response"),
        "questionnaire": made.questionnaire,
        "version": made.version,
        "state": "submitted",
        "answers": made.answers,
        "sealed_texts": desk.keyring.seal(json.dumps(made.texts)) if made.texts else None,
        "revision": made.pages + 1,
        "page": made.pages,
        "submission_key": visit.id("key", 16),
        "epoch": 1,
        "source": SOURCE,
        "started_at": visit.at - timedelta(seconds=made.seconds),
        "updated_at": visit.at,
        "submitted_at": visit.at,
    }


def _submission(made: Made, desk: Desk, rng: Random, index: str | None, may_contact: bool) -> dict[str, Any]:
    visit, company = made.visit, made.contact.get("company")
    status, owner, follow_up = _work(made, desk, rng)
    marked = rng.random() < 0.015
    return {
        "public_id": visit.id("card"),
        "company": company,
        "company_key": company_key(company or "") or f"~{visit.id('card')}",
        "email_index": index,
        "may_contact": may_contact,
        "do_not_contact": visit.shy and index is not None,
        "status": status,
        "assignee_id": owner,
        "follow_up": follow_up,
        "mark": rng.choice(("test", "spam", "competitor")) if marked else None,
        "origin": ORIGIN,
        "seconds": made.seconds,
        "started_at": visit.at - timedelta(seconds=made.seconds),
        "submitted_at": visit.at,
        "erased": False,
        "revision": 1,
    }


def _work(made: Made, desk: Desk, rng: Random) -> tuple[str, int | None, date | None]:
    """Status, owner and follow-up: the older, the further."""
    age = (desk.end - made.visit.at) / A_DAY
    weights = (8, 2, 1, 0) if age < 10 else (3, 3, 4, 2) if age < 45 else (1, 1, 5, 9)
    status = rng.choices(STATUSES, weights)[0]
    owned = bool(desk.owners) and (status != "new" or rng.random() < 0.25)
    owner = rng.choice(desk.owners) if owned else None
    due = owner is not None and status in {"in_review", "contacted"} and rng.random() < 0.4
    day = desk.end.astimezone(desk.zone).date() + timedelta(days=rng.randint(-7, 30)) if due else None
    return status, owner, day


def _person(made: Made, desk: Desk, rng: Random, index: str | None) -> dict[str, Any]:
    sealed = {
        f"sealed_{key}": desk.keyring.seal(made.contact[key]) if key in made.contact else None
        for key in ("name", "email", "role")
    }
    confirmed = made.visit.at + timedelta(minutes=rng.randint(2, 600)) if index and rng.random() < 0.6 else None
    if confirmed is not None and confirmed > desk.end:
        confirmed = None
    return {
        **sealed,
        "email_index": index,
        "company": made.contact.get("company"),
        "confirmed_at": confirmed,
        "created_at": made.visit.at,
    }


def _delivery(made: Made, rng: Random, index: str) -> dict[str, Any]:
    """A mail that went, or did not: finished either way, so that no worker ever sends it."""
    visit = made.visit
    state = rng.choices(("sent", "failed", "held"), (95, 3, 2))[0]
    return {
        "email_index": index,
        "questionnaire": made.questionnaire,
        "state": state,
        "next_at": visit.at,
        "tries": 0 if state == "held" else 1,
        "error": {"sent": None, "failed": _REFUSED, "held": MAILED_TODAY}[state],
        "message_id": f"<{visit.id('mail')}@demonstration.example>",
        "attempts_unsure": 0,
        "created_at": visit.at,
        "sent_at": visit.at + timedelta(seconds=rng.randint(4, 40)) if state == "sent" else None,
    }


def _is_kept(left: Unfinished, desk: Desk) -> bool:
    """Whether a draft is young enough to be there still."""
    return left.at > desk.end - desk.keep_drafts


def _draft(made: Made, left: Unfinished) -> dict[str, Any]:
    return {
        "public_id": made.visit.id("draft"),
        "questionnaire": made.questionnaire,
        "version": made.version,
        "state": "draft",
        "answers": left.answers,
        "revision": left.page + 1,
        "page": left.page,
        "submission_key": made.visit.id("draft-key", 16),
        "epoch": 1,
        "source": SOURCE,
        "started_at": left.at - timedelta(minutes=1 + left.page),
        "updated_at": left.at,
    }


def _left(made: Made, left: Unfinished, desk: Desk) -> Key:
    day = left.at.astimezone(desk.zone).date()
    return Key(made.questionnaire, made.version, ORIGIN, left.page, day)
