"""Definitions as stored bytes: canonical, named by their hash, and readable for ever (format decision 13)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from assessment.core.definition import Questionnaire

FORMAT = 1
"""The format that this release writes."""

_NOT_KEPT: Mapping[str, Any] = {"personas": True, "areas": {"__all__": {"next"}}}

Upgrader = Callable[[dict[str, Any]], dict[str, Any]]
UPGRADERS: Mapping[int, Upgrader] = {}
"""Format number -> what turns a stored definition of that format into the next one."""


class StoredDefinitionError(ValueError):
    """Stored bytes that are no definition, or one of a format that this release does not know."""


def version_of(questionnaire: Questionnaire) -> str:
    """The version's name: SHA-256, in hexadecimal, of the canonical definition; personas and links do not count."""
    return hashlib.sha256(dump(questionnaire)).hexdigest()


def dump(questionnaire: Questionnaire) -> bytes:
    """The resolved definition as canonical JSON in UTF-8, without personas and without links to other questionnaires.

    Where an area leads on to changes nothing that is asked or scored, and holds for old versions as it stands today.

    What stands at its default is left out, so that a key which a later release adds does not change the versions of
    definitions that do not use it; the order of the file is kept, because computed values and pages rest on it.
    """
    plain = questionnaire.model_dump(by_alias=True, exclude_defaults=True, exclude=dict(_NOT_KEPT))
    return json.dumps(_canonical(plain), ensure_ascii=False, separators=(",", ":")).encode()


def load(body: bytes) -> Questionnaire:
    """The definition that `dump` wrote, in this or an earlier release; raises `StoredDefinitionError`."""
    try:
        plain = json.loads(body)
        return Questionnaire.model_validate_json(json.dumps(upgraded(plain)), strict=True)
    except (ValueError, TypeError, KeyError) as error:
        raise StoredDefinitionError(f"not a stored definition: {error}") from error


def upgraded(
    plain: dict[str, Any], upgraders: Mapping[int, Upgrader] = UPGRADERS, current: int = FORMAT
) -> dict[str, Any]:
    """A plain definition brought to the `current` format, one step at a time."""
    while plain["format"] < current:
        before = plain["format"]
        if before not in upgraders:
            raise StoredDefinitionError(f"nothing reads format {before} any more")
        plain = upgraders[before](plain) | {"format": before + 1}
    if plain["format"] > current:
        raise StoredDefinitionError(f"format {plain['format']} belongs to a later release")
    return plain


def _canonical(value: Any) -> Any:
    """Decimals as text without trailing zeros: 1.50 and 1.5 are one version."""
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return value
