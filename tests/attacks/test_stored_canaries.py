"""Hostile text once it is stored: what everybody is shown, mailed and handed as a file holds it as text or not at all.

The corpus went through every writable field of the hostile house (`hostile.py`); here everything is read back.
"""

import csv
import io
import json
import re
import zipfile
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import text

from assessment.actions.responding import find
from assessment.core.plain_name import looks_like_a_name
from assessment.core.typed_text import BREAK, clean, clean_lines
from assessment.delivery.renderer import Renderer
from assessment.store.database import reading
from tests.attacks.corpus import CORPUS, EVALUATED, MARK
from tests.attacks.hostile import (
    ACCOUNT,
    COMPANY,
    DOMAINS,
    LIST,
    PERSON,
    ROOM,
    SECRET,
    SOURCE,
    STAFF,
    TEXTS,
    TYPED,
    VIEW,
    Hostile,
    work,
)
from tests.attacks.packing import FORMULA, begins_a_formula, packed, passes_for_a_name
from tests.databases import POSTGRESQL, server
from tests.delivery.reports import MADE_AT
from tests.walking import hidden
from tests.web.test_canaries import HEADERS
from tests.web.test_canaries import Seen as Parsed

NOT_FOR_VIEWERS = (PERSON, STAFF, VIEW)
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
PREPARED_FOR = re.compile(r"Prepared for (.*?)</p>", re.DOTALL)


def _squeezed(shown: str) -> str:
    """Text as somebody reads it: without break opportunities, with one blank for any white space."""
    return " ".join(shown.replace(BREAK, "").replace("\u200c", "").replace("\u200d", "").split())


def test_the_corpus_is_large_and_every_canary_can_be_found() -> None:
    assert len(CORPUS) >= 200
    assert all(MARK in canary for canary in CORPUS)


def test_every_canary_is_typed_and_stands_first_or_alone_where_that_matters() -> None:
    for canary in TYPED:
        assert any(canary in text for text in TEXTS), canary
        assert not begins_a_formula(canary) or any(text.startswith(canary) for text in TEXTS), canary
        assert not passes_for_a_name(canary) or canary in TEXTS, canary
    assert all(len(text) <= ROOM or text in TYPED for text in TEXTS)


def test_no_page_and_no_report_holds_an_element_or_an_address_that_is_not_ours(hostile: Hostile) -> None:
    printed = [*hostile.plain_press.printed, *(seen.body for seen in hostile.plain)]
    ours = set().union(*(Parsed(html).tags for html in printed))
    assert len(hostile.pages) > 3 * len(TEXTS)
    assert len(hostile.press.printed) > 0.9 * len(TEXTS)
    everything = [(seen.who, seen.address, seen.body) for seen in hostile.pages]
    for who, address, html in [*everything, *(("press", "", html) for html in hostile.press.printed)]:
        found = Parsed(html)
        assert not found.tags - ours, (who, address, found.tags - ours)
        assert not found.bad, (who, address, found.bad)
        assert not EVALUATED.search(html), (who, address)


def test_every_canary_is_shown_as_text_to_who_typed_it_and_to_the_consultant(hostile: Hostile) -> None:
    own, theirs = _shown(hostile, "owner"), _shown(hostile, "carl")
    for card, typed in zip(hostile.cards, TEXTS, strict=False):
        words = _squeezed(clean(typed, 2_000))
        assert words in own[f"/s/{card}"], typed
        assert words in theirs[f"{LIST}/{card}"], typed
        assert _squeezed(clean(typed.replace(MARK, COMPANY), 120)) in theirs[f"{LIST}/{card}"], typed


@pytest.mark.parametrize(
    ("limit", "mark", "page"),
    [
        (120, STAFF, "/preview"),
        (300, STAFF, "/preview"),
        (500, STAFF, "/preview"),
        (2_000, STAFF, "/preview"),
        (300, STAFF, LIST),
        (200, STAFF, LIST),
        (100, STAFF, "/invitations"),
        (80, ACCOUNT, "/people"),
    ],
)
def test_what_the_firms_people_typed_is_shown_as_text(hostile: Hostile, limit: int, mark: str, page: str) -> None:
    pages = [seen.body for seen in hostile.pages if page in seen.address and seen.who in {"carl", "ada"}]
    shown = _squeezed(unescape("\n".join(pages)))
    lines = [line for pack in packed(limit, mark) for line in clean_lines(pack, limit).split("\n")]
    wanted = lines if limit == 2_000 else [clean(pack, limit) for pack in packed(limit, mark)]
    missing = [words for words in wanted if _squeezed(words) not in shown]
    assert not missing, missing[:3]


def _shown(hostile: Hostile, who: str) -> dict[str, str]:
    """What somebody reads at each address."""
    return {seen.address: _squeezed(unescape(seen.body)) for seen in hostile.pages if seen.who == who}


def test_viewers_and_readers_of_a_shared_link_see_nothing_that_somebody_typed(hostile: Hostile) -> None:
    looked = [seen for seen in hostile.pages if seen.who in {"vera", "reader"}]
    assert len({seen.address for seen in looked}) > 0.9 * len(TEXTS)
    for seen in looked:
        html = seen.body.replace(f"search={MARK}", "").replace(f'value="{MARK}"', "")
        for mark in NOT_FOR_VIEWERS:
            assert mark not in html, (seen.who, seen.address, mark)
        assert not any(domain in html for domain in DOMAINS), (seen.who, seen.address)
        assert seen.who == "vera" or COMPANY not in html, seen.address


def test_every_mail_has_our_headers_one_recipient_and_repeats_nothing_a_prospect_typed(hostile: Hostile) -> None:
    assert len(hostile.mails) > len(TEXTS)
    ours = re.compile(r"((priya|omar|who)[\w.]+|carl|ada|[\w.]+number\d|team)@(northfield|eastfield|meridian)\.example")
    for message in hostile.mails:
        assert sorted(name.lower() for name in message) == sorted(HEADERS & {name.lower() for name in message})
        assert ours.fullmatch(str(message["To"])), message["To"]
        for part in message.walk():
            extra = {name.lower() for name in part} - HEADERS
            assert extra <= {"content-transfer-encoding", "content-disposition"}, extra
        plain, html = (_content(message, kind) for kind in ("plain", "html"))
        subject, both = str(message["Subject"]), plain + html
        assert not any(mark in subject for mark in (PERSON, COMPANY, STAFF, ACCOUNT, VIEW, SOURCE)), subject
        assert not any(mark in both for mark in (PERSON, COMPANY, VIEW, SOURCE)), subject
        assert not Parsed(html).bad, subject
        assert not EVALUATED.search(both), subject


def _content(message: Any, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def test_a_report_repeats_a_name_only_where_it_is_a_plain_one(hostile: Hostile) -> None:
    """Everybody who typed the corpus called themselves so and typed the same as their role."""
    typed = [clean(words[:100], 100) for words in TEXTS]
    plain = {_squeezed(name) for name in typed if looks_like_a_name(name)}
    assert len(typed) // 2 > len(plain) > len(typed) // 25
    printed = {_squeezed(unescape(found)) for html in hostile.press.printed for found in PREPARED_FOR.findall(html)}
    assert printed == {f"{name}, {name}" for name in plain} | {"Priya Raman"}


@pytest.fixture(scope="module")
def pdf_texts(hostile: Hostile) -> list[str]:
    """The real PDFs of the reports that hold most: the reviewed one, and those with remarks."""
    longest = sorted(hostile.press.printed, key=lambda html: html.count(STAFF) + html.count(MARK))[-3:]
    css = hostile.press.styles
    with Renderer() as renderer:
        made = [renderer.make(html, css, MADE_AT) for html in longest]
    for one in made:
        assert not any("bundled files only" in warning for warning in one.warnings), one.warnings
    return [" ".join(page.extract_text() for page in PdfReader(BytesIO(one.content)).pages) for one in made]


def test_a_real_pdf_holds_the_corpus_as_text(hostile: Hostile, pdf_texts: list[str]) -> None:
    letters = _letters(" ".join(pdf_texts))
    sent = max(packed(2_000, STAFF), key=lambda pack: sum(_letters(word) in letters for word in pack.split()))
    words = [_letters(word) for word in clean(sent, 2_000).split()]
    assert len(words) > 60
    assert sum(word in letters for word in words) / len(words) > 0.95  # a few are set from right to left
    assert not any(EVALUATED.search(text) or "root:" in text for text in pdf_texts)


@pytest.fixture(scope="module")
def files(hostile: Hostile) -> dict[str, bytes]:
    """Carl's exports with contact details and answers, in every form, and Vera's without."""
    made = {}
    for who, walker in (("carl", hostile.carl), ("vera", hostile.vera)):
        for form in ("csv", "xlsx", "json"):
            token = hidden(walker.client.get("/review/exports").get_data(as_text=True), "csrf_token")
            fields = {"csrf_token": token, "query": "", "form": form} | ({"contact": "1"} if who == "carl" else {})
            reply = walker.client.post("/review/exports", data=fields)
            assert reply.status_code == 303, reply.get_data(as_text=True)
            work(hostile)
            made[f"{who}.{form}"] = walker.client.get(f"{reply.headers['Location']}/file").get_data()
    return made


def _tables(content: bytes) -> list[list[str]]:
    texts = [content]
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as archive:
            texts = [archive.read(name) for name in archive.namelist()]
    return [row for one in texts for row in csv.reader(io.StringIO(one.decode("utf-8-sig"), newline=""))]


def test_no_cell_of_a_csv_begins_like_a_formula(files: dict[str, bytes]) -> None:
    cells = [cell for row in _tables(files["carl.csv"]) for cell in row]
    for cell in cells:
        assert not cell or cell.strip()[:1] not in FORMULA or NUMBER.fullmatch(cell), cell
    together = _squeezed("\n".join(cell.removeprefix("'") for cell in cells))
    letters = _letters(together)
    missing = [canary for canary in TYPED if _letters(canary) not in letters]
    assert not missing, missing[:5]


def _letters(words: str) -> str:
    """What is left of a text whatever was put in front of a sign, and however blanks were set."""
    return "".join(char for char in _squeezed(clean(words, 10_000_000)) if char.isalnum())


def test_a_workbook_holds_no_formula_and_no_link(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(BytesIO(files["carl.xlsx"])) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        others = [name for name in archive.namelist() if "externalLink" in name or "vba" in name.lower()]
    assert not others
    assert not any(re.search(rb"<f[ >/]", sheet) or b"<hyperlink" in sheet for sheet in sheets)
    book = openpyxl.load_workbook(BytesIO(files["carl.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert sum(MARK in cell.value for cell in cells) > len(TEXTS)


def test_the_json_holds_what_was_typed_and_nothing_else_became_of_it(files: dict[str, bytes]) -> None:
    made = json.loads(files["carl.json"])
    essays = [
        answer["text"] for one in made["submissions"] for answer in one["answers"] if answer["question"] == "essay"
    ]
    typed = {_squeezed(clean(words, 2_000)) for words in TEXTS}
    assert typed <= {_squeezed(essay) for essay in essays if essay}


def test_a_viewers_files_hold_nothing_typed(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(BytesIO(files["vera.xlsx"])) as archive:
        unpacked = b"".join(archive.read(name) for name in archive.namelist())
    texts = "\n".join(cell for row in _tables(files["vera.csv"]) for cell in row)
    for content in (texts.encode(), unpacked, files["vera.json"]):
        for mark in NOT_FOR_VIEWERS:
            assert mark.encode() not in content
        assert not any(domain.encode() in content for domain in DOMAINS)


def _raw(hostile: Hostile) -> bytes:
    """The database as whoever steals it has it: files and write-ahead log, or every page of PostgreSQL and a dump."""
    if POSTGRESQL:
        with reading(hostile.house.engine) as connection:
            names = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
            dump = "".join(str(connection.execute(text(f'SELECT t::text FROM "{name}" t')).all()) for name in names)
        folder = server().folder
        return dump.encode() + b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    home = hostile.house.settings.home
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_a_stolen_database_names_nobody(hostile: Hostile) -> None:
    raw = _raw(hostile)
    assert len(raw) > 3_000 * len(TEXTS)
    assert COMPANY.encode() in raw  # what is not personal is there: this looks in the right place
    for mark in SECRET:
        # Between letters alone it could be four of the millions that encrypted text is made of.
        sign = rb"[ -,./:-<>?@\[-^`{|}~!]"
        found = re.search(sign + mark.encode() + b"|" + mark.encode() + sign, raw)
        assert not found, (mark, raw[max(0, found.start() - 60) : found.end() + 60])
    for words in (*DOMAINS, 'meridian.example"', "Priya Raman", "Carl Number"):
        assert words.encode() not in raw, words


def test_no_log_line_repeats_what_was_typed(hostile: Hostile, logged: Any) -> None:
    lines = "\n".join(logged.text)
    for words in (PERSON, COMPANY, STAFF, ACCOUNT, VIEW, SOURCE, *DOMAINS, "Priya Raman"):
        assert words not in lines, words
    for token in re.findall(r"/open/\w+/[\w.-]+|/password/\w+/[\w.-]+", lines):
        raise AssertionError(token)


def test_the_house_is_whole_after_all_of_it(hostile: Hostile) -> None:
    """Whatever was tried, nothing was dropped, and the next prospect gets a scorecard."""
    assert len(hostile.cards) == len(TEXTS) + 1
    assert hostile.look("carl", hostile.carl.client, f"{LIST}/{hostile.reviewed}")
    assert find(hostile.house, "AAAAAAAAAAAAAAAA") is None
