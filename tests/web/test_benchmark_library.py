"""The benchmark library on the web: open to everybody, about nobody, and reached from every page and comparison."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from assessment import clock
from assessment.actions.installation import Installation
from assessment.catalogue.catalogue import Catalogue
from assessment.core.definition import Questionnaire
from assessment.paths import questionnaires_dir
from tests.conftest import sample_of
from tests.walking import Walker


def _html(walker: Walker, address: str) -> str:
    reply = walker.client.get(address)
    assert reply.status_code == 200, address
    return str(reply.get_data(as_text=True))


def _used(house: Installation) -> set[str]:
    return {name for entry in house.catalogue.live() for name in entry.questionnaire.figures}


def test_every_figure_in_use_stands_on_the_page_and_in_the_json_once(mallory: Walker, house: Installation) -> None:
    html, plain = _html(mallory, "/benchmarks"), mallory.client.get("/benchmarks.json").get_json()
    used = _used(house)
    assert sorted(re.findall(r'<li class="figure-row" id="([^"]+)"', html)) == sorted(used)
    assert sorted(figure["id"] for figure in plain["figures"]) == sorted(used)
    assert f"{len(used)} published figures" in html


def test_the_page_says_of_each_what_the_json_says(mallory: Walker) -> None:
    html = _html(mallory, "/benchmarks")
    parts = dict(re.findall(r'<li class="figure-row" id="([^"]+)">(.*?)</dl></div></li>', html, re.S))
    for figure in mallory.client.get("/benchmarks.json").get_json()["figures"]:
        words = unescape(re.sub(r"<[^>]+>", " ", parts[figure["id"]]))
        for said in (figure["measure"], figure["text"], figure["population"], figure["source"]["title"]):
            assert said in words, (figure["id"], said)
        assert (figure["sample"] or "sample not stated") in words
        assert figure["sure_means"] in words
        assert ("Judge" in words) is (figure["use"] == "benchmark")
        assert ("where every basis" in words) is (figure["use"] == "benchmark" and figure["sure"] != "P")
        assert all(use["title"] in words for use in figure["used_in"])
        assert (figure["note"] or "") in words


def test_it_is_about_nobody_and_may_be_kept(priya: Walker, renewal: Questionnaire) -> None:
    contact = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield"}
    priya.scorecard(renewal, sample_of(renewal).answers, contact)
    for address in ("/benchmarks", "/benchmarks.json"):
        reply = priya.client.get(address)
        assert reply.headers["Cache-Control"] == "public, max-age=300"
        assert "Set-Cookie" not in reply.headers
        assert "Cookie" not in reply.headers.get("Vary", "")
        for secret in ("Priya", "priya@", "Northfield", "csrf"):
            assert secret not in reply.get_data(as_text=True)
    assert priya.client.get("/benchmarks.json").mimetype == "application/json"


def test_every_page_leads_there_and_each_comparison_to_its_own_figure(priya: Walker, renewal: Questionnaire) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers)
    for address in ("/", "/privacy", f"/a/{renewal.id}", card):
        assert 'href="/benchmarks"' in _html(priya, address), address
    named = re.findall(r'href="/benchmarks#([^"]+)"', _html(priya, card))
    assert "X01" in named
    assert set(named) <= set(re.findall(r'id="([^"]+)"', _html(priya, "/benchmarks")))


def test_an_exhibits_figure_leads_to_its_own_as_well(priya: Walker, renewal: Questionnaire) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers)
    exhibit = next(part for part in _html(priya, card).split('<div class="exhibit') if "Four renewals or five" in part)
    assert 'href="/benchmarks#X02"' in exhibit[: exhibit.index("</div>")]
    calculator = _html(priya, "/a/renewal-compounding?model=contracts&due=1000&renewed=824")
    assert 'href="/benchmarks#X02"' in calculator


def test_a_review_that_is_past_is_said_on_its_day(mallory: Walker, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Overdue" not in _html(mallory, "/benchmarks")
    last = {figure["review_by"] for figure in mallory.client.get("/benchmarks.json").get_json()["figures"]}
    day = datetime.fromisoformat(max(last)).replace(tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: day.replace(hour=23))
    before = _html(mallory, "/benchmarks").count("Overdue")
    monkeypatch.setattr(clock, "now", lambda: day.replace(year=day.year + 1))
    after = _html(mallory, "/benchmarks").count("Overdue")
    assert before < after == len(mallory.client.get("/benchmarks.json").get_json()["figures"])


def test_a_folder_without_figures_says_so(mallory: Walker, house: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    tiny = Path(__file__).parents[1] / "questionnaires" / "tiny.yaml"
    (folder / "tiny.yaml").write_text(tiny.read_text())
    object.__setattr__(house, "catalogue", Catalogue(folder, clock.now()))
    assert "No published figure is in use" in _html(mallory, "/benchmarks")
    assert mallory.client.get("/benchmarks.json").get_json() == {"format": 1, "figures": []}


def test_a_draft_brings_no_figure(mallory: Walker, house: Installation) -> None:
    live = {entry.questionnaire.id for entry in house.catalogue.live()}
    for figure in mallory.client.get("/benchmarks.json").get_json()["figures"]:
        assert {use["questionnaire"] for use in figure["used_in"]} <= live
    assert house.catalogue.find("annotated-example") is not None
    assert "annotated-example" not in live


def test_a_scorecard_of_what_is_closed_or_gone_links_to_no_figure_that_is_not_there(
    priya: Walker, staff: Callable[..., Walker], house: Installation, renewal: Questionnaire, tmp_path: Path
) -> None:
    card = priya.scorecard(renewal, sample_of(renewal).answers)
    before, sources = _linked(_html(priya, card)), _html(priya, card).count("Source<span")
    folder = tmp_path / "ours"
    for part in ("blocks", "benchmarks"):
        shutil.copytree(questionnaires_dir() / part, folder / part)
    text = (questionnaires_dir() / "renewal-compounding.yaml").read_text().replace("status: live", "status: retired")
    text = text.replace("  - use: renewal_in_2008\n", "").replace(", renewal_in_2008: none", "")
    (folder / "renewal-compounding.yaml").write_text(text)
    # What she answered is not among the files any more; what shares a figure with it takes no new answers.
    object.__setattr__(house, "catalogue", Catalogue(folder, clock.now()))
    assert house.catalogue.live() == ()
    html = _html(priya, "/benchmarks")
    kept = set(re.findall(r'<li class="figure-row" id="([^"]+)"', html))
    for reader, address in ((priya, card), (staff(), f"/review/submissions/{card.rpartition('/')[2]}/scorecard")):
        now = _html(reader, address)
        assert _linked(now) == before & kept
        assert now.count("Source<span") == sources, "where a figure comes from stands on the scorecard itself"
    assert (before & kept, before - kept) == ({"X01", "X02"}, {"R01", "X04"})
    assert "Closed: it takes no new answers" in html
    told = {figure["id"]: figure for figure in priya.client.get("/benchmarks.json").get_json()["figures"]}
    assert set(told) == kept
    assert [(use["questionnaire"], use["open"]) for use in told["X01"]["used_in"]] == [("renewal-compounding", False)]


def _linked(html: str) -> set[str]:
    return set(re.findall(r'href="/benchmarks#([^"]+)"', html))
