"""Colours of the firm: contrast by WCAG 2.2, and the ones derived so that a firm sets only an accent and a band."""

from colorsys import hls_to_rgb, rgb_to_hls

WHITE = "#FFFFFF"
DARK_PAPER = "#0F1828"
NEEDED = 4.5
"""The contrast that text needs on its paper (WCAG 2.2, success criterion 1.4.3)."""

_DARK_WANTED = 8.5  # a little above NEEDED, so that the dark page reads as calmly as the light one


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0-255, of `#RRGGBB`; raises `ValueError` for anything else."""
    digits = colour[1:]
    if len(colour) != 7 or colour[0] != "#" or not set(digits) <= set("0123456789abcdefABCDEF"):
        raise ValueError(f'"{colour}" is not a colour: write it as # and six hexadecimal digits, such as #1559A6')
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), by the WCAG 2.2 definition for sRGB."""
    red, green, blue = (_linear(part / 255) for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21, by the WCAG 2.2 definition; the order of the two colours does not matter."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """`one` with `share` (0-1) of `other` stirred in, as `#RRGGBB`."""
    parts = (round(a + (b - a) * share) for a, b in zip(rgb(one), rgb(other), strict=True))
    return "#" + "".join(f"{part:02X}" for part in parts)


def check_firm_colour(colour: str) -> str:
    """The colour in capitals if text in it can be read on white; raises `ValueError` that says why not."""
    ratio = contrast(colour, WHITE)
    if ratio < NEEDED:
        raise ValueError(
            f"{colour} has a contrast of {ratio:.1f} on white, and {NEEDED} is needed to be read: choose a darker one"
        )
    return colour.upper()


def dark_accent(accent: str) -> str:
    """The accent for the dark page: the same hue and saturation, lightened until it stands out from the dark paper."""
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in rgb(accent)))
    for step in range(int(lightness * 100), 100):
        lighter = _hex(hls_to_rgb(hue, step / 100, saturation))
        if contrast(lighter, DARK_PAPER) >= _DARK_WANTED:
            return lighter
    return WHITE


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02X}" for part in parts)


def pressed(accent: str) -> str:
    """The accent of a button under the pointer on the light page: darker, so contrast only grows."""
    return mix(accent, "#000000", 0.22)


def dark_pressed(accent: str) -> str:
    """The dark page's accent under the pointer: lighter, so contrast only grows."""
    return mix(accent, WHITE, 0.36)


def dark_band(band: str) -> str:
    """The cover of the dark page: nearly black, with a breath of the firm's band in it."""
    return mix("#0A111E", band, 0.25)
