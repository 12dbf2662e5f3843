"""Writing exports as XLSX, CSV and JSON, row by row: every text stays a text, whatever it looks like."""

import csv
import gzip
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter

from assessment.core.export_rows import Cell, Entry, Plain, Sheet, as_object

LONGEST_CELL = 32_767
"""Characters that a cell of a spreadsheet holds."""
MOST_ROWS = 1_048_575
"""Rows that a sheet holds below its header."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = "=+\\-@\uff1d\uff0b\uff0d\uff20"
# Also after what another country's spreadsheet takes for the end of a cell.
_BEGINS = re.compile(f"(^|[;\t\r\n])(\\s*)(?=[{_FORMULA}])")
_SHEET_TITLE = re.compile(r"[\[\]:*?/\\]")
_LONGEST_TITLE = 31
_BOM = "\ufeff"


class Book(Protocol):
    """A file in the making; `add` comes once a submission, `finish` gives the bytes."""

    by_questionnaire: bool
    """Whether submissions must come one questionnaire after the other."""

    def add(self, entry: Entry) -> None:
        """Write one submission."""

    def finish(self) -> bytes:
        """The whole file."""

    def close(self) -> None:
        """Let go of what it holds, finished or not."""


def plain_text(text: str) -> str:
    """The text without what no XML may hold (NUL, other controls, lone surrogates), as far as a cell goes."""
    return _NOT_XML.sub("", text)[:LONGEST_CELL]


def csv_cell(cell: Cell) -> str:
    """A cell of a CSV file; texts that a spreadsheet might take for a formula get an apostrophe in front."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _defused(plain_text(cell))
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return cell.isoformat() if isinstance(cell, date) else number_text(cell)


def _defused(text: str) -> str:
    safe = _BEGINS.sub(r"\1\2'", text)
    return f"'{safe}" if safe[:1] in {"\t", "\r", "\n"} or (safe != text and text[:1].isspace()) else safe


def number_text(number: int | Decimal) -> str:
    """A number as digits, never with an exponent."""
    return format(number, "f") if isinstance(number, Decimal) else str(number)


class XlsxBook:
    """One sheet of all submissions and one for each questionnaire; rows wait in files inside `folder`."""

    by_questionnaire = False

    def __init__(self, everything: Sheet, sheets: Sequence[Sheet], folder: Path) -> None:
        self._bytes = BytesIO()
        options = {
            "constant_memory": True,
            "tmpdir": str(folder),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        }
        self._book = xlsxwriter.Workbook(self._bytes, options)
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._titles: set[str] = set()
        self._all = self._tab(everything)
        self._tabs = {sheet.id: self._tab(sheet) for sheet in sheets}

    def _tab(self, sheet: Sheet) -> "_Tab":
        page = self._book.add_worksheet(self._title(sheet.title))
        for index, column in enumerate(sheet.columns):
            page.set_column(index, index, column.width)
        page.freeze_panes(1, 1)
        tab = _Tab(sheet, page)
        self._write(tab, sheet.header(), self._bold)
        return tab

    def _title(self, title: str) -> str:
        """A name that a sheet may have and none has yet."""
        plain = _SHEET_TITLE.sub(" ", plain_text(title)).replace("\t", " ").replace("\n", " ").replace("\r", " ")
        base, number, name = plain.strip(" '") or "Sheet", 1, ""
        while not name or name.casefold() in self._titles or name.casefold() == "history":
            end = f" {number}" if number > 1 else ""
            name = base[: _LONGEST_TITLE - len(end)].rstrip(" '") + end
            number += 1
        self._titles.add(name.casefold())
        return name

    def _write(self, tab: "_Tab", row: Sequence[Cell], style: Any = None) -> None:
        if tab.rows > MOST_ROWS:
            raise ValueError(f"a sheet holds {MOST_ROWS} submissions at most")
        for index, cell in enumerate(row):
            self._cell(tab, index, cell, style)
        tab.rows += 1

    def _cell(self, tab: "_Tab", index: int, cell: Cell, style: Any) -> None:
        page, row = tab.page, tab.rows
        if cell is None:
            return
        if isinstance(cell, str):
            page.write_string(row, index, plain_text(cell), style)
        elif isinstance(cell, datetime):
            page.write_datetime(row, index, cell, self._moment)
        elif isinstance(cell, date):
            page.write_datetime(row, index, cell, self._day)
        else:
            page.write_number(row, index, cell)

    def add(self, entry: Entry) -> None:
        """Write one submission."""
        for tab in (self._all, self._tabs[entry.definition.id]):
            self._write(tab, tab.sheet.row(entry))

    def finish(self) -> bytes:
        """The whole file."""
        for tab in (self._all, *self._tabs.values()):
            tab.page.autofilter(0, 0, tab.rows - 1, len(tab.sheet.columns) - 1)
        self._book.close()
        return self._bytes.getvalue()

    def close(self) -> None:
        """Let go of the files of rows."""
        for tab in (self._all, *self._tabs.values()):
            if not tab.page.row_data_fh.closed:
                tab.page.row_data_fh.close()


class _Tab:
    """A sheet, where it is written, and how many rows it has."""

    def __init__(self, sheet: Sheet, page: Any) -> None:
        self.sheet, self.page, self.rows = sheet, page, 0


class CsvBook:
    """One file compressed by gzip, or a ZIP archive with one a questionnaire when there are several."""

    by_questionnaire = True

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self._bytes = BytesIO()
        self._sheets = {sheet.id: sheet for sheet in sheets}
        self._archive = zipfile.ZipFile(self._bytes, "w", zipfile.ZIP_DEFLATED) if len(sheets) > 1 else None
        self._open: str | None = None
        self._file: TextIOWrapper | None = None
        self._csv: Any = None
        if len(sheets) == 1:
            self._begin(sheets[0].id)

    def _begin(self, questionnaire: str) -> None:
        self._end()
        raw: Any = (
            self._archive.open(f"{questionnaire}.csv", "w", force_zip64=True)
            if self._archive
            else gzip.GzipFile(fileobj=self._bytes, mode="wb", mtime=0)
        )
        self._open, self._file = questionnaire, TextIOWrapper(raw, encoding="utf-8", newline="")
        self._file.write(_BOM)
        self._csv = csv.writer(self._file)
        self._csv.writerow([csv_cell(text) for text in self._sheets[questionnaire].header()])

    def _end(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def add(self, entry: Entry) -> None:
        """Write one submission."""
        if self._open != entry.definition.id:
            self._begin(entry.definition.id)
        self._csv.writerow([csv_cell(cell) for cell in self._sheets[entry.definition.id].row(entry)])

    def finish(self) -> bytes:
        """The whole file."""
        self.close()
        return self._bytes.getvalue()

    def close(self) -> None:
        """Let go of what is open."""
        self._end()
        if self._archive is not None:
            self._archive.close()


class JsonBook:
    """One object compressed by gzip: `about` and then `submissions`, one a line (see `core.export_rows.as_object`)."""

    by_questionnaire = False

    def __init__(self, about: Mapping[str, Plain], *, contact: bool) -> None:
        self._bytes, self._contact, self._any = BytesIO(), contact, False
        self._file = gzip.GzipFile(fileobj=self._bytes, mode="wb", mtime=0)
        self._file.write(b"{\n" + b"".join(_json(key) + b": " + _json(about[key]) + b",\n" for key in about))
        self._file.write(b'"submissions": [')

    def add(self, entry: Entry) -> None:
        """Write one submission."""
        self._file.write(b",\n" if self._any else b"\n")
        self._file.write(_json(as_object(entry, contact=self._contact)))
        self._any = True

    def finish(self) -> bytes:
        """The whole file."""
        self._file.write(b"\n]\n}\n")
        self.close()
        return self._bytes.getvalue()

    def close(self) -> None:
        """Let go of what is open."""
        self._file.close()


def _json(value: Plain) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
