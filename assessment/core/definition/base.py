"""What every part of a definition shares: frozen, strict, identified by a stable id."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

RESERVED_IDS = frozenset({"dont_know", "not_applicable", "n", "min", "max", "and", "or", "not"})


class Part(BaseModel):
    """A frozen piece of a definition that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, arbitrary_types_allowed=False)


def _not_reserved(value: str) -> str:
    if value in RESERVED_IDS:
        raise ValueError(f'"{value}" is a reserved word; choose another id')
    return value


def _thousandths(value: Decimal) -> Decimal:
    if value != value.quantize(Decimal("0.001")):
        raise ValueError("points have at most three decimals")
    return value


Id = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$"),
    AfterValidator(_not_reserved),
]
"""A stable id: lower-case letters, digits and underscores; it is stored with every answer."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
"""A questionnaire's id, as it stands in its address."""

FigureId = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2}[a-z]?$")]
"""A published figure's id, such as X01."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1200)]
"""A sentence or two that people read."""

Points = Annotated[Decimal, Field(ge=0, le=1), AfterValidator(_thousandths)]
"""A share of a question's best, 0 to 1 in thousandths (format decision 3)."""

Weight = Annotated[int, Field(ge=0, le=100)]
"""A whole-number weight; 0 shows a thing without scoring it."""

Score = Annotated[int, Field(ge=0, le=100)]
"""Whole points from 0 to 100."""

UNITS = frozenset(
    {
        "percent", "money", "number", "ratio", "points", "years", "months", "days", "hours", "minutes",
        "periods", "cases", "contracts", "deals", "customers", "events", "people", "licences", "visits",
    }
)  # fmt: skip


def _known_unit(value: str) -> str:
    if value not in UNITS:
        raise ValueError(f'unknown unit "{value}"; use one of {", ".join(sorted(UNITS))}')
    return value


Unit = Annotated[str, AfterValidator(_known_unit)]
"""How a number is measured and printed. Percent is 0-100 in files, a fraction inside formulas."""
