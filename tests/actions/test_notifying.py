"""A new submission is announced to whoever should call: at once or in a digest, with the brief and nothing typed."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select, update

from assessment import clock
from assessment.actions import notifying, owning
from assessment.actions.installation import Installation
from assessment.actions.submitting import mail_limit
from assessment.app import create_app
from assessment.core.definition import Questionnaire
from assessment.delivery.pdf import Made
from assessment.installing import install, prepare
from assessment.settings import Settings, read_settings
from assessment.store import accounts, submissions
from assessment.store.accounts import Role
from assessment.store.database import reading, writing
from assessment.store.review_tables import account, submission
from assessment.store.tables import notice
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.walking import Walker, hidden

MARK = "Zq17"
TYPED = {
    "name": f"Priya {MARK}",
    "email": f"priya.{MARK}@northfield.example",
    "company": f"{MARK} Systems",
    "role": f"Head of {MARK}",
}


class _Press:
    def make(self, html: str, _css: str, _made_at: datetime) -> Made:
        return Made(b"%PDF-1.7", 6)


def _person(house: Installation, name: str, role: Role = "consultant", notify: str = "at_once") -> int:
    with writing(house.engine) as connection:
        id_ = accounts.add(
            connection, house.keyring, name=name, email=f"{name.lower()}@meridian.example", role=role,
            uniquifier=clock.submission_key(), now=clock.now(),
        )  # fmt: skip
        accounts.change(connection, id_, {"notify": notify})
    return id_


def _work(house: Installation, now: datetime | None = None) -> dict[str, EmailMessage]:
    """Everything due sent by the real worker, at `now` if given; the mails in the outbox by recipient."""
    with pytest.MonkeyPatch.context() as patch:
        if now is not None:  # else a digest of today's is among them, where it is past seven
            patch.setattr(clock, "now", lambda: now)
        worker = build_worker(house, _Press(), "desk/1")  # type: ignore[arg-type]
        while worker.step():
            pass
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in house.settings.outbox.glob("*.eml")
    ]
    return {str(mail["To"]): mail for mail in mails}  # type: ignore[misc]


def _words(mail: EmailMessage) -> str:
    bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
    return "\n".join(str(body.get_content()) for body in bodies if body is not None)


def _kinds(house: Installation) -> list[tuple[str, int | None, str]]:
    with reading(house.engine) as connection:
        rows = connection.execute(select(notice).order_by(notice.c.id))
        return [(row.kind, row.account_id, row.state) for row in rows]


@pytest.fixture
def texts(renewal: Questionnaire) -> dict[str, Any]:
    """Priya's answers, with the mark in everything that is typed as text."""
    typed = {q.id: f"{MARK} wishes" for q in renewal.questions.values() if q.type in {"short_text", "long_text"}}
    assert typed
    return {**sample_of(renewal).answers, **typed}


def test_the_mail_holds_the_brief_and_nothing_that_was_typed(
    house: Installation, priya: Walker, renewal: Questionnaire, texts: dict[str, Any]
) -> None:
    carl = _person(house, "Carl")
    reply = priya.submit(priya.to_check(renewal, texts), TYPED, ("contact",))
    card = reply.headers["Location"].rpartition("/")[2]
    assert _kinds(house) == [("submission", carl, "queued")]
    mail = _work(house)["carl@meridian.example"]
    kept = owning.find_kept(house, card)
    assert kept is not None
    assert kept.card.overall is not None
    subject = f"New submission: {renewal.title} ({kept.card.stage}, {kept.card.overall.score} of 100)"
    assert mail["Subject"] == subject
    words = _words(mail)
    first = kept.card.advice[0]
    for part in (first.title, first.evidence[1:], kept.card.stage, f"/review/submissions/{card}", "May be contacted"):
        assert part is not None
        assert part in words.replace("&#39;", "'").replace("&#34;", '"'), part
    assert MARK not in mail.as_string()
    assert "northfield" not in mail.as_string()
    assert _kinds(house) == [("submission", carl, "sent")]


@pytest.mark.parametrize(("notify", "told"), [("at_once", True), ("daily", False), ("never", False)])
def test_each_hears_at_once_only_who_wants_to(
    house: Installation, priya: Walker, renewal: Questionnaire, notify: str, told: bool
) -> None:
    carl = _person(house, "Carl", notify=notify)
    _person(house, "Vera", role="viewer")
    priya.scorecard(renewal, sample_of(renewal).answers)
    assert _kinds(house) == ([("submission", carl, "queued")] if told else [])


def test_everybody_who_wants_to_hear_gets_one_each(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    two = [_person(house, "Carl"), _person(house, "Ada", role="admin")]
    gone = _person(house, "Gone")
    with writing(house.engine) as connection:
        accounts.change(connection, gone, {"active": False})
    priya.scorecard(renewal, sample_of(renewal).answers)
    assert [(kind, who) for kind, who, _state in _kinds(house)] == [("submission", who) for who in two]


def test_the_assignee_is_asked_before_anybody_else(house: Installation) -> None:
    carl, ada = _person(house, "Carl"), _person(house, "Ada", notify="never")
    with reading(house.engine) as connection:
        assert [one.account_id for one in notifying.recipients(house, connection, carl)] == [carl]
        assert notifying.recipients(house, connection, ada) == []
        assert [one.account_id for one in notifying.recipients(house, connection, None)] == [carl]
    with writing(house.engine) as connection:
        accounts.change(connection, ada, {"active": False})
    with reading(house.engine) as connection:  # who left is nobody's assignee
        assert [one.account_id for one in notifying.recipients(house, connection, ada)] == [carl]


def _same(settings: Settings) -> dict[str, str]:
    return {"ASSESSMENT_HOME": str(settings.home), "DATABASE_URL": settings.database_url}


@pytest.fixture
def team(settings: Settings, renewal: Questionnaire) -> Iterator[Installation]:
    """The same installation with a team address."""
    changed = read_settings({**_same(settings), "ASSESSMENT_TEAM_EMAIL": "team@meridian.example"}, settings.home)
    prepare(changed)
    made = install(changed)
    yield made
    made.engine.dispose()


def test_the_team_address_hears_of_what_nobody_owns(team: Installation, renewal: Questionnaire) -> None:
    _person(team, "Carl")
    Walker(create_app(team).test_client()).scorecard(renewal, sample_of(renewal).answers)
    assert [(kind, who) for kind, who, _state in _kinds(team)] == [("submission", None)]
    assert "team@meridian.example" in _work(team)


def test_what_was_erased_meanwhile_is_not_sent(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    _person(house, "Carl")
    card = priya.scorecard(renewal, sample_of(renewal).answers).rpartition("/")[2]
    owning.erase(house, card, clock.now())
    assert not _work(house)
    assert [state for _kind, _who, state in _kinds(house)] == ["erased"]


@pytest.mark.parametrize("change", [{"mark": "spam"}, {"erased": True}])
def test_what_was_taken_out_meanwhile_is_not_sent(
    house: Installation, priya: Walker, renewal: Questionnaire, change: dict[str, Any]
) -> None:
    _person(house, "Carl")
    priya.scorecard(renewal, sample_of(renewal).answers)
    with writing(house.engine) as connection:
        connection.execute(update(submission).values(**change))
    assert not _work(house)


def test_who_left_meanwhile_is_not_told(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    carl = _person(house, "Carl")
    priya.scorecard(renewal, sample_of(renewal).answers)
    with writing(house.engine) as connection:
        accounts.change(connection, carl, {"active": False})
    assert not _work(house)


def test_do_not_contact_is_said(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    _person(house, "Carl")
    priya.submit(priya.to_check(renewal, sample_of(renewal).answers), None, ("contact",))
    with writing(house.engine) as connection:
        connection.execute(update(submission).values(do_not_contact=True))
    words = _words(_work(house)["carl@meridian.example"])
    assert "Do not contact" in words
    assert "May be contacted" not in words


def test_the_firms_own_mails_use_up_nobodys_limit(
    house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    _person(house, "Carl")
    for _ in range(4):
        visitor().scorecard(renewal, sample_of(renewal).answers)
    with reading(house.engine) as connection:
        index = house.keyring.index("carl@meridian.example")
        assert mail_limit(connection, index, renewal.id, clock.now()) is None


NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def _queue(house: Installation, now: datetime) -> int:
    return notifying.queue_digests(house, now, lambda: f"<{clock.submission_key()}@meridian.example>")


def _submitted_at(house: Installation, at: datetime, **more: Any) -> None:
    with writing(house.engine) as connection:
        connection.execute(update(submission).values(submitted_at=at, **more))


def test_one_digest_a_day_after_seven(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    carl = _person(house, "Carl", notify="daily")
    priya.scorecard(renewal, sample_of(renewal).answers, TYPED)
    _submitted_at(house, NOON - timedelta(hours=8))
    assert _queue(house, NOON.replace(hour=6, minute=59)) == 0
    assert _queue(house, NOON.replace(hour=7)) == 1
    assert _queue(house, NOON) == 0
    assert _queue(house, NOON + timedelta(days=1)) == 0  # nothing new
    mail = _work(house)["carl@meridian.example"]
    assert mail["Subject"] == "Your digest: 1 new submission"
    words = _words(mail)
    assert renewal.title in words
    assert "Largest gap" in words
    assert "No consent to contact" in words
    assert MARK not in mail.as_string()
    assert _kinds(house) == [("digest", carl, "sent")]


def test_seven_is_seven_where_the_firm_is(settings: Settings, renewal: Questionnaire) -> None:
    far = read_settings({**_same(settings), "ASSESSMENT_TIME_ZONE": "Asia/Tokyo"}, settings.home)
    prepare(far)
    house = install(far)
    _person(house, "Carl", notify="daily")
    Walker(create_app(house).test_client()).scorecard(renewal, sample_of(renewal).answers)
    _submitted_at(house, datetime(2026, 11, 15, 20, 0, tzinfo=UTC))
    assert _queue(house, datetime(2026, 11, 15, 21, 59, tzinfo=UTC)) == 0
    assert _queue(house, datetime(2026, 11, 15, 22, 0, tzinfo=UTC)) == 1
    house.engine.dispose()


def test_a_digest_holds_ones_own_and_nobodys_and_leaves_marked_ones_out(
    house: Installation, visitor: Callable[[], Walker], renewal: Questionnaire
) -> None:
    carl, ada = _person(house, "Carl", notify="daily"), _person(house, "Ada", notify="daily")
    for _ in range(4):
        visitor().scorecard(renewal, sample_of(renewal).answers)
    _submitted_at(house, NOON - timedelta(hours=1))
    with writing(house.engine) as connection:
        for id_, values in ((1, {"assignee_id": carl}), (2, {"assignee_id": ada}), (3, {"mark": "test"})):
            connection.execute(update(submission).where(submission.c.id == id_).values(**values))
    assert _queue(house, NOON) == 2
    assert _work(house, NOON)["carl@meridian.example"]["Subject"] == "Your digest: 2 new submissions"


def test_a_demonstration_is_in_no_digest(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    carl = _person(house, "Carl", notify="daily")
    priya.scorecard(renewal, sample_of(renewal).answers)
    _submitted_at(house, NOON - timedelta(hours=1), origin="demo")
    assert _queue(house, NOON) == 0
    _submitted_at(house, NOON - timedelta(days=9), assignee_id=carl, follow_up=NOON.date(), status="in_review")
    assert _queue(house, NOON + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 28, 5, 59, tzinfo=UTC), 0),  # Berlin, the day before the clocks go forward: 06:59
        (datetime(2026, 3, 28, 6, 0, tzinfo=UTC), 1),
        (datetime(2026, 3, 29, 4, 59, tzinfo=UTC), 0),  # the day they did: 06:59
        (datetime(2026, 3, 29, 5, 0, tzinfo=UTC), 1),
        (datetime(2026, 10, 25, 5, 59, tzinfo=UTC), 0),  # the day they went back: 06:59
        (datetime(2026, 10, 25, 6, 0, tzinfo=UTC), 1),
    ],
)
def test_seven_is_seven_on_the_days_the_clocks_change(
    settings: Settings, renewal: Questionnaire, now: datetime, due: int
) -> None:
    berlin = read_settings({**_same(settings), "ASSESSMENT_TIME_ZONE": "Europe/Berlin"}, settings.home)
    prepare(berlin)
    house = install(berlin)
    _person(house, "Carl", notify="daily")
    Walker(create_app(house).test_client()).scorecard(renewal, sample_of(renewal).answers)
    with writing(house.engine) as connection:
        connection.execute(update(account).values(digest_at=now - timedelta(hours=23)))
    _submitted_at(house, now - timedelta(minutes=1))
    assert _queue(house, now) == due
    house.engine.dispose()


def test_a_follow_up_that_is_due_is_named_until_it_is_closed_or_refused(
    house: Installation, priya: Walker, renewal: Questionnaire
) -> None:
    carl = _person(house, "Carl", notify="daily")
    priya.scorecard(renewal, sample_of(renewal).answers)
    _submitted_at(house, NOON - timedelta(days=9), assignee_id=carl, follow_up=NOON.date(), status="in_review")
    assert _queue(house, NOON - timedelta(days=1)) == 0
    assert _queue(house, NOON) == 1
    mail = _work(house, NOON)["carl@meridian.example"]
    assert mail["Subject"] == "Your digest: 1 follow-up due"
    assert "To follow up today" in _words(mail)
    _submitted_at(house, NOON - timedelta(days=9), do_not_contact=True)
    assert _queue(house, NOON + timedelta(days=1)) == 0
    _submitted_at(house, NOON - timedelta(days=9), do_not_contact=False, status="closed")
    assert _queue(house, NOON + timedelta(days=2)) == 0


def test_a_digest_of_what_was_erased_meanwhile_is_not_sent(
    house: Installation, priya: Walker, renewal: Questionnaire
) -> None:
    _person(house, "Carl", notify="daily")
    card = priya.scorecard(renewal, sample_of(renewal).answers).rpartition("/")[2]
    _submitted_at(house, NOON - timedelta(hours=1))
    assert _queue(house, NOON) == 1
    owning.erase(house, card, clock.now())
    assert not _work(house, NOON)


def test_the_worker_looks_for_digests_by_itself(house: Installation, priya: Walker, renewal: Questionnaire) -> None:
    _person(house, "Carl", notify="daily")
    with writing(house.engine) as connection:
        connection.execute(update(account).values(digest_at=clock.now() - timedelta(days=3)))
    priya.scorecard(renewal, sample_of(renewal).answers)
    mails = _work(house)
    due = clock.now().hour >= notifying.DIGEST_FROM.hour
    assert ("carl@meridian.example" in mails) is due


def test_who_looks_after_a_submission_hears_of_its_correction(
    house: Installation, priya: Walker, renewal: Questionnaire
) -> None:
    carl, _ada = _person(house, "Carl"), _person(house, "Ada")
    card = priya.scorecard(renewal, sample_of(renewal).answers)
    with writing(house.engine) as connection:
        connection.execute(update(submission).values(assignee_id=carl))
    html = priya.client.get(card).get_data(as_text=True)
    again = priya.client.post(f"{card}/correct", data={"csrf_token": hidden(html, "csrf_token")})
    priya.submit(again.headers["Location"])
    with reading(house.engine) as connection:
        newest = select(submission.c.assignee_id).order_by(submission.c.id.desc())
        assert connection.execute(newest).scalars().first() == carl
    assert [who for _kind, who, _state in _kinds(house)][2:] == [carl]


def test_a_submission_goes_in_with_one_statement_for_all_who_are_told(
    house: Installation, priya: Walker, renewal: Questionnaire
) -> None:
    for name in ("Carl", "Ada", "Ben"):
        _person(house, name)
    priya.scorecard(renewal, sample_of(renewal).answers)
    with reading(house.engine) as connection:
        ids = list(connection.execute(select(notice.c.message_id)).scalars())
        found = submissions.of_response(connection, 1)
    assert len(set(ids)) == 3
    assert found is not None
    assert found.origin == "web"
