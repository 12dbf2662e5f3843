"""Calculators as Priya uses them: numbers in the address, nothing kept, and a PDF when she asks for one."""

import json
import random
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from assessment import clock, rendering
from assessment.actions import calculating
from assessment.actions.catching_up import catch_up
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.core.answers import parse_answers
from assessment.core.definition import Question
from assessment.delivery.renderer import Renderer
from assessment.forms.numbers import BIGGEST
from assessment.forms.readers import bounds
from assessment.installing import install, prepare
from assessment.settings import Settings
from assessment.store import database, scorecards
from assessment.store.calculations import KEPT
from assessment.store.database import reading
from assessment.store.review_tables import submission
from assessment.store.tables import audit, document, person, response, scorecard
from assessment.working import build_worker
from tests.attacks.dump import changed, dump
from tests.conftest import sample_of
from tests.core.building_blocks import CALCULATORS, card_of, shipped
from tests.databases import somebody_writes
from tests.walking import Walker, hidden

RATES = "/a/renewal-compounding?model=contracts&due=1000&renewed=824"
BOUND = "/a/self-service-deflection?events=10000&success=48&no_action=80&assisted=6000"


def _text(walker: Walker, address: str, status: int = 200) -> str:
    reply = walker.client.get(address)
    assert reply.status_code == status, reply.get_data(as_text=True)
    return str(reply.get_data(as_text=True))


def _told(html: str) -> str:
    """The headline as a screen reader is told it."""
    found = re.search(r'id="result"[^>]* data-said="([^"]*)"', html)
    return unescape(found[1]) if found else ""


def _link(html: str) -> str:
    found = re.search(r'id="link" readonly value="([^"]*)"', html)
    assert found
    return unescape(found[1])


def _fields(html: str) -> dict[str, str]:
    """The hidden fields of "Keep this as a PDF"."""
    form = html[html.index('/pdf"') :]
    form = form[: form.index("</form>")]
    return {unescape(name): unescape(value) for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', form)}


def _keep(walker: Walker, address: str, **more: str) -> Any:
    fields = _fields(_text(walker, address)) | more
    return walker.client.post(f"{address.partition('?')[0]}/pdf", data=fields)


def _count(house: Installation, *tables: Any) -> list[int]:
    with reading(house.engine) as connection:
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


@pytest.mark.parametrize("slug", CALCULATORS)
def test_an_address_without_numbers_is_the_form(priya: Walker, slug: str) -> None:
    html = _text(priya, f"/a/{slug}")
    assert _told(html) == ""
    assert 'id="errors"' not in html
    assert "It stands here as soon as" in html
    for name in shipped(slug).questions:
        assert f'id="q-{name}"' in html


@pytest.mark.parametrize("slug", CALCULATORS)
def test_the_sample_is_an_address_and_its_link_opens_the_same_result(priya: Walker, mallory: Walker, slug: str) -> None:
    reply = priya.client.get(f"/a/{slug}/sample")
    assert reply.status_code == 303
    html = _text(priya, reply.headers["Location"])
    assert _told(html)
    link = _link(html)
    assert link == f"http://localhost{reply.headers['Location']}"
    again = _text(mallory, link.removeprefix("http://localhost"))
    assert _told(again) == _told(html)
    assert _link(again) == link
    computed = sample_of(shipped(slug)).expect.computed
    assert computed


def test_the_result_says_the_formula_with_ones_own_numbers_and_the_verdict(priya: Walker) -> None:
    html = _text(priya, RATES)
    assert _told(html).startswith("Contract renewal rate 82.4 %; ")
    assert "= 824 contracts / 1,000 contracts" in html
    assert "The same as the published 82.4 %" in html
    assert 'class="chart decay"' in html


def test_an_upper_bound_warns(priya: Walker) -> None:
    assert "An upper bound: intent is not asked" in _text(priya, BOUND)
    assert "An upper bound" not in _text(priya, f"{BOUND}&intent=60")


def test_numbers_are_read_as_people_type_them(priya: Walker) -> None:
    typed = "/a/renewal-compounding?due=1%2C000&renewed=824.0&utm_source=mail&due.special="
    link = _link(_text(priya, typed))
    assert link == "http://localhost/a/renewal-compounding?due=1000&renewed=824"


@pytest.mark.parametrize(
    ("query", "kept", "told"),
    [
        ("due=100&renewed=101", ("100", "101"), "More contracts renewed than came due"),
        ("due=many&renewed=9", ("many", "9"), "Enter a number"),
        ("due=100&renewed=-1", ("100", "-1"), "or more"),
        ("due=99.5&renewed=50", ("99.5", "50"), "Enter a whole number"),
    ],
)
def test_bad_input_comes_back_with_everything_typed(
    priya: Walker, query: str, kept: tuple[str, ...], told: str
) -> None:
    html = _text(priya, f"/a/renewal-compounding?{query}", 422)
    assert 'id="errors"' in html
    assert told in html[html.index('id="errors"') : html.index("</ul>")]
    for value in kept:
        assert f'value="{value}"' in html
    assert "Keep this as a PDF" not in html
    assert told in _told(html)


@pytest.mark.parametrize("typed", ["12.500", "€ 12.500", "1.000", "-12.500"])
def test_a_dot_that_may_group_thousands_is_asked_about(priya: Walker, typed: str) -> None:
    rest = "rev_new=900&rev_expansion=0&rev_churn=0&rev_downgrade=0"
    html = _text(priya, f"/a/recurring-revenue?{urlencode({'rev_begin': typed})}&{rest}", 422)
    assert "; what you typed can be read as both" in _told(html)
    if typed == "12.500":
        assert "Enter 12500 or 12.5;" in _told(html)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("12,500", "12500"), ("12.50", "12.5"), ("12.500,00", "12500"), ("1.012.500", "1012500"), ("0.500", "0.5"),
     ("0,500", "0.5"), ("12,5", "12.5")],
)  # fmt: skip
def test_an_amount_with_one_reading_is_read(priya: Walker, typed: str, meant: str) -> None:
    rest = "rev_new=0&rev_expansion=0&rev_churn=0&rev_downgrade=0"
    html = _text(priya, f"/a/recurring-revenue?{urlencode({'rev_begin': typed})}&{rest}")
    assert dict(parse_qsl(urlsplit(_link(html)).query))["rev_begin"] == meant


def test_a_percentage_is_never_in_thousands(priya: Walker) -> None:
    html = _text(priya, "/a/support-price?basis=net&price=22.000&discount=0")
    assert "price=22&" in _link(html)


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("self-service-deflection?events=500&assisted=40", ("success", "no_action")),
        ("renewal-compounding?due=100", ("renewed",)),
        ("recurring-revenue?rev_begin=100&rev_churn=0", ("rev_new", "rev_expansion", "rev_downgrade")),
        ("support-price?basis=net&price=22&list_price=1000&uplift=3", ()),  # the price on net is told already
        ("support-price?tier=basic", ("basis", "price", "discount")),
    ],
)
def test_what_is_not_filled_in_yet_is_named_and_no_fault(priya: Walker, address: str, wanted: tuple[str, ...]) -> None:
    html = unescape(_text(priya, f"/a/{address}"))
    for scolding in ('id="errors"', "question--error", "<title>Error", "aria-invalid"):
        assert scolding not in html
    labels = [rendering.lower_first(shipped(address.partition("?")[0]).questions[name].label) for name in wanted]
    if wanted:
        assert f"Still needed: {rendering.listed(labels)}." in html
    assert ("Keep this as a PDF" in html) is not bool(wanted)
    assert bool(_told(html)) is not bool(wanted), "nothing is heard while the numbers are filled in"


def test_a_basis_nobody_knows_is_an_answer_and_what_needs_none_is_told(priya: Walker) -> None:
    basis = "/a/support-price?basis=dont_know&price=22&discount=30&list_price=1000&uplift=8"
    html = unescape(_text(priya, basis))
    assert "Still needed" not in html
    assert "basis unknown, so the percentage gives no fee." in html
    assert "Where the percentage stands in year five" in html
    assert "29.93 %" in html
    assert _link(html) == f"http://localhost{basis}"
    assert "Keep this as a PDF" in html


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (
            "recurring-revenue?rev_begin=0&rev_new=80&rev_expansion=0&rev_churn=0&rev_downgrade=0",
            ("Not defined", "the period began without revenue, and a rate needs some", "Revenue at the end, with your"),
        ),
        ("renewal-compounding?due=0&renewed=0", ("Not defined", "No contract came due, so there is no rate.")),
    ],
)
def test_what_is_not_defined_says_why(priya: Walker, address: str, told: tuple[str, ...]) -> None:
    html = unescape(_text(priya, f"/a/{address}"))
    result = html[html.index('id="result"') :]
    assert [said for said in (*told, 'id="link"') if said not in result] == []
    assert "Nothing can be computed" not in result
    assert "Beside published figures" not in result, "there is nothing to stand beside them"


def test_an_upper_bound_says_so_beside_each_value(priya: Walker) -> None:
    html = _text(priya, BOUND)
    tells = html[html.index('<dl class="tells">') : html.index("</dl>")]
    assert tells.count("upper bound</b>") == 3
    assert 'data-brief="3,840 cases (upper bound)"' in html


def test_a_choice_that_is_offered_no_more_costs_only_itself(priya: Walker) -> None:
    html = unescape(_text(priya, "/a/renewal-compounding?model=gone&due=100&renewed=50"))
    assert "offered no more: what customers renew." in html
    assert _link(html) == "http://localhost/a/renewal-compounding?due=100&renewed=50"
    needed = _text(priya, "/a/support-price?basis=gone&price=22", 422)
    assert "Choose one of the answers shown" in _told(needed)


def test_a_half_filled_group_beside_something_wrong_says_what_is_wrong(priya: Walker) -> None:
    html = _text(priya, "/a/recurring-revenue?rev_begin=100&rev_new=many", 422)
    summary = html[html.index('id="errors"') : html.index("</ul>")]
    assert summary.count("<li>") == 1
    assert "Enter a number" in summary


def _typed(value: Decimal, question: Question, rng: random.Random) -> str:
    """A number as somebody types it: grouped and marked as in their country, with or without its unit."""
    whole, _, rest = format(value, "f").partition(".")
    group = rng.choice(["", ",", ".", " ", "\u00a0", "\u202f", "'", "\u2019"])
    if group == "." and question.decimals and not rest:
        group = ""  # "1.234" is a number with three decimals there
    mark = {",": ".", ".": ","}.get(group) or rng.choice(",.")
    text = f"{int(whole):,}".replace(",", group) + (mark + rest if rest else "")
    return text + rng.choice(["", " %"]) if question.type == "percent" else rng.choice(["", "€ "]) + text


@pytest.mark.parametrize("slug", CALCULATORS)
def test_a_link_opens_every_number_however_it_was_typed(priya: Walker, slug: str) -> None:
    asked, rng = shipped(slug), random.Random(slug)
    for _ in range(8):
        more, meant, typed = rng.choice([1, 7, 1_000, 65_432]), {}, {}
        for name, answer in sample_of(asked).answers.items():
            question = asked.questions[name]
            if question.is_numeric:
                value = Decimal(str(answer))
                value = value - rng.randrange(100) / Decimal(100) if question.type == "percent" else value * more
                value = round(value, question.decimals)
                meant[name], typed[name] = format(value.normalize(), "f"), _typed(value, question, rng)
            else:
                meant[name] = typed[name] = str(answer)
        html = _text(priya, f"/a/{slug}?{urlencode(typed)}")
        link = _link(html)
        assert dict(parse_qsl(urlsplit(link).query)) == meant, typed
        again = _text(priya, link.removeprefix("http://localhost"))
        assert (_told(again), _link(again)) == (_told(html), link)


_NO_NUMBER = re.compile(r"\b(?:nan|inf|infinity)\b|\d[eE][+-]?\d", re.IGNORECASE)
_ACROSS = re.compile(r' (?:x|x1|x2|cx|width)="([^"]*)%"')
_DOWN = re.compile(r' (?:y|y1|y2|cy|height)="([^"%]*)"')


def _extremes(question: Question) -> list[str]:
    """What may be sent for a question at its edges, nothing included."""
    if not question.is_numeric:
        return ["", *(option.id for option in question.answers), *(["dont_know"] if question.dont_know else [])]
    low, high = bounds(question)
    step = Decimal(1).scaleb(-question.decimals)
    edges = [low or Decimal(0), (low or Decimal(0)) + step, high or BIGGEST, (high or BIGGEST) - step]
    return ["", *(format(edge, "f") for edge in edges)]


def _sound(html: str, where: str) -> None:
    """No number that is none, and every shape inside its picture, which says in words what it shows."""
    assert not _NO_NUMBER.search(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.S)), where
    for picture in re.findall(r"<svg.*?</svg>", html, re.S):
        assert all(-1 <= float(number) <= 101 for number in _ACROSS.findall(picture)), (where, picture)
        assert all(-1 <= float(number) <= 300 for number in _DOWN.findall(picture)), (where, picture)
        if "aria-hidden" not in picture.partition(">")[0]:
            assert re.match(r'<svg [^>]*role="img"[^>]*><title>[^<]+</title>', picture), picture


@pytest.mark.parametrize("slug", CALCULATORS)
def test_no_number_breaks_a_calculator(priya: Walker, slug: str) -> None:
    asked, rng = shipped(slug), random.Random(slug)
    sample = {name: str(answer) for name, answer in sample_of(asked).answers.items()}
    edges = {name: _extremes(question) for name, question in asked.questions.items()}
    tried = [sample | {name: edge} for name, each in edges.items() for edge in each]
    tried += [{name: rng.choice(each) for name, each in edges.items()} for _ in range(40)]
    tried += [{name: each[at] for name, each in edges.items()} for at in (1, -1)]
    told = 0
    for fields in tried:
        where = f"/a/{slug}?{urlencode({name: value for name, value in fields.items() if value})}"
        reply = priya.client.get(where)
        html = reply.get_data(as_text=True)
        assert reply.status_code == (422 if 'id="errors"' in html else 200), where
        _sound(html, where)
        told += bool(_told(html)) and reply.status_code == 200
    assert told > len(tried) / 3


@pytest.mark.parametrize("basis", ["list", "net"])
def test_what_is_given_away_leaves_no_net_price_and_says_so(priya: Walker, basis: str) -> None:
    rest = "price=15.6&currency=usd&list_price=1000&add_ons=50&uplift=50&tier=basic"
    html = _text(priya, f"/a/support-price?basis={basis}&{rest}&discount=100", 422)
    summary = html[html.index('id="errors"') : html.index("</ul>")]
    assert summary.count("<li>") == 1
    assert 'href="#q-discount"' in summary
    assert "leaves no net price" in summary
    for discount in ("99.99", ""):
        _sound(_text(priya, f"/a/support-price?basis={basis}&{rest}&discount={discount}"), discount)


def test_what_stands_in_an_address_is_shown_as_text(priya: Walker) -> None:
    html = _text(priya, "/a/renewal-compounding?due=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&renewed={{7*7}}", 422)
    assert "<script>alert" not in html
    assert "{{7*7}}" in html


def test_looking_keeps_nothing(priya: Walker, house: Installation) -> None:
    before = dump(house)
    for slug in CALCULATORS:
        _text(priya, priya.client.get(f"/a/{slug}/sample").headers["Location"])
    assert not changed(before, dump(house))


def test_no_response_can_be_begun_with_a_calculator(priya: Walker, house: Installation) -> None:
    html = _text(priya, RATES)
    reply = priya.client.post("/a/renewal-compounding", data={"csrf_token": hidden(html, "csrf_token"), "due": "1"})
    assert reply.status_code == 404
    assert _count(house, response) == [0]


def test_an_assessment_is_no_calculator(priya: Walker) -> None:
    token = hidden(_text(priya, RATES), "csrf_token")
    assert priya.client.post("/a/renewal-practices/pdf", data={"csrf_token": token}).status_code == 404


def _work(house: Installation) -> None:
    with Renderer() as renderer:
        worker = build_worker(house, renderer, "worker")
        while worker.step():
            pass


def test_a_pdf_is_made_by_the_worker_for_whoever_asked(priya: Walker, mallory: Walker, house: Installation) -> None:
    reply = _keep(priya, BOUND)
    assert reply.status_code == 303
    where = reply.headers["Location"]
    waiting = priya.client.get(where)
    assert waiting.status_code == 200
    assert waiting.headers["Refresh"] == "2"
    assert waiting.headers["Cache-Control"] == "no-store"
    html = waiting.get_data(as_text=True)
    assert "Back to the result" in html
    assert BOUND.replace("&", "&amp;") in html
    assert mallory.client.get(where).status_code == 404
    _work(house)
    pdf = priya.client.get(where)
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="self-service-deflection.pdf"'
    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf.get_data())).pages).split())
    for said in ("Self-service deflection", "3,840 cases", "39.0 %", "An upper bound", "10,000 events × 48 %"):
        assert said in text, said
    assert f"http://localhost{BOUND}".replace("-", "") in text.replace(" ", "").replace("-", "")
    assert mallory.client.get(where).status_code == 404


def _figures(html: str) -> list[str]:
    """Every figure, step of a formula and verdict of a result."""
    result = html[html.index('id="result"') :]
    formulas = re.findall(r'<div class="formula">(.*?)</div>', result, re.S)
    steps = [step for formula in formulas for step in _lines(formula)]
    verdicts = re.findall(r"<h3>[^<]*</h3>\s*<p><b>(.*?)</b>", result, re.S)
    return [*re.findall(r'<dd class="figure[^"]*">(.*?)</dd>', result), *steps, *verdicts]


def _lines(html: str) -> list[str]:
    return [line.strip() for line in re.split(r"</?p>", html) if line.strip()]


@pytest.mark.parametrize("slug", CALCULATORS)
def test_what_is_kept_says_the_same_as_the_page(priya: Walker, house: Installation, slug: str) -> None:
    address = priya.client.get(f"/a/{slug}/sample").headers["Location"]
    html = _text(priya, address)
    assert _keep(priya, address).status_code == 303
    with reading(house.engine) as connection:
        card = scorecards.load(connection.execute(select(scorecard.c.snapshot)).scalar_one())
    assert card.origin.link == _link(html)
    report = rendering.report_html(card, None, None, None)
    figures = _figures(html)
    assert len(figures) > 8
    for figure in figures:
        assert figure in report, figure


def test_a_kept_calculation_is_nobodys_submission(
    priya: Walker, house: Installation, staff: Callable[..., Walker], app: Flask
) -> None:
    assert _keep(priya, RATES).status_code == 303
    assert _count(house, response, scorecard, document, submission, person) == [1, 1, 1, 0, 0]
    catch_up(house.engine, house.keyring)
    assert _count(house, submission) == [0]
    carl = staff("consultant")
    assert "Renewal compounding" not in _text(carl, "/review/submissions")
    assert "Renewal compounding" not in _text(carl, "/review/dashboard")
    assert 'value="renewal-compounding"' not in _text(carl, "/review/invitations")
    assert 'value="renewal-compounding"' not in _text(carl, "/review/interview")
    with reading(house.engine) as connection:
        stored = connection.execute(select(scorecard.c.public_id)).scalar_one()
        kept = select(audit.c.actor, audit.c.subject).where(audit.c.action == "calculation.kept")
        assert [tuple(row) for row in connection.execute(kept)] == [("visitor", stored)]
    for door in ("/s/", "/v/"):
        assert priya.client.get(door + stored).status_code == 404
    assert _text(carl, "/review/submissions/" + stored, 404)


def test_nobody_is_invited_to_a_calculator(staff: Callable[..., Walker]) -> None:
    carl = staff("consultant")
    token = hidden(_text(carl, "/review/invitations"), "csrf_token")
    fields = {"csrf_token": token, "questionnaire": "renewal-compounding", "email": "priya@northfield.example"}
    assert carl.client.post("/review/invitations", data=fields).status_code == 422
    assert carl.client.post("/review/interview", data=fields).status_code == 422


def test_pressed_twice_it_is_made_once_and_other_numbers_are_another(priya: Walker, house: Installation) -> None:
    fields = _fields(_text(priya, RATES))
    first, second = (priya.client.post("/a/renewal-compounding/pdf", data=fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert _count(house, response, document) == [1, 1]
    other = priya.client.post("/a/renewal-compounding/pdf", data=fields | {"renewed": "900"})
    assert other.headers["Location"] != first.headers["Location"]
    assert _count(house, response, document) == [2, 2]


def test_another_persons_press_leads_to_nobodys_numbers_but_ones_own(
    priya: Walker, mallory: Walker, house: Installation
) -> None:
    fields = _fields(_text(priya, RATES))
    mine = priya.client.post("/a/renewal-compounding/pdf", data=fields).headers["Location"]
    reply = _keep(mallory, "/a/renewal-compounding?due=10&renewed=5", **{"form.press": fields["form.press"]})
    assert reply.headers["Location"] != mine
    assert mallory.client.get(mine).status_code == 404


def test_an_expired_form_comes_back_with_the_numbers(priya: Walker, house: Installation) -> None:
    reply = _keep(priya, RATES, csrf_token="old")
    assert reply.status_code == 422
    html = reply.get_data(as_text=True)
    assert 'value="824"' in html
    assert _fields(html)["renewed"] == "824"
    assert _count(house, response) == [0]


def test_while_the_database_is_busy_the_result_stands_and_nothing_typed_is_lost(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 30)
    prepare(settings)
    house = install(settings)
    client = create_app(house).test_client()
    fields = _fields(client.get(RATES).get_data(as_text=True))
    with somebody_writes(house.engine):
        reply = client.post("/a/renewal-compounding/pdf", data=fields)
        assert reply.status_code == 503
        assert reply.headers["Retry-After"] == "5"
        html = reply.get_data(as_text=True)
        assert _fields(html)["renewed"] == "824"
        assert _told(client.get(RATES).get_data(as_text=True)), "looking needs no writing"
    assert client.post("/a/renewal-compounding/pdf", data=_fields(html)).status_code == 303
    house.engine.dispose()


def test_fields_that_no_calculator_has_are_not_kept(priya: Walker, house: Installation) -> None:
    more = {
        "state": "submitted",
        "email": "priya@northfield.example",
        "epoch": "9",
        "public_id": "A" * 16,
        "source": "x",
    }
    assert _keep(priya, RATES, **more).status_code == 303
    with reading(house.engine) as connection:
        row = connection.execute(select(response)).one()
    assert (row.state, row.epoch, row.source, row.sealed_texts, row.sealed_contact) == (KEPT, 1, None, None, None)
    assert json.loads(row.answers) == {"model": "contracts", "due": "1000", "renewed": "824"}


def test_without_a_picture_the_plain_report_says_the_same() -> None:
    asked = shipped("self-service-deflection")
    card = card_of(asked, parse_answers(asked, {"events": 10000, "success": 48, "no_action": 80, "assisted": 6000}))
    html = rendering.plain_report_html(card, None, None, None)
    for said in ("3,840 cases", "An upper bound", "10,000 events × 48 % × 100 % × 80 %"):
        assert said in html
    assert "stage" not in html.lower()


def test_numbers_that_were_bent_on_the_way_are_refused_with_what_was_typed(priya: Walker, house: Installation) -> None:
    reply = _keep(priya, RATES, renewed="2000")
    assert reply.status_code == 422
    assert 'value="2000"' in reply.get_data(as_text=True)
    assert _count(house, response) == [0]


def test_what_was_kept_goes_like_a_draft(priya: Walker, house: Installation) -> None:
    where = _keep(priya, RATES).headers["Location"]
    _work(house)
    now, days = clock.now(), house.settings.draft_days
    calculating.forget_old(house, now + timedelta(days=days - 1))
    assert priya.client.get(where).status_code == 200
    calculating.forget_old(house, now + timedelta(days=days, minutes=1))
    assert priya.client.get(where).status_code == 404
    assert _count(house, response, scorecard, document) == [0, 0, 0]
    with reading(house.engine) as connection:
        assert connection.execute(select(audit.c.action).order_by(audit.c.id.desc())).scalars().first() == (
            "calculations.deleted"
        )


def test_the_worker_forgets_it_by_itself(priya: Walker, house: Installation) -> None:
    assert _keep(priya, RATES).status_code == 303
    later = clock.now() + timedelta(days=house.settings.draft_days, hours=2)
    with Renderer() as renderer:
        build_worker(house, renderer, "worker", now=lambda: later).keep_house()
    with reading(house.engine) as connection:
        assert not connection.execute(select(response.c.id).where(response.c.state == KEPT)).all()


def test_a_document_that_was_dropped_is_made_again_with_equal_bytes(priya: Walker, house: Installation) -> None:
    where = _keep(priya, RATES).headers["Location"]
    _work(house)
    before = priya.client.get(where).get_data()
    with house.engine.begin() as connection:
        connection.execute(document.update().values(state="dropped", sealed_bytes=None))
    assert "Refresh" in priya.client.get(where).headers
    _work(house)
    assert priya.client.get(where).get_data() == before


def test_the_front_page_shows_each_kind_under_its_own_heading(priya: Walker) -> None:
    html = _text(priya, "/")
    heading = html.index('id="calculators"')
    assert html.index('id="assessments"') < html.index("/a/renewal-practices") < heading
    for slug in CALCULATORS:
        assert heading < html.index(f'href="/a/{slug}"')
    assert "four calculators" in html
