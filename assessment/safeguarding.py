"""The command line's way to what guards the installation: the audit log's chain, and the keys of what is encrypted."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import click

from assessment import clock
from assessment.actions import auditing, rotating
from assessment.actions.installation import Installation
from assessment.actions.rotating import Found
from assessment.installing import install
from assessment.settings import SettingFault, read_settings
from assessment.store.audit_walk import Misfit
from assessment.store.database import UNAVAILABLE
from assessment.store.secrets_file import Busy, KeyFault, SealingKey

_DIGEST_DIGITS = 64

Advance = Callable[[int], object]
Begin = Callable[[int], Advance]


class Refusal(click.ClickException):
    """Something that cannot be done now, said in one line; exit status 2."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Say it."""
        click.echo(f"assessment: {self.message}", err=True)


@contextmanager
def _house() -> Iterator[Installation]:
    try:
        house = install(read_settings())
    except SettingFault as fault:
        raise Refusal(str(fault)) from None
    try:
        yield house
    except UNAVAILABLE as error:
        raise Refusal(f"the database is away or busy ({type(error).__name__}); run the same command again") from None
    except (Busy, KeyFault, rotating.NotYet) as fault:
        raise Refusal(str(fault)) from None
    finally:
        house.engine.dispose()


@contextmanager
def _bars(label: str) -> Iterator[Begin]:
    """Begins a progress bar on the terminal once its length is known."""
    with ExitStack() as bars:

        def begin(length: int) -> Advance:
            made = click.progressbar(length=length, label=label, file=sys.stderr)
            return bars.enter_context(made).update

        yield begin


@click.group()
def audit() -> None:
    """The audit log."""


class _Head(click.ParamType[tuple[int, str]]):
    name = "COUNT:DIGEST"

    def convert(
        self, value: str | tuple[int, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, str]:
        """A head as `verify` and the worker's log print it."""
        if isinstance(value, tuple):
            return value
        count, _, digest = value.partition(":")
        if not count.isdecimal() or len(digest) != _DIGEST_DIGITS:
            self.fail(f"{value!r} is not a number, a colon and {_DIGEST_DIGITS} hex digits", param, ctx)
        return int(count), digest.lower()


@audit.command()
@click.option("--expect", type=_Head(), help="A head kept elsewhere: the log must still contain it.")
def verify(expect: tuple[int, str] | None) -> None:
    """Walk the whole log: every row follows from the one before, every seal stands, none is gone; else exit 1."""
    with _house() as house:
        try:
            with _bars("Checking") as begin:
                place, seals = auditing.verify(house, begin, clock.now(), expect)
        except Misfit as misfit:
            click.echo(f"The audit log is not what was written: {misfit}", err=True)
            click.get_current_context().exit(1)
    sealed = seals[-1].number if seals else 0
    click.echo(f"{place.number:,} rows fit, {sealed:,} of them sealed by {len(seals):,} seals")
    click.echo(f"Head {place.head}")
    if place.number and not seals:
        click.echo("No row is sealed yet: the worker does it once an hour")


@click.group()
def keys() -> None:
    """The keys that contact details and typed words are encrypted with."""


@keys.command()
def status() -> None:
    """How many keys there are, how old, and how many values each sealed."""
    with _house() as house, _bars("Looking") as begin:
        found = rotating.status(house, begin)
    click.echo("\n".join(_told(found, clock.now())))


def _told(found: Found, now: datetime) -> Iterator[str]:
    for number, key in enumerate(found.keys):
        part = "seals" if number == 0 else "only opens"
        yield f"key {key.id}  {_age(key, now)}  {part}  {found.values[key.id]:,} values"
    if len(found.keys) > 1:
        more = "`assessment keys rotate`" if found.under_old else "`assessment keys rotate --drop-old`"
        yield f"A rotation is not finished: {more} goes on"
    if found.strange:
        yield f"{len(found.strange):,} values open with none of these keys, the first: {found.strange[0]}"
    yield "The index key and the signing key never change"


def _age(key: SealingKey, now: datetime) -> str:
    if key.added is None:
        return "of unknown age"
    return f"added {key.added.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({(now - key.added) // timedelta(days=1)} days)"


@keys.command()
@click.option("--drop-old", is_flag=True, help="Take the old key away, an hour after at the earliest.")
def rotate(drop_old: bool) -> None:
    """Encrypt everything anew with a new key, while web and workers run; stopped, the same command goes on."""
    with _house() as house:
        if drop_old:
            with _bars("Looking") as begin:
                gone = rotating.drop_old(house, clock.now(), begin)
            click.echo(f"Dropped {gone}; back up the secrets file now" if gone else "There is no old key")
            return
        with _bars("Encrypting") as begin:
            done = rotating.rotate(house, clock.now(), begin)
    click.echo(
        f"{done:,} values are under the new key. Back up the secrets file now; in an hour or later take the old key "
        "away: assessment keys rotate --drop-old"
    )
