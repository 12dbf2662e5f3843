"""Checks on areas, stages, gates and caps."""

from assessment.catalogue.checks.sheet import Sheet
from assessment.catalogue.shape import Path
from assessment.core.definition import Cap


def check_stages(sheet: Sheet) -> None:
    """The ladder, what opens its rungs, and the areas that stand on it."""
    whole = sheet.questionnaire
    sheet.once("area", ((("areas", number, "id"), area.id) for number, area in enumerate(whole.areas)))
    sheet.once("stage", ((("stages", number, "id"), stage.id) for number, stage in enumerate(whole.stages)))
    sheet.once("gate or cap", [(path, name) for path, name in _locks(sheet)])
    _check_ladder(sheet)
    _check_areas(sheet)
    _check_caps(sheet, ("overall", "caps"), whole.overall.caps)
    for number, area in enumerate(whole.areas):
        _check_caps(sheet, ("areas", number, "caps"), area.caps)


def _locks(sheet: Sheet) -> list[tuple[Path, str]]:
    whole = sheet.questionnaire
    locks: list[tuple[Path, str]] = [
        (("overall", "caps", place, "id"), cap.id) for place, cap in enumerate(whole.overall.caps)
    ]
    for number, area in enumerate(whole.areas):
        locks += [(("areas", number, "caps", place, "id"), cap.id) for place, cap in enumerate(area.caps)]
    for number, stage in enumerate(whole.stages):
        locks += [(("stages", number, "requires", place, "id"), gate.id) for place, gate in enumerate(stage.requires)]
    return locks


def _check_ladder(sheet: Sheet) -> None:
    whole = sheet.questionnaire
    if whole.result == "none":
        return
    if len(whole.stages) < 2 and not sheet.ghosts:
        sheet.fault(("result",), f"result: {whole.result} needs at least 2 stages")
    floor = 0
    for number, stage in enumerate(whole.stages):
        path: Path = ("stages", number, "from")
        if number == 0:
            if stage.from_ != 0:
                sheet.fault(path, "the lowest stage starts from 0")
            if stage.requires:
                sheet.fault(("stages", 0, "requires"), "the lowest stage has no gates: everybody stands on it at least")
        elif whole.result == "placement":
            _check_tier(sheet, number)
        elif stage.from_ < floor:
            sheet.fault(path, f"floors rise: {stage.from_} comes after {floor}")
        elif stage.from_ == floor and not stage.requires:
            sheet.fault(path, "a stage with the floor of the one below needs a gate to tell them apart")
        floor = max(floor, stage.from_)


def _check_tier(sheet: Sheet, number: int) -> None:
    stage = sheet.questionnaire.stages[number]
    if stage.from_ != 0:
        sheet.fault(("stages", number, "from"), "in a placement gates alone decide: leave from out")
    if not stage.requires:
        sheet.fault(("stages", number), "in a placement every stage above the lowest needs a gate")


def _check_areas(sheet: Sheet) -> None:
    whole = sheet.questionnaire
    fed = {whole.area_of[question.id] for _, _, question in sheet.placed if question.is_scored}
    fed |= {computed.score.area for computed in whole.computed.values() if computed.score is not None}
    shown = {page.area for page in whole.pages}
    for number, area in enumerate(whole.areas):
        if area.weight > 0 and area.id not in fed and not sheet.ghosts:
            sheet.fault(("areas", number), "nothing in this area is scored: score something or give it weight 0")
        elif area.id not in fed | shown and not sheet.ghosts:
            sheet.fault(("areas", number), "no page belongs to this area")
    if whole.result == "stage" and not fed and not sheet.ghosts:
        sheet.fault(("result",), "result: stage needs scored questions")


def _check_caps(sheet: Sheet, path: Path, caps: tuple[Cap, ...]) -> None:
    stages = list(sheet.questionnaire.stage)
    for place, cap in enumerate(caps):
        at = (*path, place, "at_most")
        if sheet.known(at, "stage", cap.at_most, stages) and cap.at_most == stages[-1]:
            sheet.fault(at, f'"{cap.at_most}" is the top stage: the cap holds nothing down')
