"""Checks on pages and questions: ids, what each type needs, roles, groups and hard checks."""

from assessment.catalogue.checks.points import check_points
from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.shape import Path
from assessment.core.definition import NUMERIC, TYPED, Question
from assessment.core.formulas import FormulaError, parse_check

_LISTED = frozenset({"choice", "multiple", "ranking"})
_ONLY_FOR: dict[str, frozenset[str]] = {
    "answers": _LISTED,
    "points": NUMERIC,
    "min": NUMERIC | {"scale"},
    "max": NUMERIC | {"scale"},
    "decimals": NUMERIC,
    "unit": frozenset({"number"}),
    "low": frozenset({"scale"}),
    "high": frozenset({"scale"}),
    "max_length": TYPED,
    "scored": frozenset({"scale"}),
    "ranks": frozenset({"ranking"}),
}
LONG_OPTION = 18
LONG_LABEL = 6
MAX_SCALE = 11


def check_pages(sheet: Sheet) -> None:
    """Pages: known areas, start pages first and unscored, one closing free text at most."""
    pages = sheet.questionnaire.pages
    for number, page in enumerate(pages):
        path: Path = ("pages", number)
        if page.area is not None:
            sheet.known((*path, "area"), "area", page.area, sheet.questionnaire.area)
        if page.start and number > 0:
            sheet.fault((*path, "start"), "only the first page can be the start page")
    sheet.once("question", ((path, question.id) for path, _, question in sheet.placed))
    _check_long_text(sheet)
    _check_currency(sheet)


def check_questions(sheet: Sheet) -> None:
    """Every question by itself, then the groups and hard checks that join them."""
    for path, number, question in sheet.placed:
        _check_keys(sheet, path, question)
        _check_role(sheet, path, question)
        _check_options(sheet, path, question)
        _check_place(sheet, path, number, question)
        if question.role == "answer":
            check_points(sheet, path, question)
    _check_groups(sheet)
    _check_checks(sheet)


def _check_keys(sheet: Sheet, path: Path, question: Question) -> None:
    for key in sorted(question.model_fields_set & _ONLY_FOR.keys()):
        if question.type not in _ONLY_FOR[key]:
            sheet.fault((*path, key), f'"{key}" has no meaning for the type {question.type}')
    if question.min is not None and question.max is not None and question.min >= question.max:
        sheet.fault((*path, "min"), "min must be below max")
    if question.type == "scale":
        _check_scale(sheet, path, question)
    if question.not_applicable_because is not None and not question.not_applicable:
        sheet.fault((*path, "not_applicable_because"), "not_applicable_because needs not_applicable: true")
    if question.type in TYPED and (question.dont_know or question.not_applicable):
        sheet.fault((*path, "type"), "a typed answer has no dont_know and no not_applicable; it may be optional")
    if len(question.label.split()) > LONG_LABEL:
        sheet.warn((*path, "label"), f"the label has more than {LONG_LABEL} words")


def _check_scale(sheet: Sheet, path: Path, question: Question) -> None:
    if question.min is None or question.max is None:
        sheet.fault((*path, "type"), "a scale needs min and max")
    elif question.min % 1 or question.max % 1 or question.max - question.min >= MAX_SCALE:
        sheet.fault((*path, "min"), f"a scale goes from one whole number to another, {MAX_SCALE} steps at most")


def _check_role(sheet: Sheet, path: Path, question: Question) -> None:
    if question.role == "answer":
        if question.is_scored and not question.dont_know:
            sheet.warn(path, "a scored question should offer dont_know: true")
        return
    scored = question.points is not None or any(option.points is not None for option in question.answers)
    if scored:
        sheet.fault((*path, "role"), f"a {question.role} question is never scored: take its points out")
    if question.role in ("route", "currency") and question.type != "choice":
        sheet.fault((*path, "type"), f"a {question.role} question is a choice")
    if question.role == "route" and (question.dont_know or question.not_applicable):
        sheet.fault((*path, "role"), "a route question has no dont_know and no not_applicable: it must lead somewhere")
    if question.role == "currency":
        for place, option in enumerate(question.answers):
            if len(option.id) != 3 or not option.id.isalpha():
                sheet.fault((*path, "answers", place, "id"), "a currency's id is its ISO code in small letters")


def _check_options(sheet: Sheet, path: Path, question: Question) -> None:
    if question.type in _LISTED and len(question.answers) < 2:
        sheet.fault(path, f"a {question.type} question needs at least 2 answers")
    options = [((*path, "answers", place), option) for place, option in enumerate(question.answers)]
    sheet.once("answer", (((*place, "id"), option.id) for place, option in options))
    for place, option in options:
        if option.exclusive and question.type != "multiple":
            sheet.fault((*place, "exclusive"), "only a multiple question has exclusive answers")
        if len(option.text.split()) > LONG_OPTION:
            sheet.warn((*place, "text"), f"the text has more than {LONG_OPTION} words")
        if option.cell is not None and option.places is None:
            sheet.fault((*place, "cell"), "cell needs places: the stages that it stands under")
        if option.places is not None:
            _check_places(sheet, (*place, "places"), option.places)
    placed = [option.places is not None for option in question.answers]
    if any(placed) and not all(placed):
        sheet.fault((*path, "answers"), "some answers have places and some have none")


def _check_places(sheet: Sheet, path: Path, places: tuple[str, str]) -> None:
    stages = list(sheet.questionnaire.stage)
    known = [sheet.known(path, "stage", stage, stages) for stage in dict.fromkeys(places)]
    if all(known) and stages.index(places[0]) > stages.index(places[1]):
        sheet.fault(path, f"places go from the lower stage to the higher, not from {places[0]} to {places[1]}")


def _check_place(sheet: Sheet, path: Path, number: int, question: Question) -> None:
    """What its page allows."""
    page = sheet.questionnaire.pages[number]
    area = sheet.questionnaire.area.get(page.area or "")
    if page.start and question.role == "answer":
        sheet.fault(path, "a start page holds route, profile and currency questions only")
    if question.is_scored and page.area is None and not page.start:
        sheet.fault(path, "a scored question needs a page with an area")
    if area is None:
        return
    if question.is_scored and area.weight == 0:
        sheet.fault(path, f'area "{area.id}" has weight 0 and is never scored: take the points out')
    if area.weight > 0 and any(option.places is not None for option in question.answers):
        sheet.fault(path, f'places belong in an area of weight 0, and "{area.id}" has weight {area.weight}')


def _check_long_text(sheet: Sheet) -> None:
    texts = [(path, question) for path, _, question in sheet.placed if question.type == "long_text"]
    for path, question in texts:
        if question.id != sheet.placed[-1][2].id:
            sheet.fault(path, "a long_text question stands last, and only once")
        if not question.optional:
            sheet.fault(path, "a long_text question is optional: true")


def _check_currency(sheet: Sheet) -> None:
    found = [path for path, _, question in sheet.placed if question.role == "currency"]
    for path in found[1:]:
        sheet.fault((*path, "role"), "there is already a currency question; a response has one currency")
    if found:
        return
    for name, computed in sheet.questionnaire.computed.items():
        if computed.unit == "money":
            sheet.fault(("computed", name), "an amount of money needs a question with role: currency, to print it with")


def _check_groups(sheet: Sheet) -> None:
    groups = sheet.questionnaire.groups
    members: dict[str, list[Path]] = {name: [] for name in groups}
    for path, number, question in sheet.placed:
        if question.group is None or not sheet.known((*path, "group"), "group", question.group, groups):
            continue
        first = members[question.group][:1]
        members[question.group].append(path)
        if not question.optional:
            sheet.fault((*path, "group"), "a question of a group is optional: true (all or none are filled in)")
        if first and first[0][1] != number:
            sheet.fault((*path, "group"), f'group "{question.group}" is spread over two pages')
    for name, found in members.items():
        if len(found) < 2 and name not in sheet.ghosts:
            sheet.fault(("groups", name), "a group joins at least two questions")


def _check_checks(sheet: Sheet) -> None:
    for number, check in enumerate(sheet.questionnaire.checks):
        path: Path = ("checks", number)
        on_known = sheet.known((*path, "on"), "numeric question", check.on, sheet.numeric)
        try:
            names = parse_check(check.require).names
        except FormulaError as error:
            sheet.fault((*path, "require"), str(error))
            continue
        for name in sorted(names):
            if not sheet.known((*path, "require"), "numeric question", name, sheet.numeric) or not on_known:
                continue
            if sheet.page_of[name] > sheet.page_of[check.on]:
                sheet.fault((*path, "require"), f'"{name}" is asked on a later page than "{check.on}"')
