"""Structured conditions: finite, analysable, no free code (evaluated by `core.conditions`)."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from assessment.core.definition.base import Id, Part


class AnswerIs(Part):
    """One question's answer: `in` (choice), `includes` (multiple), a bound (scale, number), or `answered`."""

    question: Id
    in_: tuple[Id, ...] | None = Field(default=None, alias="in", min_length=1)
    includes: tuple[Id, ...] | None = Field(default=None, min_length=1)
    at_least: Decimal | None = None
    below: Decimal | None = None
    answered: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "AnswerIs":
        tests = (self.in_, self.includes, self.at_least, self.below, self.answered)
        if all(test is None for test in tests):
            raise ValueError("say what the answer must be: in, includes, at_least, below or answered")
        return self


class Known(Part):
    """True when a computed value or a numeric question has a value."""

    known: Id


class FlagIs(Part):
    """True when a computed value carries (or does not carry) a flag set by `assume`."""

    class Flag(Part):
        """Which computed value, and which of its flags."""

        computed: Id
        is_: Id = Field(alias="is")

    flag: Flag


class _Bounds(Part):
    at_least: Decimal | None = None
    below: Decimal | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "_Bounds":
        if self.at_least is None and self.below is None:
            raise ValueError("say at_least or below")
        return self


class ComputedIs(_Bounds):
    """A computed value within bounds, in its own unit (percent: 0-100)."""

    computed: Id


class AreaIs(_Bounds):
    """An area's rounded score within bounds."""

    area: Id


class OverallIs(_Bounds):
    """The overall rounded score within bounds: `{overall: true, below: 50}`."""

    overall: Literal[True]


class StageIs(Part):
    """The overall stage is this one: `{stage: leader}`."""

    stage: Id


class StageBelow(Part):
    """The overall stage is below this one, or there is none: `{stage_below: leader}`."""

    stage_below: Id


class All(Part):
    """Every clause holds; clauses of hidden or not-applicable questions drop out."""

    all: tuple["Condition", ...] = Field(min_length=1)


class Any_(Part):
    """At least one clause holds; clauses of hidden or not-applicable questions drop out."""

    any: tuple["Condition", ...] = Field(min_length=1)


class Not(Part):
    """The clause does not hold; unknown stays unknown."""

    not_: "Condition" = Field(alias="not")


_KINDS = ("question", "known", "flag", "computed", "area", "overall", "stage", "stage_below", "all", "any", "not")


def _kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in _KINDS if kind in value), None)
    return next((kind for kind in _KINDS if hasattr(value, kind) or hasattr(value, kind + "_")), None)


Condition = Annotated[
    Annotated[AnswerIs, Tag("question")]
    | Annotated[Known, Tag("known")]
    | Annotated[FlagIs, Tag("flag")]
    | Annotated[ComputedIs, Tag("computed")]
    | Annotated[AreaIs, Tag("area")]
    | Annotated[OverallIs, Tag("overall")]
    | Annotated[StageIs, Tag("stage")]
    | Annotated[StageBelow, Tag("stage_below")]
    | Annotated[All, Tag("all")]
    | Annotated[Any_, Tag("any")]
    | Annotated[Not, Tag("not")],
    Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message="a condition starts with one of: " + ", ".join(_KINDS),
    ),
]

for _model in (All, Any_, Not):
    _model.model_rebuild()
