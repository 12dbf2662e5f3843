"""A report's HTML into PDF bytes with WeasyPrint, which is imported only when a PDF is wanted.

PDF/A-3a and PDF/UA-1 at once, nothing fetched but bundled files, and equal bytes for equal input.
"""

import atexit
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from warnings import catch_warnings, filterwarnings

from assessment.paths import static_dir

BASE_URL = "https://bundled.invalid/static/"
"""What relative addresses resolve to; a reserved name that exists nowhere, so a slip cannot reach the network."""

_PDFUA = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>"""


class PdfUnavailable(Exception):
    """WeasyPrint or the Pango libraries under it are missing; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF's bytes, its number of pages, and what WeasyPrint complained about (nothing, for our own templates)."""

    content: bytes
    pages: int
    warnings: tuple[str, ...] = ()


def weasyprint() -> Any:
    """The WeasyPrint module; raises `PdfUnavailable` where it cannot be loaded or is older than 70.0."""
    try:
        import weasyprint as loaded
    except (ImportError, OSError) as error:
        raise PdfUnavailable(
            "PDFs cannot be made: WeasyPrint did not load. On Debian or Ubuntu install libpango-1.0-0,"
            f" libpangoft2-1.0-0 and libharfbuzz-subset0 ({error.__class__.__name__}: {error})"
        ) from None
    if int(str(loaded.__version__).split(".")[0]) < 70:
        raise PdfUnavailable(f"PDFs need WeasyPrint 70.0 or newer, this is {loaded.__version__} (CVE-2026-55073)")
    return loaded


def bundled(url: str) -> bytes:
    """The content of a bundled file named by an address under `BASE_URL`; raises `ValueError` for any other."""
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}/" != BASE_URL.removesuffix("static/"):
        raise ValueError("a report may use bundled files only")
    root = static_dir().resolve()
    path = (root / unquote(parts.path).lstrip("/").removeprefix("static/")).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise ValueError("a report may use bundled files only")
    return path.read_bytes()


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    urls = weasyprint().urls
    base: Any = urls.URLFetcher

    class BundledOnly(base):  # type: ignore[misc]
        """Serves bundled files and refuses everything else."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=("https",), allow_redirects=False)

        def fetch(self, url: str, headers: Any = None) -> Any:
            return urls.URLFetcherResponse(url, bundled(url))

    return BundledOnly()


@dataclass(frozen=True)
class _Press:
    # A parsed stylesheet belongs to the font configuration it was built with: the two stay together.
    fonts: Any
    stylesheet: Any


@lru_cache(maxsize=4)
def prepare(css: str) -> _Press:
    """The fonts and the parsed stylesheet, built once a text of `css`; raises `PdfUnavailable`."""
    loaded = weasyprint()
    fonts = loaded.text.fonts.FontConfiguration()
    sheet = loaded.CSS(string=css, base_url=BASE_URL, url_fetcher=_fetcher(), font_config=fonts)
    return _Press(fonts, sheet)


# Fonts that outlive the interpreter's modules cannot remove their temporary files.
atexit.register(prepare.cache_clear)


def draw(html: str, css: str, made_at: datetime) -> Made:
    """Lay the HTML out with the stylesheet, dated `made_at`; raises `PdfUnavailable` or what WeasyPrint raises."""
    with _collected() as warnings, _undisturbed():
        press = prepare(css)
        page = weasyprint().HTML(string=html, base_url=BASE_URL, url_fetcher=_fetcher())
        options = {"stylesheets": [press.stylesheet], "presentational_hints": False, "pdf_variant": "pdf/a-3a"}
        document = page.render(font_config=press.fonts, **options)
        _describe(document.metadata, made_at)
        content = document.write_pdf(pdf_variant="pdf/a-3a")
    return Made(content, len(document.pages), tuple(warnings))


def render(html: str, css: str, made_at: datetime) -> bytes:
    """`draw`, for its bytes alone."""
    return draw(html, css, made_at).content


def _describe(metadata: Any, made_at: datetime) -> None:
    metadata.created = metadata.modified = made_at.isoformat(timespec="seconds")
    written = metadata.generate_rdf_metadata

    def both(*arguments: Any) -> bytes:
        return bytes(written(*arguments)).replace(b"</rdf:RDF>", _PDFUA.strip(), 1)

    metadata.generate_rdf_metadata = both


class _Collector(logging.Handler):
    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(record.getMessage()[:300])


@contextmanager
def _collected() -> Iterator[list[str]]:
    # WeasyPrint only logs what goes wrong.
    found: list[str] = []
    collector, logger = _Collector(found), logging.getLogger("weasyprint")
    logger.addHandler(collector)
    try:
        yield found
    finally:
        logger.removeHandler(collector)


@contextmanager
def _undisturbed() -> Iterator[None]:
    # The layout tree is large, cyclic and all alive: collecting in the middle costs a tenth of the time for nothing.
    was_on = gc.isenabled()
    gc.disable()
    try:
        with catch_warnings():
            # WeasyPrint 70 leaves it to the interpreter to close its colour profile.
            filterwarnings("ignore", "unclosed file", ResourceWarning)
            yield
    finally:
        if was_on:
            gc.enable()
            gc.collect()
