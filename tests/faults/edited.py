"""Carl edits the questionnaire while a hundred people are midway: each finishes the version that they began."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from assessment.store import scorecards
from assessment.store.database import open_database, reading
from assessment.store.tables import response, scorecard
from tests.faults.alone import alone
from tests.faults.people import Crowd, Watched, settled
from tests.faults.site import DEFINITIONS, KillableSite
from tests.faults.table import Row

ASKED = "type: choice, text: Is it reviewed?, label: The review, answers: practice, dont_know: true}"
REVIEW = f"      - {{id: review, {ASKED}"
TWO = "[{id: a, text: A}, {id: b, text: B}]"
ADDED = f"\n      - {{id: extra, role: profile, type: choice, text: More?, label: More, answers: {TWO}}}"
PLAN = "{id: plan, type: choice,"


def _with_extra(text: str) -> str:
    return text.replace(REVIEW, REVIEW + ADDED).replace("Tiny assessment", "Edit one")


def _reweighted(text: str) -> str:
    weighted = text.replace(PLAN, "{id: plan, weight: 4, type: choice,").replace("points: 0.5", "points: 0.1")
    return weighted.replace("stage: high, overall: 50", "stage: low, overall: 10").replace(
        "Tiny assessment", "Edit two"
    )


def _without_review(text: str) -> str:
    """The second area asks something else, and its advice is about that."""
    renamed = text.replace("id: review,", "id: another,").replace("question: review,", "question: another,")
    renamed = renamed.replace("improves: [review]", "improves: [another]").replace("review: some}", "another: some}")
    return renamed.replace("Tiny assessment", "Edit three")


EDITS: dict[str, Callable[[str], str]] = {
    "questions added": _with_extra,
    "weights changed": _reweighted,
    "a question removed": _without_review,
    "a broken file": lambda text: text.replace("points: 0.5", "points: half"),
}
EFFECT = {"questions added": "Edit one", "weights changed": "Edit two", "a question removed": "Edit three"}


def run(small: bool) -> Row:
    """A hundred sessions, or four, spread over all edits, on a site of their own."""
    with tempfile.TemporaryDirectory(prefix="edited") as name:
        folder, home = Path(name) / "definitions", Path(name) / "home"
        shutil.copytree(DEFINITIONS, folder)
        home.mkdir()
        with KillableSite(home, folder) as site:
            return tried_on(site, small)


def tried_on(site: KillableSite, small: bool) -> Row:
    """The same on a site that is there, and goes on with its "tiny" questionnaire broken."""
    people, crowd = 4 if small else 100, Crowd(site.url)
    folder, log = Path(site.environment["ASSESSMENT_QUESTIONNAIRES"]), Path(site.environment["ASSESSMENT_HOME"]) / "log"
    before = _before(crowd)
    began = _begin_all(crowd, people)
    _edit_all(site, folder / "tiny.yaml", log, crowd.person())
    for number, (person, address) in enumerate(began):
        email = f"midway{number}@northfield.example"
        crowd.cards[email] = person.finish(address, email)
    site.told.update(crowd.cards)
    books = settled(site)
    mine = {card.rpartition("/")[2] for card in crowd.cards.values()}
    found = {card: score for card, score in _scores(site).items() if card in mine}
    others = {card: score for card, score in found.items() if score != found[before]}
    return Row(
        fault="edited while people are midway",
        tries=people,
        goal="all complete on the version they began, same score",
        met=books.clean and not others and not crowd.refusals() and len(found) == people + 1,
        lost=books.lost,
        doubled=books.doubled,
        missing=books.missing,
        said=f"{', '.join(EDITS)}: {len(found) - 1} of {people} complete, {len(others)} with another version or score",
    )


def _before(crowd: Crowd) -> str:
    """Somebody who is through before the first edit; gives the scorecard's id."""
    crowd.submit("before@northfield.example")
    return crowd.cards["before@northfield.example"].rpartition("/")[2]


def _begin_all(crowd: Crowd, people: int) -> list[tuple[Watched, str]]:
    """Half of them only began, half have answered a page."""
    began = []
    for number in range(people):
        person = crowd.person()
        address = person.begin()
        if number % 2:
            person._post(address, address, {"plan": "some"})
        began.append((person, address))
    return began


def _edit_all(site: KillableSite, file: Path, log: Path, visitor: Watched) -> None:
    """One edit after another, each waited for until it is served, or refused in the log."""
    original = file.read_text()
    for name, edit in EDITS.items():
        edited = edit(original)
        assert edited != original, name
        title, said = EFFECT.get(name), log.stat().st_size
        file.write_text(edited)
        _wait_until(
            lambda title=title, said=said: (
                title in visitor.read("/") if title else b"definition fault" in log.read_bytes()[said:]
            )
        )
    assert EFFECT["a question removed"] in visitor.read("/"), "the broken file went live"


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "the edit was not noticed"
        time.sleep(0.1)


def _scores(site: KillableSite) -> dict[str, tuple[object, ...]]:
    """Of every scorecard: the version it was answered on, and all that its score is made of and leads to."""
    engine = open_database(site.environment["DATABASE_URL"])
    query = select(scorecard.c.public_id, scorecard.c.snapshot, response.c.version).join_from(scorecard, response)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    engine.dispose()
    found = {}
    for row in rows:
        card = scorecards.load(row.snapshot)
        found[row.public_id] = (row.version, card.overall, card.stage_id, card.areas, card.advice)
    return found


if __name__ == "__main__":
    alone(run)
