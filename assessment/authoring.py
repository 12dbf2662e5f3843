"""What authors do from the command line, without a database: find, score, explain, render, copy."""

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import yaml
from pydantic import TypeAdapter

from assessment import paths, rendering
from assessment.catalogue.catalogue import Catalogue, Entry
from assessment.core.answers import AnswerError, Answers, parse_answers
from assessment.core.building import make_scorecard
from assessment.core.scorecard import AreaResult, Scorecard
from assessment.core.suggesting import onward
from assessment.delivery.pdf import Made
from assessment.delivery.renderer import Renderer, RenderError
from assessment.settings import Settings

_CARD = TypeAdapter(Scorecard)


def find_questionnaire(named: str, folder: Path | None, now: datetime) -> tuple[Entry, Catalogue]:
    """The questionnaire of this id, or in this file, and what stands beside it; raises `click.ClickException`."""
    path = Path(named)
    if path.suffix in {".yaml", ".yml"} and path.exists():
        folder, named = path.parent, path.stem
    catalogue = Catalogue(folder or paths.questionnaires_dir(), now)
    found = catalogue.find(named)
    if found is None:
        faults = [str(fault) for fault in catalogue.faults]
        raise click.ClickException("\n".join([f'there is no sound questionnaire "{named}"', *faults]))
    return found, catalogue


def answers_from(entry: Entry, path: Path | None, persona: str | None) -> Answers:
    """Answers from a YAML or JSON file, or of a persona; raises `click.ClickException`."""
    questionnaire = entry.questionnaire
    try:
        if persona is not None:
            known = {person.name: person for person in questionnaire.personas}
            if persona not in known:
                raise click.ClickException(f"the personas are: {', '.join(known)}")
            return parse_answers(questionnaire, known[persona].answers)
        if path is None:
            raise click.ClickException("name a file of answers, or a persona with --persona")
        # Every scalar stays text, as in a browser's form: `No` is a word here too.
        given = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 (BaseLoader builds text only)
        if not isinstance(given, Mapping):
            raise click.ClickException(f"{path}: expected lines of `question: answer`")
        return parse_answers(questionnaire, given)
    except (AnswerError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path or persona}: {error}") from None


def report_of(entry: Entry, beside: Catalogue, answers: Answers, settings: Settings, now: datetime) -> Scorecard:
    """The scorecard of these answers; what it may suggest next stands `beside` the questionnaire."""
    live = (other.questionnaire for other in beside.live())
    return make_scorecard(
        entry.questionnaire,
        answers,
        version=entry.version,
        brand=settings.brand,
        made_at=now.astimezone(ZoneInfo(settings.time_zone)),
        zone=settings.time_zone,
        reference="Not stored",
        onward=onward(entry.questionnaire, live, settings.public_url),
    )


def as_json(card: Scorecard) -> str:
    """The whole scorecard as JSON."""
    return _CARD.dump_json(card, indent=1).decode()


def explain(card: Scorecard) -> str:
    """A scorecard as a terminal shows it: the stage, what holds it, every area with its receipt, the advice."""
    if card.headline:
        return "\n".join([card.origin.title, *_sums(card)])
    lines = [f"{card.origin.title}: {card.stage or 'no stage'}"]
    if card.overall:
        lines.append(f"{card.overall_title}: {card.overall.score} (between {card.overall.low} and {card.overall.high})")
    lines += [card.verdict, *([card.no_stage] if card.no_stage else [])]
    lines += [f"  held by {hold.id}: {hold.because}" for hold in card.held]
    for area in card.areas:
        lines += ["", *_area_lines(area)]
    lines += ["", "Advice, in order"]
    lines += [f"  {item.id}: {item.title} (gain {item.gain}, effort {item.effort})" for item in card.advice]
    if card.suggestion:
        lines += ["", f"Next: {card.suggestion.title}. {card.suggestion.because}"]
    return "\n".join([*lines, *_rows(card)])


def _sums(card: Scorecard) -> list[str]:
    """What a calculator comes to: its headline with what it assumes, and every formula with the numbers given."""
    lines = [f"  {own.label}: {' '.join((own.text, *own.flags))}" for own in card.headline]
    lines += ["", "Formulas", *(f"  {drawing.alternative}" for drawing in card.drawings if drawing.kind == "formula")]
    return [*lines, *_rows(card)]


def _rows(card: Scorecard) -> list[str]:
    if not card.comparisons:
        return []
    rows = [
        f"  {row.title}: {', '.join(m.text for m in row.yours)}: {row.verdict}. {row.sentence}"
        for row in card.comparisons
    ]
    return ["", "Numbers", *rows]


def _area_lines(area: AreaResult) -> list[str]:
    head = f"{area.title}: {area.points.score if area.points else area.reason or 'not scored'}"
    if area.stage:
        head += f" ({area.stage})"
    lines = [head]
    for line in area.lines:
        adds = f", adds {line.adds}" if line.adds else ""
        points = "" if line.points is None else f"  {line.points} of 100{adds}"
        lines.append(f"  {line.label}: {line.answer}{points}")
    return lines


def pdf_of(card: Scorecard) -> Made:
    """The PDF of a scorecard, made as the worker makes it; raises `click.ClickException`."""
    html = rendering.report_html(card, None, None, None)
    try:
        with Renderer() as renderer:
            return renderer.make(html, rendering.report_css(), datetime.fromisoformat(card.origin.made_at))
    except RenderError as error:
        raise click.ClickException(error.reason) from None


def copy_questionnaires(target: Path) -> int:
    """Copy what ships into an authors' folder, never over a file that is there; says how many were copied."""
    shipped = paths.questionnaires_dir()
    count = 0
    for source in sorted(shipped.rglob("*.yaml")):
        goal = target / source.relative_to(shipped)
        if not goal.exists():
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, goal)
            count += 1
    return count
