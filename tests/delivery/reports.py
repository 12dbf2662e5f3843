"""A small report in the shipped fonts, for tests of the PDF itself."""

from datetime import datetime, timedelta, timezone

MADE_AT = datetime(2026, 11, 14, 10, 30, tzinfo=timezone(timedelta(hours=1)))

CSS = """
@font-face { font-family: Inter; src: url(fonts/Inter-Regular.ttf); font-weight: 400 }
@font-face { font-family: Inter; src: url(fonts/Inter-Bold.ttf); font-weight: 700 }
@page { size: A4; margin: 20mm }
body { font-family: Inter, sans-serif; font-size: 10pt }
"""


def report(body: str = "<p>Nothing further.</p>") -> str:
    """An accessible one-page report whose cover reads Łódź Željko."""
    return (
        '<!doctype html><html lang="en"><head><title>Scorecard of Łódź Željko</title></head><body>'
        f"<h1>Łódź Željko</h1>{body}"
        '<svg viewBox="0 0 10 10" width="40" role="img"><title>Score 61</title><rect width="6" height="4"/></svg>'
        "</body></html>"
    )
