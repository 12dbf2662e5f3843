"""Questions, their answers and the pages they stand on."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from assessment.core.definition.base import Id, Part, Points, Slug, Text, Unit, Weight
from assessment.core.definition.condition import Condition

QuestionType = Literal[
    "choice", "multiple", "scale", "number", "percent", "money", "short_text", "long_text", "ranking", "email"
]
NUMERIC = frozenset({"number", "percent", "money"})
TYPED = frozenset({"short_text", "long_text", "email"})


class Option(Part):
    """One answer that can be chosen.

    `places` is the lowest and highest stage this answer stands for on a spectrum (twice the same for one stage);
    `cell` its words in the spectrum table; `exclusive` rules out the other options ("none of these"). `fits`, in a
    survey, is the assessment for whom this comes first.
    """

    id: Id
    text: Text
    points: Points | None = None
    exclusive: bool = False
    places: tuple[Id, Id] | None = None
    cell: Text | None = None
    hint: Text | None = None
    fits: Slug | None = None


class Question(Part):
    """One question. `role` says what it is for: only `answer` questions are ever scored.

    `label` names it on the check page and in the receipt; `points` (numbers only) is a rising or falling line
    of `[value, points]` corners; `ranks` (rankings only) is how many places are given, all unless it
    says so; `not_applicable` is the wording offered, `reason` why it is asked.
    """

    id: Id
    type: QuestionType
    role: Literal["answer", "route", "profile", "currency"] = "answer"
    text: Text
    label: Text
    reason: Text | None = None
    answers: tuple[Option, ...] = ()
    optional: bool = False
    dont_know: bool = False
    not_applicable: bool = False
    not_applicable_because: Text | None = None
    show_if: Condition | None = None
    group: Id | None = None
    weight: Weight = 1
    points: tuple[tuple[Decimal, Points], ...] | None = None
    scored: bool = True
    min: Decimal | None = None
    max: Decimal | None = None
    decimals: int = Field(default=1, ge=0, le=4)
    unit: Unit | None = None
    low: Text | None = None
    high: Text | None = None
    max_length: int | None = Field(default=None, ge=1, le=2000)
    ranks: int | None = Field(default=None, ge=1, le=20)

    @property
    def is_scored(self) -> bool:
        """Whether its own answer gives points (a computed value may score it besides)."""
        if self.role != "answer":
            return False
        if self.type == "scale":
            return self.scored
        return self.points is not None or any(option.points is not None for option in self.answers)

    @property
    def is_numeric(self) -> bool:
        """Whether its answer is a number that formulas may use."""
        return self.type in NUMERIC or self.type == "scale"

    @property
    def measured_in(self) -> str:
        """The unit of a numeric answer."""
        return self.unit or (self.type if self.type in {"percent", "money"} else "number")

    @property
    def places(self) -> int:
        """How many options a ranking puts in order."""
        return min(self.ranks or len(self.answers), len(self.answers))

    def option(self, option_id: str) -> Option | None:
        """The option with this id, or None."""
        return next((option for option in self.answers if option.id == option_id), None)


class Page(Part):
    """One page of questions; `start: true` shows them on the introduction (route and profile questions only)."""

    area: Id | None = None
    title: Text | None = None
    lead: Text | None = None
    start: bool = False
    questions: tuple[Question, ...] = Field(min_length=1)


class Group(Part):
    """Questions that belong together: `all_or_none` refuses a half-filled group."""

    fill: Literal["all_or_none"]
    tell: Text


class Check(Part):
    """A hard check on what was typed, such as `renewed <= due`; it fails the page with `tell`."""

    on: Id
    require: str
    tell: Text
