"""The command line: run it, check definitions, score without a database, see what was delivered.

What a single command needs is imported in it: the others start the sooner.
"""

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

import click

from assessment import backing_up, clock, logs, safeguarding
from assessment.actions.installation import Installation
from assessment.actions.staffing import Refused
from assessment.core.mail_address import AddressFault
from assessment.core.scorecard import Scorecard
from assessment.installing import expose, install, prepare
from assessment.settings import SettingFault, Settings, read_settings
from assessment.stopping import tell_where_on_request
from assessment.store.accounts import ROLES, Role

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PATIENCE_SECONDS = 20
"""How long `run` waits for its worker to finish what it began."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assessment", message="%(version)s")
def cli() -> None:
    """Self-assessments that score honestly, advise specifically and mail the scorecard."""
    logs.set_up(_log_form())


def _log_form() -> str:
    try:
        return read_settings().log
    except SettingFault:  # the command itself says so, if it needs settings at all
        return "text"


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingFault as fault:
        _refuse(fault)


def _refuse(fault: Exception) -> NoReturn:
    click.echo(f"assessment: {fault}", err=True)
    sys.exit(2)


def _opened(settings: Settings) -> Installation:
    """The installation, whose connections are closed when the command ends."""
    house = install(settings)
    click.get_current_context().call_on_close(house.engine.dispose)
    return house


@cli.command()
@click.option("--definitions", type=click.Path(file_okay=False, path_type=Path), help="Copy the questionnaires here.")
def init(definitions: Path | None) -> None:
    """Create the home folder, its secrets and the database (safe to run again)."""
    settings = _settings()
    try:
        new = prepare(settings)
    except SettingFault as fault:
        _refuse(fault)
    click.echo(f"{'Created' if new else 'Found'} {settings.home}")
    if definitions is not None:
        from assessment import authoring

        count = authoring.copy_questionnaires(definitions)
        click.echo(f"Copied {count} files to {definitions}; set ASSESSMENT_QUESTIONNAIRES={definitions} to serve them")


@cli.command()
def serve() -> None:
    """Answer requests until SIGTERM."""
    from assessment.web_process import serve_kept

    settings = _settings()
    try:
        status = serve_kept(_opened(settings), lambda: click.echo(f"Listening on {settings.host}:{settings.port}"))
    except SettingFault as fault:
        _refuse(fault)
    sys.exit(status)


@cli.command()
@click.option("--once", is_flag=True, help="Do what is due and stop.")
def worker(once: bool) -> None:
    """Make PDFs and send mails until SIGTERM."""
    from assessment.working import work

    settings = _settings()
    try:
        if not once:
            expose("ASSESSMENT_WORKER_METRICS_PORT", settings.worker_metrics_port)
        work(_opened(settings), once=once)
    except SettingFault as fault:
        _refuse(fault)


@cli.command()
def run() -> None:
    """Web server and one worker together: what `make run` starts."""
    from assessment import staffing
    from assessment.web_process import serve_kept

    settings = _settings()
    try:
        prepare(settings)
        house = _opened(settings)
    except SettingFault as fault:
        _refuse(fault)
    where = f"through {settings.smtp_host}" if settings.smtp_host else f"as files in {settings.outbox}"
    words = f"\n  Open    {settings.public_url}\n  Mail    {where}\n  Stop    Ctrl-C\n"
    first = staffing.set_up_link(house, clock.now())
    if first is not None:
        words += f"\n  Nobody can sign in to the workplace yet. Make yourself its admin, once, at\n  {first}\n"
    helper = subprocess.Popen([sys.executable, "-m", "assessment", "worker"])
    try:
        status = serve_kept(house, lambda: click.echo(words))
    except SettingFault as fault:
        _refuse(fault)
    finally:
        _end(helper)
    sys.exit(status)


def _end(helper: subprocess.Popen[bytes]) -> None:
    helper.send_signal(signal.SIGTERM)
    try:
        helper.wait(timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        # What it was at is leased: the next worker begins it again.
        helper.kill()
        helper.wait()


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The date that `review_by` is held against.")
def check(files: tuple[Path, ...], today: datetime | None) -> None:
    """Name every fault of definitions as file:line: message; exit 1 when there is one."""
    from assessment.catalogue.report import check_command

    lines, status = check_command(files, today.date() if today else _today())
    click.echo("\n".join(lines))
    sys.exit(status)


def _today() -> date:
    return clock.now().date()


@cli.command()
@click.argument("questionnaire")
@click.argument("answers", type=_FILE, required=False)
@click.option("--persona", help="Score this persona of the definition instead of a file of answers.")
@click.option("--json", "whole", is_flag=True, help="The whole scorecard as JSON.")
def score(questionnaire: str, answers: Path | None, persona: str | None, whole: bool) -> None:
    """Score ANSWERS (YAML or JSON, question id to answer) and explain every point; needs no database."""
    from assessment import authoring

    card = _card(questionnaire, answers, persona)
    click.echo(authoring.as_json(card) if whole else authoring.explain(card))


@cli.command()
@click.argument("questionnaire")
@click.argument("answers", type=_FILE, required=False)
@click.option("--persona", help="Render this persona of the definition.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=Path("scorecard.pdf"))
def render(questionnaire: str, answers: Path | None, persona: str | None, output: Path) -> None:
    """Make the PDF of a persona or of ANSWERS; needs no database."""
    from assessment import authoring

    made = authoring.pdf_of(_card(questionnaire, answers, persona))
    output.write_bytes(made.content)
    click.echo(f"{output}: {made.pages} pages, {len(made.content) // 1024} KB")


def _card(questionnaire: str, answers: Path | None, persona: str | None) -> Scorecard:
    from assessment import authoring

    settings = _settings()
    entry, beside = authoring.find_questionnaire(questionnaire, settings.questionnaires, clock.now())
    return authoring.report_of(entry, beside, authoring.answers_from(entry, answers, persona), settings, clock.now())


@cli.command()
@click.option("--all", "everything", is_flag=True, help="Delivered ones too.")
def deliveries(everything: bool) -> None:
    """List mails that wait or failed, and documents that could not be made."""
    from assessment.listing import delivery_lines

    try:
        house = _opened(_settings())
    except SettingFault as fault:
        _refuse(fault)
    click.echo("\n".join(delivery_lines(house, everything=everything)))


@cli.command()
@click.option("--submissions", type=click.IntRange(1, 200_000), default=20_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed on the same day: the same data.")
@click.option("--remove", is_flag=True, help="Delete every submission and draft that this command made.")
def demo(submissions: int, seed: int, remove: bool) -> None:
    """Fill the workplace with invented submissions, to try it out; run again after a stop, it goes on."""
    from assessment.demonstration import running as demonstration

    try:
        prepare(_settings())
        house = _opened(_settings())
    except SettingFault as fault:
        _refuse(fault)
    bars = ExitStack()
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def begin(length: int) -> Callable[[int], object]:
        label = "Removing" if remove else "Submitting"
        return bars.enter_context(click.progressbar(length=length, label=label)).update

    try:
        with bars:
            now = clock.now()
            done = (
                demonstration.remove(house, now, begin)
                if remove
                else demonstration.make(house, submissions, seed, now, begin)
            )
    except KeyboardInterrupt:  # SIGTERM as well
        click.echo("Stopped. The same command goes on from here.", err=True)
        sys.exit(130)
    click.echo(f"{'Removed' if remove else 'Added'} {done}")


@cli.group()
def consultant() -> None:
    """The firm's people who sign in to the workplace."""


@consultant.command()
@click.argument("email")
@click.option("--name", default="", help="As prospects see it on scorecards that they review.")
@click.option("--role", type=click.Choice(ROLES), default="consultant", show_default=True)
def add(email: str, name: str, role: Role) -> None:
    """Add somebody and print the link, good once and for seven days, that sets their password."""
    from assessment import staffing

    try:
        prepare(_settings())
        house = _opened(_settings())
        link = staffing.add(house, email, name, role, clock.now())
    except (SettingFault, AddressFault, Refused) as fault:
        _refuse(fault)
    click.echo(f"Give {email} this link. It sets the password, once, within seven days:\n{link}")


cli.add_command(backing_up.backup)
cli.add_command(backing_up.restore)
cli.add_command(safeguarding.audit)
cli.add_command(safeguarding.keys)


def main() -> None:
    """The entry point."""
    tell_where_on_request()
    cli()
