"""Typed text comes out short, visible and breakable, and honest text comes out as it went in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.typed_text import BREAK, LONGEST_RUN, clean, soften

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Priya Nováková", "Priya Nováková"),
        ("  Łódź \t\r\n Željko  ", "Łódź Željko"),
        ("a\x00b\x1bc", "a b c"),
        ("pay\u202etxt.exe\u202c", "paytxt.exe"),
        ("in\u200bvis\u00adible\ufeff", "invisible"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("cafe\u0301", "café"),
        ("line\u2028separator", "line separator"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
)
def test_clean_keeps_what_people_mean(typed: str, kept: str) -> None:
    assert clean(typed, 100) == kept


def test_a_tower_of_marks_keeps_four() -> None:
    assert clean("z" + "\u0336" * 500 + "b", 100) == "z" + "\u0336" * 4 + "b"


def test_the_limit_is_in_characters_and_leaves_no_blank_at_the_end() -> None:
    assert clean("word " * 50, 10) == "word word"
    assert clean("x" * 1_000_000, 2_000) == "x" * 2_000


@given(ANYTHING, st.integers(1, 80))
def test_cleaned_text_is_short_visible_and_stays_so(typed: str, limit: int) -> None:
    kept = clean(typed, limit)
    assert len(kept) <= limit
    assert clean(kept, limit) == kept
    assert not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in kept)
    kept.encode()


@given(ANYTHING)
def test_softened_text_has_no_long_run_and_loses_nothing(typed: str) -> None:
    soft = soften(typed)
    assert soft.replace(BREAK, "") == typed.replace(BREAK, "")
    for run in soft.replace(BREAK, " ").split():
        letters = [c for c in run if unicodedata.category(c) not in {"Mn", "Me", "Mc"} and c != "\u200d"]
        assert len(letters) <= LONGEST_RUN + run.count("\u200d")


def test_short_words_are_left_alone() -> None:
    assert soften("Donaudampfschifffahrtsgesell schaft") == "Donaudampfschifffahrtsgesell schaft"
    assert soften("x" * 31) == "x" * 30 + BREAK + "x"
