"""A resolved tree against the models: every misfit in plain words at its own line, and what is left without them.

So that one misspelt key does not hide the other faults of a file, the parts that do not fit are taken out (`ghosts`
remembers their ids) and the rest is still built and checked.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from assessment.catalogue.faults import Fault
from assessment.catalogue.resolve import did_you_mean
from assessment.catalogue.source import Node
from assessment.core import definition as d

Path = tuple[str | int, ...]

MOST_FAULTS = 1_000
"""Misfits told of one file; a hostile one could cost minutes beyond that."""

_UNITS_OF = {
    "pages": "page", "questions": "question", "answers": "answer", "areas": "area", "stages": "stage",
    "benchmarks": "benchmark", "exhibits": "exhibit", "contradictions": "contradiction",
    "recommendations": "recommendation", "personas": "persona", "checks": "check", "caps": "cap", "requires": "gate",
    "computed": "computed", "groups": "group", "figures": "figure", "cases": "case", "at_hand": "at_hand",
}  # fmt: skip
_MODELS: Mapping[str, tuple[type[BaseModel], ...]] = {
    "pages": (d.Page,), "questions": (d.Question,), "answers": (d.Option,), "areas": (d.Area,), "stages": (d.Stage,),
    "benchmarks": (d.Benchmark,), "exhibits": (d.Exhibit,), "contradictions": (d.Contradiction,),
    "recommendations": (d.Recommendation,), "personas": (d.Persona,), "checks": (d.Check,), "caps": (d.Cap,),
    "requires": (d.Gate,), "computed": (d.Computed,), "groups": (d.Group,), "figures": (d.Figure,),
    "cases": (d.Case,), "at_hand": (d.AtHand,), "score": (d.ComputedScore,), "assume": (d.Assumption,),
    "source": (d.Source,), "resource": (d.Source,), "rows": (d.FigureRows,), "else": (d.Otherwise,),
    "expect": (d.Expectation,), "overall": (d.Overall,), "contact": (d.Contact,), "survey": (d.Survey,),
    "peers": (d.Peers,),
}  # fmt: skip
_CONDITIONS = (d.AnswerIs, d.Known, d.FlagIs, d.ComputedIs, d.AreaIs, d.OverallIs, d.StageIs, d.StageBelow)
_PATTERNS = {
    "^[a-z][a-z0-9_]": "must be lower-case letters, digits and underscores, start with a letter, at most 40 long",
    "^[a-z][a-z0-9]*(-": "must be lower-case words joined by hyphens, such as small-steps",
    "^[A-Z]": "must be a figure's id, such as X01",
    r"^\d{4}": "must be a date such as 2027-06-30",
    "^https": "must be an https:// address",
}
_NEEDS = {
    "int_type": "a whole number", "int_from_float": "a whole number", "int_parsing": "a whole number",
    "decimal_type": "a number", "decimal_parsing": "a number", "bool_type": "true or false", "tuple_type": "a list",
    "dict_type": "a mapping", "model_type": "a mapping", "model_attributes_type": "a mapping",
}  # fmt: skip
_STAND_INS: dict[str, str | int] = {
    "format": 1, "id": "unnamed", "status": "draft", "order": 0, "title": "-", "lead": "-", "summary": "-",
    "kind": "assessment", "result": "stage",
}  # fmt: skip


@dataclass
class Shaped:
    """The questionnaire as far as it could be built, the tree that it was built from, and the faults found."""

    questionnaire: d.Questionnaire | None
    root: Node
    faults: list[Fault]
    ghosts: set[str]


def validate(model: type[BaseModel], node: Node) -> Any:
    """Build `model` from a tree without guessing types; raises pydantic's `ValidationError`."""
    return model.model_validate_json(json.dumps(node.plain()), strict=True)


def shape(root: Node) -> Shaped:
    """Build the questionnaire; when parts do not fit, build what is left, for the checks to go on with."""
    ghosts: set[str] = set()
    faults: list[Fault] = []
    for attempt in range(8):
        try:
            return Shaped(validate(d.Questionnaire, root), root, faults, ghosts)
        except ValidationError as error:
            problems = list(islice(_problems(error, root), MOST_FAULTS + 1))
        if attempt == 0:
            faults = [_fault(root, path, problem) for path, problem in problems[:MOST_FAULTS]]
        if len(problems) > MOST_FAULTS:
            faults.append(root.fault(f"has more than {MOST_FAULTS} faults: mend these first"))
            return Shaped(None, root, faults, ghosts)
        root = _without(root, [(path, problem["type"]) for path, problem in problems], ghosts)
    return Shaped(None, root, faults, ghosts)


def misfits(model: type[BaseModel], node: Node, container: str) -> list[Fault]:
    """The faults of one part that stands outside a questionnaire, such as a figure; `container` names its kind."""
    try:
        validate(model, node)
    except ValidationError as error:
        holder = node.but({container: node.but([node])})
        return [_fault(holder, (container, 0, *path), problem) for path, problem in _problems(error, node)]
    return []


def _problems(error: ValidationError, root: Node) -> Iterable[tuple[Path, Mapping[str, Any]]]:
    """Each problem with its path in the tree; a union's several complaints about one place count once."""
    seen: set[Path] = set()
    for problem in error.errors(include_url=False):
        path = in_tree(root, problem["loc"])
        node = node_at(root, path)
        if problem["type"] == "too_short" and (node.items or node.mapping):
            continue  # its items did not fit and are reported by themselves
        key = (*path, problem["loc"][-1]) if problem["type"] == "missing" else path
        if key not in seen:
            seen.add(key)
            yield path, problem


def in_tree(root: Node, loc: Path) -> Path:
    """Pydantic's location as a path in the tree: the names of union members, which no file holds, are left out."""
    best: Path = ()
    states: list[tuple[Node, Path]] = [(root, ())]
    for part in loc:
        # Skipped first, so that of two equally long readings the one whose last step is later wins.
        states = states + [(child, (*path, part)) for node, path in states if (child := _child(node, part)) is not None]
        states = states[-64:]
    for _, path in states:
        if len(path) >= len(best):
            best = path
    return best


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(node.value, list) and isinstance(part, int):
        return node.value[part] if part < len(node.value) else None
    return node.mapping.get(part) if isinstance(part, str) else None


def node_at(root: Node, path: Path) -> Node:
    """The node at a path, or the deepest one on the way there."""
    node = root
    for part in path:
        child = _child(node, part)
        if child is None:
            return node
        node = child
    return node


def title_of(root: Node, path: Path) -> str:
    """What a place belongs to, in words: `question "plan", answer "none"`; empty at the top."""
    words = []
    for depth, part in enumerate(path[:-1], start=1):
        unit = _UNITS_OF.get(str(part))
        name = path[depth]
        if unit is None or part == "pages" or (part == "answers" and path[0] == "personas"):
            continue
        if part == "questions" and _from_a_set(root, path):
            continue
        if isinstance(name, int):
            node = node_at(root, path[: depth + 1])
            known = node.mapping.get("id") or node.mapping.get("name") or node.mapping.get("on")
            name = known.text if known is not None and known.text else f"no. {name + 1}"
            words.append(f'{unit} "{name}"' if known is not None else f"{unit} {name}")
        else:
            words.append(f'{unit} "{name}"')
    return ", ".join(words)


def _from_a_set(root: Node, path: Path) -> bool:
    """Whether a place is in an answer set, written apart from the question that uses it (as others may)."""
    return len(path) > 5 and path[4] == "answers" and node_at(root, path[:5]).shared


def _fault(root: Node, path: Path, problem: Mapping[str, Any]) -> Fault:
    node = node_at(root, path)
    owner = title_of(root, path)
    message = _words(root, path, problem, node)
    return node.fault(f"{owner}: {message}" if owner else message)


def _words(root: Node, path: Path, problem: Mapping[str, Any], node: Node) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    if kind == "extra_forbidden":
        return f'unknown key "{path[-1]}"{did_you_mean(str(path[-1]), _keys_at(path))}'
    if kind == "missing":
        return f'"{problem["loc"][-1]}" is missing'
    if kind in ("value_error", "condition"):
        return str(problem["msg"]).removeprefix("Value error, ")
    if kind == "literal_error":
        known = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        hint = did_you_mean(str(node.value), known.split(", "))
        return f'"{key}" is {_shown(node)}, but must be one of {known}{hint}'
    if kind == "string_type":
        return f'"{key}" must be text' + ("" if node.mapping or node.items else f"; put {_shown(node)} in quotes")
    if kind == "string_pattern_mismatch":
        wanted = next((words for start, words in _PATTERNS.items() if context["pattern"].startswith(start)), "")
        return f'"{key}": "{problem["input"]}" {wanted or "is not written as it must be"}'
    if kind in _NEEDS:
        return f'"{key}" must be {_NEEDS[kind]}, not {_shown(node)}'
    return f'"{key}": {_bound(kind, context, str(problem["msg"]))}'


def _bound(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind == "greater_than_equal":
        return f"must be at least {context['ge']}"
    if kind == "less_than_equal":
        return f"must be at most {context['le']}"
    if kind == "string_too_short":
        return "is empty"
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters"
    if kind in ("too_short", "too_long"):
        wanted = context["min_length"] if kind == "too_short" else context["max_length"]
        return f"needs at {'least' if kind == 'too_short' else 'most'} {wanted} item{'' if wanted == 1 else 's'}"
    return message[:1].lower() + message[1:]


def _shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    return str(node.plain()).lower() if isinstance(node.value, bool) else f'"{node.plain()}"'


def _keys_at(path: Path) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    holders = [part for part in path[:-1] if isinstance(part, str)]
    if not holders:
        models: tuple[type[BaseModel], ...] = (d.Questionnaire,)
        return [*_aliases(models), "use", "answer_sets"]
    for holder in reversed(holders):
        if holder in _MODELS:
            return _aliases(_MODELS[holder])
        if holder in ("when", "show_if", "all", "any", "not"):
            return [*_aliases(_CONDITIONS), "all", "any", "not"]
    return []


def _aliases(models: Iterable[type[BaseModel]]) -> list[str]:
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def _without(root: Node, problems: list[tuple[Path, str]], ghosts: set[str]) -> Node:
    """The tree without the parts that do not fit: an unknown key alone, else the whole part that it stands in."""
    doomed = {path if kind == "extra_forbidden" else _part(path) for path, kind in problems}
    if () in doomed:  # a top-level key is missing
        doomed.discard(())
        root = root.but({key: root.but(_stand_in(value)) for key, value in _STAND_INS.items()} | root.mapping)
    for path in sorted(doomed, key=lambda path: [(str(type(part)), part) for part in path], reverse=True):
        own = node_at(root, path).mapping.get("id")
        ghosts.update(name for name in (own and own.text, *path[1:2]) if isinstance(name, str))
        root = _drop(root, path)
    return _without_empty_pages(root)


def _without_empty_pages(root: Node) -> Node:
    pages = root.mapping.get("pages")
    if pages is None or not pages.items:
        return root
    kept = [page for page in pages.items if "questions" not in page.mapping or page.mapping["questions"].items]
    return root.but(root.mapping | {"pages": pages.but(kept)})


def _stand_in(value: str | int) -> str | Decimal:
    return Decimal(value) if isinstance(value, int) else value


def _part(path: Path) -> Path:
    """The smallest part of a questionnaire that can be taken out whole."""
    if path[:1] == ("pages",) and len(path) > 2:
        return path[:4] if path[2] == "questions" and len(path) > 3 else path[:3]
    if path[:1] in (("overall",), ("contact",)):
        return path[:1]
    return path[:2]


def _drop(node: Node, path: Path) -> Node:
    head, rest = path[0], path[1:]
    if isinstance(node.value, list) and isinstance(head, int):
        items = list(node.value)
        if not rest:
            del items[head]
        elif head < len(items):
            items[head] = _drop(items[head], rest)
        return node.but(items)
    entries = dict(node.mapping)
    if isinstance(head, str) and head in entries:
        if rest:
            entries[head] = _drop(entries[head], rest)
        elif head in _STAND_INS and "questions" not in entries and "pages" in entries:
            entries[head] = node.but(_stand_in(_STAND_INS[head]))
        else:
            del entries[head]
    return node.but(entries)
