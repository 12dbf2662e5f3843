"""What Priya sees, prints and is mailed, drawn from the sample scorecards."""

import gzip
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from jinja2 import UndefinedError

from assessment import rendering
from assessment.core import colour
from assessment.core.scorecard import Scorecard
from assessment.paths import static_dir
from tests.samples import BRAND, NO_STAGE, PLACEMENT, RENEWAL, SPECTRUM

TYPED = "Łódź Željko & <Söhne> say no"
CARDS = pytest.mark.parametrize("card", [RENEWAL, PLACEMENT, NO_STAGE], ids=["stage", "placement", "none"])
ACTIONS = ("download", "mail", "correct_address", "correct_answers", "share", "again", "uncount", "delete", "confirm")
PRIYA = SimpleNamespace(
    name="Priya", company="Northfield Systems", role="Director", email="priya@northfield.example", confirmed=False
)


def page(card: Scorecard, *, owner: bool = True, **values: object) -> str:
    """The scorecard page as its owner, or whoever has the share link, gets it."""
    links = SimpleNamespace(**{name: f"/do/{name}" if owner else None for name in ACTIONS})
    beside: dict[str, object] = {
        "person": PRIYA if owner else None,
        "texts": {"anything": TYPED} if owner else {},
        "document": SimpleNamespace(state="ready", pages=6) if owner else None,
        "delivery": SimpleNamespace(state="queued", sent_at=None, reason=None) if owner else None,
    }
    values = beside | {"sample": False, "unit": None, "shared_url": None, "csrf": "token", "links": links} | values
    return rendering.render("scorecard/scorecard.html", card=card, owner=owner, **values)


def test_dates_signs_and_counts_read_as_people_write_them() -> None:
    assert rendering.day("2026-11-14T23:59:00+01:00") == rendering.day(date(2026, 11, 14)) == "14 November 2026"
    assert [rendering.signed(number) for number in (3, 0, -13)] == ["+3", "0", "−13"]
    assert rendering.plural(1, "page") == "1 page"
    assert rendering.plural(2, "reply", "replies") == "2 replies"
    assert [rendering.words(number) for number in (1, 12, 13)] == ["one", "twelve", "13"]
    assert rendering.lower_first("Write it") == "write it"
    assert [rendering.lower_first(text) for text in ("CSMs own it", "A plan", "")] == ["CSMs own it", "A plan", ""]


def test_a_missing_value_is_an_error_not_a_blank() -> None:
    with pytest.raises(UndefinedError):
        rendering.render("scorecard/scorecard.html", card=RENEWAL)


def test_an_asset_is_named_by_its_content() -> None:
    assert re.fullmatch(r"/static/css/app\.css\?v=[0-9a-f]{12}", rendering.asset("css/app.css"))
    with pytest.raises(OSError, match="missing"):
        rendering.asset("css/missing.css")


def test_the_brands_colours_reach_the_page_and_nothing_else_does() -> None:
    sheet = rendering.brand_css(BRAND)
    assert "--accent:#1559A6" in sheet
    assert f"--accent:{BRAND.accent_dark}" in sheet
    with pytest.raises(ValueError, match="not a colour"):
        rendering.brand_css(replace(BRAND, band="red}body{display:none"))


@CARDS
def test_every_picture_says_what_it_shows_first(card: Scorecard) -> None:
    for drawn in (page(card), rendering.report_html(card, None, None, None)):
        pictures = re.findall(r'<svg class="chart[^>]*role="img".*?</svg>', drawn, re.DOTALL)
        assert pictures or card is NO_STAGE
        for picture in pictures:
            assert re.match(r"<svg[^>]*><title>[^<]+</title>", picture)


@CARDS
def test_every_shape_is_well_formed_and_stays_inside_its_frame(card: Scorecard) -> None:
    whole = replace(card, drawings=(*RENEWAL.drawings, *PLACEMENT.drawings))
    shapes = re.findall(r"<(?:rect|line|circle|text) [^>]*>", page(whole))
    assert len(shapes) > 100 or card is not RENEWAL
    for drawn in shapes:
        shape = ElementTree.fromstring(drawn.removesuffix("/>").removesuffix(">") + "/>")
        for name in ("x", "x1", "x2", "cx", "width"):
            if shape.get(name, "").endswith("%"):
                assert 0 <= float(shape.get(name, "")[:-1]) <= 100


def test_the_score_stands_past_a_closed_gate() -> None:
    drawn = page(RENEWAL)
    assert "You 78" in drawn
    assert "Gate to Leader: not met" in drawn
    assert "Between 71 and 81: two answers were “I don't know”" in drawn
    you, gate = (re.search(rf'x="([\d.]+)%"[^>]*>{words}', drawn) for words in ("You 78", "Gate to Leader"))
    assert you
    assert gate
    assert float(you[1]) == 78 > float(gate[1]) == 75


def test_areas_are_sorted_below_the_overall_with_their_gap() -> None:
    table = re.search(r'<table class="bars".*?</table>', page(RENEWAL), re.DOTALL)
    assert table
    names = re.findall(r'<th role="rowheader" scope="row">([^<]+)', table[0])
    assert names[0] == "Overall renewal health"
    assert names[1:] == [area.title for area in sorted(RENEWAL.areas, key=lambda area: -_score(area))]
    assert "−13" in table[0]
    assert "+16" in table[0]


def _score(area: object) -> int:
    return area.points.score  # type: ignore[attr-defined,no-any-return]


def test_a_placement_draws_no_bars_and_no_score() -> None:
    drawn = page(PLACEMENT)
    assert "Gate to Enhanced: not met" in drawn
    assert 'class="score"' not in drawn
    assert "Leader from" not in drawn
    assert "Gain" not in drawn


def test_without_a_stage_it_says_why() -> None:
    for told in (page(NO_STAGE), rendering.report_html(NO_STAGE, None, None, None), *_mail(NO_STAGE)):
        assert "No stage yet" in told
        assert "a stage needs 70 %" in told


def test_seven_recommendations_at_most() -> None:
    for told in (page(RENEWAL), rendering.report_html(RENEWAL, None, None, None)):
        assert "Price concessions like any other discount" in told
        assert "An eighth move" not in told


def test_a_figure_that_may_not_judge_gets_no_mark() -> None:
    drawn = page(replace(RENEWAL, comparisons=RENEWAL.comparisons[2:], drawings=()))
    assert "Context, no verdict" in drawn
    assert "figure--context" in drawn
    assert "figure--judge" not in drawn
    assert "No published figure" in page(replace(RENEWAL, comparisons=RENEWAL.comparisons[1:2]))


def test_the_spectrum_table_spans_what_does_not_separate() -> None:
    drawn = page(replace(RENEWAL, drawings=(SPECTRUM,)))
    assert '<td role="cell" colspan="2" class="dimensions__here">' in drawn
    assert "Success-Enabled Support or Customer Success" in drawn
    assert "Not known" in drawn


def test_priya_reads_her_own_words_and_mallory_does_not() -> None:
    assert "Łódź Željko &amp; &lt;Söhne&gt; say no" in page(RENEWAL)
    shared = page(RENEWAL, owner=False, texts={"anything": TYPED})
    assert "Željko" not in shared
    assert "Priya" not in shared
    assert "csrf_token" not in shared
    assert "Keep, correct, share" not in shared


def test_what_changes_something_is_a_post_with_a_token() -> None:
    drawn = page(RENEWAL)
    for action in ("mail", "correct_answers", "share", "again", "uncount", "confirm"):
        form = re.search(rf'<form[^>]*method="post" action="/do/{action}">.*?</form>', drawn, re.DOTALL)
        assert form
        assert 'name="csrf_token" value="token"' in form[0]


def test_the_page_tells_what_was_just_done_and_how_it_moved() -> None:
    assert RENEWAL.overall
    before = replace(RENEWAL, overall=replace(RENEWAL.overall, score=71))
    drawn = page(RENEWAL, notice="It is on its way.", previous=before)
    assert "It is on its way." in drawn
    assert "Performer, 71 (+7 since)" in drawn


@pytest.mark.parametrize("state", ["queued", "sent", "failed", "held", "suppressed"])
def test_the_mails_state_is_told(state: str) -> None:
    sent = datetime(2026, 11, 14, tzinfo=UTC)
    drawn = page(RENEWAL, delivery=SimpleNamespace(state=state, sent_at=sent, reason="the mailbox is full"))
    assert ("the mailbox is full" in drawn) == (state in {"failed", "held", "suppressed"})
    assert ("also in your mailbox since 14 November 2026" in drawn) == (state == "sent")


@CARDS
def test_headings_come_in_order(card: Scorecard) -> None:
    told = (
        page(card),
        rendering.report_html(card, PRIYA, {}, "Europe"),
        rendering.plain_report_html(card, PRIYA, {}, "Europe"),
    )
    for drawn in told:
        levels = [int(level) for level in re.findall(r"<h([1-6])", drawn)]
        assert levels.count(1) == 1
        assert levels[0] == 1 or drawn is told[0]
        assert all(after - before <= 1 for before, after in pairwise(levels))


@CARDS
def test_page_and_pdf_say_the_same(card: Scorecard) -> None:
    drawn, report = page(card), rendering.report_html(card, None, None, None)
    said = [card.verdict, *(item.first_action for item in card.advice[:7]), *(row.sentence for row in card.comparisons)]
    said += [hold.because for hold in card.held] + [line.label for area in card.areas for line in area.lines]
    for sentence in said:
        assert sentence in drawn
        assert sentence in report


def test_the_report_keeps_typed_words_until_the_address_is_confirmed() -> None:
    for write in (rendering.report_html, rendering.plain_report_html):
        before, after = write(RENEWAL, PRIYA, None, None), write(RENEWAL, PRIYA, {"anything": TYPED}, None)
        assert "Željko" not in before
        assert "Kept for your consultant until your address is confirmed" in before
        assert "Łódź Željko &amp; &lt;Söhne&gt;" in after
        assert 'dir="auto"' in after


def test_the_plain_report_has_no_pictures_and_all_words() -> None:
    plain = rendering.plain_report_html(RENEWAL, None, None, None)
    assert "<svg" not in plain
    assert all(drawing.alternative.replace("'", "&#39;") in plain for drawing in RENEWAL.drawings)


def _mail(card: Scorecard, pages: int | None = 6, not_me: str | None = None) -> tuple[str, str]:
    return rendering.mail_bodies(card, "https://assess.example/o/abc", pages, not_me)


@CARDS
def test_the_mail_is_complete_without_pictures(card: Scorecard) -> None:
    text, page = _mail(card)
    for body in (text, page):
        assert "https://assess.example/o/abc" in body
        assert card.advice[0].title in body
        assert card.verdict in body
    assert "<img" not in page
    assert "<svg" not in page
    assert "<style" not in page
    assert re.search(r'<a href="https://assess.example/o/abc" style="[^"]*background: ?#1559A6', page)


def test_the_mail_admits_a_missing_pdf_and_takes_no_for_an_answer() -> None:
    assert all("The PDF is attached, 6 pages." in body for body in _mail(RENEWAL))
    assert all("could not be attached" in body for body in _mail(RENEWAL, pages=None))
    assert all("https://assess.example/no" in body for body in _mail(RENEWAL, not_me="https://assess.example/no"))
    assert not any("Not you?" in body for body in _mail(RENEWAL))


def test_the_mails_text_is_text() -> None:
    text, page = _mail(replace(RENEWAL, stage="Sales & Service", held=(replace(RENEWAL.held[0], stage="R&D <2>"),)))
    assert "Sales & Service" in text
    assert "R&D <2> is closed." in text
    assert "R&amp;D &lt;2&gt;" in page


def test_the_subject_names_the_place() -> None:
    assert rendering.mail_subject(RENEWAL) == "Your scorecard: Contract renewal practices (Performer, 78 of 100)"
    assert rendering.mail_subject(PLACEMENT) == "Your scorecard: Pricing tier placement (Standard)"
    assert rendering.mail_subject(NO_STAGE) == "Your scorecard: Contract renewal practices"


def test_first_load_stays_small() -> None:
    parts = [static_dir() / "css" / "app.css", static_dir() / "js" / "app.js"]
    weight = sum(len(gzip.compress(part.read_bytes())) for part in parts)
    assert weight <= 10_500  # which leaves a question page 1.5 KB under the goal of 12
    assert (static_dir() / "fonts" / "inter-latin.woff2").stat().st_size <= 60_000


PAIRS = [(ink, paper, 4.5) for ink in ("head", "ink", "muted", "accent", "mark-text") for paper in ("paper", "wash")]
PAIRS += [("ink", "tint", 4.5), ("ink", "tint-2", 4.5), ("head", "tint", 4.5), ("accent", "tint", 4.5)]
PAIRS += [("on-accent", "accent", 4.5), ("on-accent", "accent-press", 4.5), ("on-bar", "bar", 4.5)]
PAIRS += [("bad", "bad-wash", 4.5), ("bad", "paper", 4.5), ("band-lead", "band", 4.5), ("band-label", "band", 4.5)]
PAIRS += [(part, "paper", 3) for part in ("bar", "mark", "field")] + [("bar-low", "track", 3), ("bar", "track", 3)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper", "needed"), PAIRS)
def test_the_sheets_colours_can_be_read(scheme: str, ink: str, paper: str, needed: float) -> None:
    sheet = (static_dir() / "css" / "app.css").read_text()
    blocks = [dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", sheet, re.S)]
    tokens = blocks[0] if scheme == "light" else blocks[0] | blocks[1]
    full = {
        name: value if len(value) == 7 else "#" + "".join(2 * digit for digit in value[1:])
        for name, value in tokens.items()
    }
    assert colour.contrast(full[ink], full[paper]) >= needed


def test_what_holds_one_stage_is_said_once() -> None:
    second = replace(RENEWAL.held[0], id="rate", because="The renewal rate is at least 80 %; yours is 74 %.")
    twice = replace(RENEWAL, held=(RENEWAL.held[0], second))
    for told in (page(twice), rendering.report_html(twice, None, None, None), *_mail(twice)):
        assert told.count("Leader is closed.") == 1
        assert "yours begins 60 days before expiry." in told
        assert "yours is 74 %." in told


def test_rows_without_an_own_number_are_named_in_one_sentence() -> None:
    empty = tuple(
        replace(row, title=title, yours=tuple(replace(own, text="Not known", value=None) for own in row.yours))
        for row, title in zip(RENEWAL.comparisons[:2], ("Cost of a case", "Calls a day"), strict=True)
    )
    card = replace(RENEWAL, comparisons=(*empty, RENEWAL.comparisons[2]))
    for told in (page(card), rendering.report_html(card, None, None, None)):
        assert "Two comparisons have no number of yours: cost of a case and calls a day." in told
        assert "Not known" not in told
        assert "<h3>Gross revenue retention</h3>" in told


def test_gates_still_ahead_are_named_beside_the_bars() -> None:
    ahead = replace(RENEWAL, held=())
    for told in (page(ahead), rendering.report_html(ahead, None, None, None)):
        assert "Points alone do not open Leader" in told
        assert "yours begins 60 days before expiry." in told


def test_areas_without_any_score_are_a_sentence_and_no_empty_table() -> None:
    open_areas = tuple(
        replace(area, points=None, gap=None, stage=None, reason="Not enough answered") for area in RENEWAL.areas[:2]
    )
    for told in (page(replace(NO_STAGE, areas=open_areas)), page(NO_STAGE)):
        assert ("Not enough answered: renewal rate performance and on-time renewals." in told) == (
            '<table class="bars"' not in told
        )


def test_one_area_is_not_both_the_strongest_and_the_lowest() -> None:
    assert "Largest gap" in page(RENEWAL)
    assert "Largest gap" not in page(replace(RENEWAL, strongest=RENEWAL.weakest))


def test_a_placements_report_speaks_of_its_verdict_and_of_no_scores() -> None:
    told = rendering.report_html(PLACEMENT, None, None, None)
    assert PLACEMENT.finding not in told
    assert told.count(PLACEMENT.verdict) == 2


def test_gates_ahead_are_one_list_also_where_one_is_unknown() -> None:
    ahead = replace(RENEWAL, held=(), next_gates=(RENEWAL.held[0], replace(RENEWAL.held[0], id="other", unknown=True)))
    assert rendering.report_html(ahead, None, None, None).count("Points alone do not open Leader") == 1
