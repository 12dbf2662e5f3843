"""Where the templates, static files and questionnaires are: beside the package, or inside it once installed."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _folder(name: str) -> Path:
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name


def templates_dir() -> Path:
    """The folder of the templates."""
    return _folder("templates")


def static_dir() -> Path:
    """The folder of stylesheets, scripts, fonts and images."""
    return _folder("static")


def questionnaires_dir() -> Path:
    """The folder of the questionnaires that ship with the product."""
    return _folder("questionnaires")
