"""Tiny questionnaires built in code, and generated ones with answers to match.

`built` fills in every word that no test looks at, so that a test shows only what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from assessment.core.answers import AnswerValue, Special, parse_answers
from assessment.core.definition import Questionnaire
from assessment.core.scoring import Outcome, assess

Plain = dict[str, Any]

LADDER = (("low", 0), ("middle", 25), ("high", 50), ("top", 75))


def choice(name: str, *points: object, **more: Any) -> Plain:
    """A choice with one option a value of points: `a` scores the first, `b` the second."""
    answers = [
        {"id": "abcdefgh"[at], "text": f"Option {at}", **({} if each is None else {"points": str(each)})}
        for at, each in enumerate(points)
    ]
    return _question(name, "choice", {"answers": answers, "dont_know": True, **more})


def multiple(name: str, *points: object, **more: Any) -> Plain:
    """A multiple choice; the last option, `none`, is exclusive."""
    chosen = choice(name, *points)["answers"]
    nothing = {"id": "none", "text": "None of these", "points": "0", "exclusive": True}
    return _question(name, "multiple", {"answers": [*chosen, nothing], "dont_know": True, **more})


def number(name: str, kind: str = "number", **more: Any) -> Plain:
    """A numeric question; unscored and optional unless the test says otherwise."""
    return _question(name, kind, {"optional": "points" not in more, "dont_know": True, **more})


def _question(name: str, kind: str, more: Mapping[str, Any]) -> Plain:
    return {"id": name, "type": kind, "text": f"{name}?", "label": name.capitalize(), **more}


def page(area: str | None, *questions: Plain, **more: Any) -> Plain:
    """A page of questions."""
    return {"questions": list(questions), **({"area": area} if area else {}), **more}


def stage(name: str, floor: int, *gates: Plain) -> Plain:
    """A rung with its gates."""
    return {"id": name, "title": name.capitalize(), "from": floor, "text": f"{name}.", "requires": list(gates)}


def gate(name: str, when: Plain) -> Plain:
    """A gate whose sentence names it."""
    return {"id": name, "when": when, "because": f"It needs {name}."}


def cap(name: str, when: Plain, at_most: str) -> Plain:
    """A cap whose sentence names it."""
    return {"id": name, "when": when, "at_most": at_most, "because": f"Held by {name}."}


def ladder(**gates: list[Plain]) -> list[Plain]:
    """Four stages from 0, 25, 50 and 75, with gates by stage."""
    return [stage(name, floor, *gates.get(name, [])) for name, floor in LADDER]


def advice(name: str, when: Plain, improves: list[str], effort: str = "low", **more: Any) -> Plain:
    """A recommendation in filler words."""
    words = {key: f"{name} {key}" for key in ("title", "gap", "first_action", "measure", "evidence", "opening")}
    resource = {"title": "Ask us"}
    return {"id": name, "when": when, "improves": improves, "effort": effort, "within": 30, "resource": resource} | (
        words | more
    )


def figure(name: str, value: object, **more: Any) -> Plain:
    """A published percentage that may judge."""
    given = {} if value is None else {"value": str(value)}
    return {
        "id": name,
        "measure": f"Measure {name}",
        "unit": "percent",
        "population": "Companies",
        "year": "2019",
        "source": {"title": "A study"},
        "sure": "P",
        "use": "benchmark",
        "review_by": "2027-01-01",
    } | (given | more)


def built(*pages: Plain, **parts: Any) -> Questionnaire:
    """A questionnaire of these pages; its areas are those the pages name, each with weight 1."""
    names = dict.fromkeys(each["area"] for each in pages if each.get("area"))
    whole: Plain = {
        "format": 1,
        "id": "tiny",
        "status": "live",
        "order": 1,
        "title": "Tiny",
        "lead": "Tiny.",
        "summary": "Tiny.",
        "kind": "assessment",
        "result": "stage",
        "areas": [{"id": name, "title": name.capitalize()} for name in names],
        "pages": list(pages),
        "stages": ladder(),
    }
    return Questionnaire.model_validate(whole | parts)


def assessed(questionnaire: Questionnaire, **answers: object) -> Outcome:
    """The outcome of plain answers."""
    return assess(questionnaire, parse_answers(questionnaire, answers))


# Generated questionnaires ------------------------------------------------------------------------------------------


@st.composite
def _spread(draw: st.DrawFn, least: int = 2, most: int = 5) -> list[str]:
    """Points of options that span exactly 0..1, in thousandths."""
    inner = draw(st.lists(st.integers(0, 1000), min_size=least - 2, max_size=most - 2))
    return [str(Decimal(value) / 1000) for value in draw(st.permutations([0, 1000, *inner]))]


@st.composite
def _parts(draw: st.DrawFn) -> list[str]:
    """Points of a multiple choice, summing to 1."""
    cuts = sorted(draw(st.lists(st.integers(0, 1000), min_size=1, max_size=3)))
    ends = [0, *cuts, 1000]
    return [str(Decimal(right - left) / 1000) for left, right in pairwise(ends)]


@st.composite
def _corners(draw: st.DrawFn) -> list[list[str]]:
    """A rising or falling line of corners between 0 and 100."""
    xs = sorted(draw(st.sets(st.integers(0, 100), min_size=2, max_size=4)))
    inner = sorted(draw(st.lists(st.integers(0, 1000), min_size=len(xs) - 2, max_size=len(xs) - 2)))
    ys = [0, *inner, 1000]
    if draw(st.booleans()):
        ys.reverse()
    return [[str(x), str(Decimal(y) / 1000)] for x, y in zip(xs, ys, strict=True)]


@st.composite
def _scored(draw: st.DrawFn, name: str) -> Plain:
    more: Plain = {"weight": draw(st.integers(1, 5)), "not_applicable": draw(st.booleans())}
    if draw(st.integers(0, 3)) == 0:
        more["show_if"] = {"question": "way", "in": [draw(st.sampled_from(["a", "b"]))]}
    kind = draw(st.sampled_from(["choice", "choice", "multiple", "scale", "percent"]))
    if kind == "choice":
        return choice(name, *draw(_spread()), **more)
    if kind == "multiple":
        return multiple(name, *draw(_parts()), **more)
    if kind == "scale":
        return _question(name, "scale", {"min": 1, "max": draw(st.integers(2, 7)), "dont_know": True, **more})
    return number(name, "percent", min=0, max=100, points=draw(_corners()), **more)


@st.composite
def _pages(draw: st.DrawFn) -> list[Plain]:
    start = page(None, choice("way", None, None, role="route", dont_know=False), start=True)
    made = [start]
    for at in range(draw(st.integers(1, 4))):
        count = draw(st.integers(1, 4))
        made.append(page(f"area_{at}", *(draw(_scored(f"q{at}_{each}")) for each in range(count))))
    made.append(page(None, number("renewed"), number("due", show_if={"question": "way", "in": ["a"]})))
    return made


def _rate(draw: st.DrawFn) -> Plain:
    score = {"area": "area_0", "weight": draw(st.integers(1, 3)), "points": draw(_corners())}
    made: Plain = {"title": "Rate", "unit": "percent", "formula": "renewed / due", "score": score}
    if draw(st.booleans()):
        made["assume"] = {"renewed": {"value": 50, "flag": "guessed", "tell": "Half is assumed."}}
    return made


def _clause(draw: st.DrawFn, pages: list[Plain]) -> Plain:
    choices = [q for each in pages[1:] for q in each["questions"] if q["type"] == "choice"]
    kinds = ["area", "known", *(["question"] if choices else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "question":
        asked = draw(st.sampled_from(choices))
        return {"question": asked["id"], "in": [draw(st.sampled_from([option["id"] for option in asked["answers"]]))]}
    if kind == "area":
        return {"area": "area_0", "at_least": draw(st.integers(0, 100))}
    return {"known": "rate"}


def _condition(draw: st.DrawFn, pages: list[Plain]) -> Plain:
    made = _clause(draw, pages)
    if draw(st.booleans()):
        made = {draw(st.sampled_from(["all", "any"])): [made, _clause(draw, pages)]}
    return {"not": made} if draw(st.booleans()) else made


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    """A sound questionnaire: routed, weighted, with a scored computed value, gates and caps."""
    pages = draw(_pages())
    names = [each["area"] for each in pages if each.get("area")]
    floors = sorted(draw(st.sets(st.integers(1, 100), min_size=3, max_size=3)))
    gates = [[], *([gate(f"gate_{at}", _condition(draw, pages))] if draw(st.booleans()) else [] for at in range(3))]
    stages = [stage(name, floor, *each) for (name, _), floor, each in zip(LADDER, [0, *floors], gates, strict=True)]
    caps = [cap("capped", _condition(draw, pages), "middle")] if draw(st.booleans()) else []
    return built(
        *pages,
        areas=[{"id": name, "title": name, "weight": draw(st.integers(1, 5))} for name in names],
        computed={"rate": _rate(draw)},
        stages=stages,
        overall={"caps": caps},
        min_coverage=draw(st.sampled_from([0, 50, 70])),
    )


def _answer(draw: st.DrawFn, question: Any, *, unknowns: bool) -> AnswerValue | None:
    specials = [Special.DONT_KNOW] if unknowns and question.dont_know else []
    specials += [Special.NOT_APPLICABLE] if unknowns and question.not_applicable else []
    if specials and draw(st.integers(0, 2)) == 0:
        return draw(st.sampled_from(specials))
    options = [option.id for option in question.answers]
    if question.type == "choice":
        return draw(st.sampled_from(options))
    if question.type == "multiple":
        some = draw(st.sets(st.sampled_from(options[:-1])))
        return tuple(sorted(some)) or ("none",)
    if question.type == "scale":
        return Decimal(draw(st.integers(1, int(question.max))))
    return Decimal(draw(st.integers(0, 1000))) / 10


@st.composite
def answers_to(draw: st.DrawFn, questionnaire: Questionnaire, *, unknowns: bool = True) -> dict[str, AnswerValue]:
    """Answers to every question, hidden ones included; unscored numbers are sometimes blank."""
    given: dict[str, AnswerValue] = {}
    for name, question in questionnaire.questions.items():
        if question.optional and draw(st.integers(0, 3)) == 0:
            continue
        answer = _answer(draw, question, unknowns=unknowns)
        if answer is not None:
            given[name] = answer
    return given


@st.composite
def answered(draw: st.DrawFn, *, unknowns: bool = True) -> tuple[Questionnaire, dict[str, AnswerValue]]:
    """A questionnaire with answers to it."""
    questionnaire = draw(questionnaires())
    return questionnaire, draw(answers_to(questionnaire, unknowns=unknowns))
