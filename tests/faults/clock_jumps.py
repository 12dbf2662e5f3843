"""The clock jumps an hour forward and back while documents and mails wait, are put off or are leased."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Table, func, select, update

from assessment import clock
from assessment.core.months import months_before
from assessment.delivery import making, sending
from assessment.delivery.renderer import Renderer
from assessment.store import leasing
from assessment.store.database import reading, writing
from assessment.store.tables import delivery, document, person, response
from tests.delivery.mail_server import Postmaster, mail_server
from tests.faults.alone import alone
from tests.faults.indoors import Indoors, drain, indoors
from tests.faults.table import Row
from tests.walking import Walker

AN_HOUR = timedelta(hours=1)
GOAL = timedelta(minutes=2)
A_LOOK = timedelta(seconds=5)
EDGE = timedelta(minutes=30)
"""What a draft's and a contact's time to go is away: an hour ahead they look too old, and must not go."""


@dataclass(frozen=True)
class Jump:
    """Where the work stood when the clock jumped, and how long the backlog lasted by the clock that had jumped."""

    stood: str
    by: timedelta
    backlog: timedelta | None
    copies: int


def run(small: bool) -> Row:
    """Every place where work can stand, times both directions; forty people each in full, two when small."""
    people = 2 if small else 40
    with Renderer() as renderer:
        jumps = [_jump(name, by, people, renderer) for name in STANDS for by in (AN_HOUR, -AN_HOUR)]
        erased = _erased_early(renderer)
    late = [jump for jump in jumps if jump.backlog is None or jump.backlog > GOAL]
    doubled = sum(jump.copies for jump in jumps)
    longest = max(timedelta(days=1) if jump.backlog is None else jump.backlog for jump in jumps)
    return Row(
        fault="clock jumps an hour both ways",
        tries=len(jumps) * people,
        goal="no stuck lease, no early erasure, backlog <= 2 min",
        met=not (late or doubled or erased),
        doubled=doubled,
        missing=sum(people for jump in jumps if jump.backlog is None),
        recovery=longest.total_seconds(),
        said=f"{', '.join(STANDS)}: {len(late)} of {len(jumps)} late"
        + "".join(f"; {jump.stood} {jump.by}: {jump.backlog}" for jump in late)
        + f"; erased early: {', '.join(erased) or 'nothing'}",
    )


def _queued(_inside: Indoors, _port: int, _post: Postmaster) -> None:
    """Nothing has been begun."""


def _documents_leased(inside: Indoors, _port: int, _post: Postmaster) -> None:
    """A worker that is gone for good holds every document."""
    _lease_all(inside, document, making.LEASE)


def _mails_leased(inside: Indoors, port: int, _post: Postmaster) -> None:
    """The documents are made, and a worker that is gone for good holds every mail."""
    _make_documents(inside, port)
    _lease_all(inside, delivery, sending.LEASE)


def _put_off(inside: Indoors, port: int, post: Postmaster) -> None:
    """Every mail was refused once for the moment."""
    post.address_answers = ["450 greylisted"] * len(inside.deliveries())
    drain(inside.worker(port))


STANDS: dict[str, Callable[[Indoors, int, Postmaster], None]] = {
    "queued": _queued,
    "documents leased": _documents_leased,
    "mails leased": _mails_leased,
    "mails put off": _put_off,
}


def _lease_all(inside: Indoors, table: Table, lease: timedelta) -> None:
    while leasing.claim(inside.house.engine, table, inside.clock(), "another-host/1", lease):
        pass


def _make_documents(inside: Indoors, port: int) -> None:
    worker = inside.worker(port)
    while worker._maker.step():
        pass


def _jump(stood: str, by: timedelta, people: int, renderer: Renderer) -> Jump:
    emails = [f"person{number}@northfield.example" for number in range(people)]
    with indoors(renderer) as inside, mail_server() as post:
        inside.submit(emails)
        STANDS[stood](inside, post.port, post)
        inside.clock.moved += by
        backlog = _backlog(inside, post.port)
        received = [address for envelope in post.accepted for address in envelope.rcpt_tos]
    return Jump(stood, by, backlog if set(received) == set(emails) else None, len(received) - len(set(received)))


def _backlog(inside: Indoors, port: int) -> timedelta | None:
    """How far the clock goes on until all is sent; the work itself takes no time here. None: not within two hours."""
    worker, waited = inside.worker(port), timedelta()
    while waited <= 2 * AN_HOUR:
        drain(worker)
        if set(inside.states()) == {"sent"}:
            return waited
        waited += A_LOOK
        inside.clock.later(seconds=A_LOOK.total_seconds())
    return None


def _erased_early(renderer: Renderer) -> Sequence[str]:
    """What an hour ahead, and back again, costs of what has half an hour to go until it is erased."""
    with indoors(renderer) as inside, mail_server() as post:
        inside.submit(["priya@northfield.example"])
        drain(inside.worker(post.port))
        entry = inside.house.catalogue.get("tiny")
        assert entry is not None
        Walker(inside.app.test_client()).start(entry.questionnaire, {"model": "goods"})
        _age(inside)
        before, worker = _kept(inside), inside.worker(post.port)
        for by in (AN_HOUR, -AN_HOUR, -AN_HOUR, AN_HOUR):
            inside.clock.moved += by
            worker.keep_house()
        after = _kept(inside)
        inside.clock.moved += 3 * AN_HOUR
        worker.keep_house()
        assert not any(_kept(inside).values()), "what is too old stays"
        return [name for name, count in before.items() if after[name] < count]


def _age(inside: Indoors) -> None:
    settings, now = inside.house.settings, clock.now()
    drafts = now - timedelta(days=settings.draft_days) + EDGE
    contacts = months_before(now, settings.contact_months) + EDGE
    with writing(inside.house.engine) as connection:
        connection.execute(update(response).where(response.c.state == "draft").values(updated_at=drafts))
        connection.execute(update(response).where(response.c.state == "submitted").values(submitted_at=contacts))


def _kept(inside: Indoors) -> dict[str, int]:
    counts = {
        "drafts": select(func.count()).where(response.c.state == "draft"),
        "contacts": select(func.count()).where(person.c.sealed_email.is_not(None)),
    }
    with reading(inside.house.engine) as connection:
        return {name: int(connection.execute(query).scalar_one()) for name, query in counts.items()}


if __name__ == "__main__":
    alone(run)
