"""The firm's colours: Carl may set any that can be read, and the dark page follows by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core import colour

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


def test_contrast_by_the_standards_own_examples() -> None:
    assert colour.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert colour.contrast("#FFFFFF", "#FFFFFF") == 1
    assert colour.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@given(COLOURS, COLOURS)
def test_contrast_does_not_mind_the_order(one: str, other: str) -> None:
    assert colour.contrast(one, other) == colour.contrast(other, one) >= 1


def test_carl_may_not_set_a_pale_accent() -> None:
    with pytest.raises(ValueError, match=r"contrast of 2\.\d on white.*choose a darker one"):
        colour.check_firm_colour("#66AAEE")


@pytest.mark.parametrize("word", ["blue", "#1559A", "1559A6", "#1559AG", "#1559A6;}body{", ""])
def test_what_is_no_colour_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        colour.rgb(word)


@given(COLOURS)
def test_every_dark_accent_can_be_read(accent: str) -> None:
    assert colour.contrast(colour.dark_accent(accent), colour.DARK_PAPER) >= colour.NEEDED


@given(COLOURS.filter(lambda accent: colour.contrast(accent, "#FFFFFF") >= 4.5))
def test_a_pressed_button_is_read_at_least_as_well(accent: str) -> None:
    assert colour.contrast(colour.pressed(accent), "#FFFFFF") >= colour.contrast(accent, "#FFFFFF")
    assert colour.contrast(colour.dark_band(accent), "#FFFFFF") >= 7


def test_the_dark_accent_keeps_its_hue() -> None:
    assert colour.dark_accent("#1559A6") == "#89BAF0"
    assert colour.dark_accent("#7A1F3D") == "#E7A1B8"
