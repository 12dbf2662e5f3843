"""Whatever stands in an answer, a name or a header is a text in the spreadsheet, and a number is a number."""

import csv
import gzip
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from assessment.core.export_rows import Entry, all_sheet, questionnaire_sheet
from assessment.delivery.spreadsheets import LONGEST_CELL, CsvBook, JsonBook, XlsxBook, csv_cell, plain_text
from assessment.store.exports import unpacked
from tests.delivery.export_entries import ENTRY, hostile

PAYLOADS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "x;=1+1",
    "x\n=1+1",
    "x\t@SUM(1)",
    "{=1+1}",
    "http://evil.example",
    "mailto:a@evil.example",
    "0123",
    "1e5",
    '"=1+1',
    '",=1+1',
    "\x00=1+1",
    "nul\x00\x0b\x1f\ufffe\ud800 between",
    "<f>1+1</f>",
    "]]><f>1</f>",
    "_x003D_1+1",
    "é漢字👩‍💻",
    "=" + "x" * 40_000,
    "[a]:*?/\\'",
]
STARTS = frozenset("=+-@\t\r\n＝＋－＠")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _sheets(entries: Sequence[Entry]) -> list[Any]:
    asked = {entry.definition.id: entry.definition for entry in entries}
    return [questionnaire_sheet([one], ["all"], contact=True) for one in asked.values()]


def _xlsx(entries: Sequence[Entry], folder: Path) -> bytes:
    book = XlsxBook(all_sheet(contact=True), _sheets(entries), folder)
    for entry in entries:
        book.add(entry)
    content = book.finish()
    book.close()
    return content


def _csv(entries: Sequence[Entry]) -> bytes:
    book = CsvBook(_sheets(entries))
    for entry in entries:
        book.add(entry)
    return book.finish()


def _rows(content: bytes, delimiter: str = ",") -> list[list[str]]:
    text = content.decode("utf-8")
    assert text[0] == "\ufeff"
    csv.field_size_limit(10_000_000)
    return list(csv.reader(StringIO(text[1:], newline=""), delimiter=delimiter))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_a_formula_or_a_link_in_xlsx(payload: str, tmp_path: Path) -> None:
    entry = hostile(payload)
    content = _xlsx([entry], tmp_path)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheets = [part for name, part in parts.items() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 2
    assert not any(re.search(rb"<f[ >/]", sheet) or b"<hyperlink" in sheet for sheet in sheets)
    page = openpyxl.load_workbook(BytesIO(content)).worksheets[1]
    header, row = map(list, page.iter_rows())
    expected = _sheets([entry])[0]
    texts = [(cell, text) for cell, text in zip(row, expected.row(entry), strict=True) if isinstance(text, str)]
    for cell, text in [*zip(header, expected.header(), strict=True), *texts]:
        assert cell.data_type in ("s", "inlineStr"), cell.coordinate
        assert _lines(unescape(cell.value or "")) == _lines(plain_text(text))
    assert sum(plain_text(payload)[:3] in text for _cell, text in texts) >= 11, "it must stand in every field"
    assert list(tmp_path.iterdir()) == []


def _lines(text: str) -> list[str]:
    # XML reads every line end as "\n".
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_of_a_csv_begins_like_a_formula(payload: str, delimiter: str) -> None:
    content = gzip.decompress(_csv([hostile(payload)]))
    rows = _rows(content, delimiter)
    if delimiter == ",":
        assert [len(row) for row in rows] == [len(rows[0])] * 2
    begun = [cell for row in rows for cell in row if cell[:1] in STARTS or cell.lstrip()[:1] in STARTS]
    assert all(NUMBER.fullmatch(cell) for cell in begun if cell), begun


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("＝1", "'＝1"),
        ("\t=1", "'\t'=1"),
        (" =1", "' '=1"),
        ("x;=1", "x;'=1"),
        ("x\n-1", "x\n'-1"),
        ("a-b", "a-b"),
        ("a; b", "a; b"),
        ("it's", "it's"),
        (Decimal("-5"), "-5"),
        (Decimal("1E+3"), "1000"),
        (-22, "-22"),
        (None, ""),
        (date(2026, 3, 2), "2026-03-02"),
        (ENTRY.received, "2026-03-02 09:14"),
        ("\x00=1", "'=1"),
    ],
)
def test_cells_of_a_csv(cell: Any, written: str) -> None:
    assert csv_cell(cell) == written


def test_numbers_and_moments_keep_their_type_in_xlsx(tmp_path: Path) -> None:
    entry = replace(ENTRY, follow_up=date(2026, 4, 1), answers={**ENTRY.answers, "price": Decimal("123456789012.25")})
    book = openpyxl.load_workbook(BytesIO(_xlsx([entry], tmp_path)))
    page = book.worksheets[1]
    header, row = page.iter_rows(values_only=True)
    cells = dict(zip(header, row, strict=True))
    assert (cells["Count"], cells["Share (%)"], cells["Price"]) == (-5, 37.5, 123456789012.25)
    assert (cells["Received"].isoformat(), cells["Follow-up"].date()) == ("2026-03-02T09:14:00", date(2026, 4, 1))
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == f"A1:{page.cell(2, len(header)).coordinate}"
    assert book.sheetnames == ["Submissions", "Every type"]
    assert page.column_dimensions["E"].width > 20


def test_sheets_of_the_same_title_have_names_of_their_own(tmp_path: Path) -> None:
    long = "'Support tier and price placement: a [long] title'"
    titles = [long, long.upper(), "History", ""]
    entries = [
        replace(ENTRY, definition=ENTRY.definition.model_copy(update={"id": f"q{number}", "title": title}))
        for number, title in enumerate(titles)
    ]
    names = openpyxl.load_workbook(BytesIO(_xlsx(entries, tmp_path))).sheetnames
    assert len({name.casefold() for name in names}) == 5
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") and name[0] != "'" for name in names)


def test_a_cell_holds_no_more_than_a_spreadsheet_can() -> None:
    assert len(plain_text("x" * 100_000)) == LONGEST_CELL


def test_several_questionnaires_are_a_zip_of_one_csv_each() -> None:
    other = replace(ENTRY, definition=ENTRY.definition.model_copy(update={"id": "other", "title": "Other"}))
    with zipfile.ZipFile(BytesIO(b"".join(unpacked(_csv([ENTRY, ENTRY, other]))))) as archive:
        assert archive.namelist() == ["every-type.csv", "other.csv"]
        assert [len(_rows(archive.read(name))) for name in archive.namelist()] == [3, 2]


def test_one_questionnaire_is_one_file_also_when_nobody_is_in_it() -> None:
    assert len(_rows(b"".join(unpacked(_csv([ENTRY]))))) == 2
    assert len(_rows(b"".join(unpacked(CsvBook([all_sheet(contact=False)]).finish())))) == 1


@pytest.mark.parametrize("payload", PAYLOADS)
def test_json_gives_back_what_was_written(payload: str) -> None:
    book = JsonBook({"filters": payload, "contact": True}, contact=True)
    for entry in (ENTRY, hostile(payload)):
        book.add(entry)
    found = json.loads(b"".join(unpacked(book.finish())))
    assert (len(found["submissions"]), found["contact"]) == (2, True)
    assert found["submissions"][1]["company"] == payload.encode("utf-8", "replace").decode()
    assert json.loads(b"".join(unpacked(JsonBook({}, contact=False).finish()))) == {"submissions": []}
