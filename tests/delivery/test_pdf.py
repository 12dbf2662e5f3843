"""The PDF says what the report says, in the right letters, dated by the submission, and fetches nothing."""

import builtins
import re
import socket
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from assessment.delivery import pdf
from tests.delivery.reports import CSS, MADE_AT, report


def test_the_text_is_printed_in_the_right_letters() -> None:
    made = pdf.draw(report("<p>Zażółć gęślą jaźń, Ştefan Đorđe, Ελλάδα, Привет</p>"), CSS, MADE_AT)
    reader = PdfReader(BytesIO(made.content))
    text = reader.pages[0].extract_text()
    assert "Łódź Željko" in text
    assert "Zażółć gęślą jaźń, Ştefan Đorđe, Ελλάδα, Привет" in text
    assert (made.pages, made.warnings) == (1, ())
    fonts = {str(font["/BaseFont"]) for font in _fonts(reader)}
    assert all("Inter" in font for font in fonts), fonts


def _fonts(reader: PdfReader) -> list[Any]:
    resources: Any = reader.pages[0]["/Resources"]
    return [font.get_object() for font in resources["/Font"].get_object().values()]


def test_equal_input_gives_equal_bytes_and_another_time_does_not() -> None:
    first = pdf.render(report(), CSS, MADE_AT)
    assert pdf.render(report(), CSS, MADE_AT) == first
    assert pdf.render(report(), CSS, MADE_AT + timedelta(seconds=1)) != first


def test_it_declares_pdf_a_3a_and_pdf_ua_1_and_when_it_was_made() -> None:
    reader = PdfReader(BytesIO(pdf.render(report(), CSS, MADE_AT)))
    catalogue: Any = reader.trailer["/Root"]
    xmp = catalogue["/Metadata"].get_data().decode()
    assert re.search(r'pdfaid:part="3"', xmp)
    assert re.search(r'pdfaid:conformance="A"', xmp)
    assert 'pdfuaid:part="1"' in xmp
    assert xmp.count("</rdf:RDF>") == 1
    assert "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>" in xmp
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert catalogue["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Scorecard of Łódź Željko"
    assert reader.metadata.creation_date == reader.metadata.modification_date == MADE_AT


def test_nothing_outside_the_bundle_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "canary.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>canary</text></svg>')
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        urls = [f"http://127.0.0.1:{port}/x.png", secret.as_uri(), "../../pyproject.toml", "//127.0.0.1/x", "data:,x",
                "https://bundled.invalid/static/%2e%2e/a.toml", "https://bundled.invalid:8/css/app.css"]  # fmt: skip
        images = "".join(f'<img alt="x" src="{url}">' for url in urls)
        linked = (
            f'<link rel="stylesheet" href="http://127.0.0.1:{port}/a.css"><style>@import "{secret.as_uri()}";</style>'
        )
        attached = f'<link rel="attachment" href="{secret.as_uri()}"><a rel="attachment" href="{secret.as_uri()}">a</a>'
        svg = f'<svg><image href="{secret.as_uri()}"/><use href="{secret.as_uri()}#a"/></svg>'
        made = pdf.draw(report(linked + images + attached + svg), CSS, MADE_AT)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert b"canary" not in made.content
    assert "canary" not in PdfReader(BytesIO(made.content)).pages[0].extract_text()
    refused = [warning for warning in made.warnings if "bundled files only" in warning]
    assert len(refused) >= len(urls)


@pytest.mark.parametrize(
    "url", ["https://bundled.invalid/static/fonts/Inter-Bold.ttf?v=1", f"{pdf.BASE_URL}fonts/OFL.txt"]
)
def test_bundled_files_are_served(url: str) -> None:
    assert len(pdf.bundled(url)) > 1_000


@pytest.mark.parametrize(
    "url",
    ["https://bundled.invalid/static/../pyproject.toml", "file:///etc/passwd", "https://bundled.invalid/static/fonts"],
)
def test_nothing_else_is(url: str) -> None:
    with pytest.raises(ValueError, match="bundled files only"):
        pdf.bundled(url)


def test_without_pango_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(pdf.PdfUnavailable, match=r"install libpango-1\.0-0, libpangoft2-1\.0-0"):
        pdf.weasyprint()


def test_a_weasyprint_with_known_holes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf.weasyprint(), "__version__", "69.9")
    with pytest.raises(pdf.PdfUnavailable, match=r"70\.0 or newer"):
        pdf.weasyprint()
