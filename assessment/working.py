"""Running a worker: who the mails come from, where their links lead, and when it stops."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from assessment import clock, metrics, rendering
from assessment.actions import auditing, calculating, counting, inviting, notifying, peering
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.actions.owning import unit_answered_for
from assessment.delivery import account_mail, invitation_mail, team_mail
from assessment.delivery.exporting import ABANDONED, Exporter, forget_abandoned
from assessment.delivery.letters import Letterhead, Written
from assessment.delivery.mailer import Mailer, OutboxMailer, SmtpMailer
from assessment.delivery.measuring import QueueCollector
from assessment.delivery.renderer import Renderer
from assessment.delivery.slot import worker_slot
from assessment.delivery.watching import watch
from assessment.delivery.worker import Retention, Worker
from assessment.installing import links_of
from assessment.settings import Settings
from assessment.stopping import stop_asked
from assessment.store.database import reading, settle
from assessment.store.documents import Source
from assessment.store.notices import Notice

MAIL_FILES_KEPT = timedelta(days=30)
"""How long a mail that was filed instead of sent lies in the outbox."""
_LOOK_SECONDS = 0.1


def mailer_of(settings: Settings) -> Mailer:
    """A mail server when one is set, otherwise the outbox folder."""
    if not settings.smtp_host:
        return OutboxMailer(settings.outbox)
    return SmtpMailer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        user=settings.smtp_user,
        password=settings.smtp_password,
        security=settings.smtp_security,
    )


def _letterhead(settings: Settings, links: Links) -> Letterhead:
    return Letterhead(
        sender=settings.mail_from,
        sender_name=settings.firm,
        reply_to=settings.contact_email,
        owner_link=lambda kept, index: links.address("mailed", kept.public_id, kept.epoch, tie=links.tie_of(index)),
        not_me_link=lambda kept, index: (
            f"{links.public_url}/not-me/{links.token('not-me', kept.public_id, kept.epoch, links.tie_of(index))}"
        ),
    )


def _resume(house: Installation, links: Links, notice: Notice) -> Written | None:
    if notice.about is None:
        return None
    link = links.address("resume", notice.about.public_id, notice.about.epoch)
    return rendering.resume_mail(house.settings.brand, link, house.settings.draft_days)


WORDS: dict[str, Callable[[Installation, Links, Notice], Written | None]] = {
    "resume": _resume,
    "submission": team_mail.submission,
    "digest": team_mail.digest,
    "invitation": invitation_mail.invitation,
    **dict.fromkeys(account_mail.KINDS, account_mail.account),
}
"""What writes each kind of notice."""


def build_worker(
    house: Installation,
    renderer: Renderer,
    owner: str,
    *,
    now: Callable[[], datetime] | None = None,
    mailer: Mailer | None = None,
) -> Worker:
    """A worker of this installation, with the clock and the mailer of its settings unless others are given."""
    settings, links, now = house.settings, links_of(house), now or clock.now
    return Worker(
        house.engine,
        house.keyring,
        mailer or mailer_of(settings),
        renderer,
        now,
        owner=owner,
        letterhead=_letterhead(settings, links),
        notice_words=lambda notice: WORDS[notice.kind](house, links, notice),
        unit_of=lambda source: _unit(house, source),
        chores=_chores(house),
        retention=Retention(
            drafts=timedelta(days=settings.draft_days),
            contact_months=settings.contact_months,
            zone=ZoneInfo(settings.time_zone),
        ),
        exporter=Exporter(
            house.engine,
            house.keyring,
            now,
            owner,
            questionnaire_of=house.questionnaire,
            zone=ZoneInfo(settings.time_zone),
            folder=_exporting(settings),
        ),
    )


def _exporting(settings: Settings) -> Path:
    """Where an export's rows wait in files while it is made."""
    return settings.home / "exporting"


def _chores(house: Installation) -> tuple[Callable[[datetime], object], ...]:
    domain = house.settings.mail_from.rpartition("@")[2]
    return (
        lambda now: notifying.queue_digests(house, now, lambda: f"<{clock.submission_key()}@{domain}>"),
        lambda now: inviting.forget_old(house, now),
        lambda now: counting.count_due(house, now, clock.submission_key),
        lambda now: peering.listen(house, now),
        lambda now: calculating.forget_old(house, now),
        lambda now: OutboxMailer(house.settings.outbox).forget_before(now - MAIL_FILES_KEPT),
        lambda now: forget_abandoned(_exporting(house.settings), now - ABANDONED),
        lambda _now: settle(house.engine),  # what retention just erased is not left in the write-ahead log
    )


def _unit(house: Installation, source: Source) -> str | None:
    with reading(house.engine) as connection:
        return unit_answered_for(house.questionnaire(connection, source.version), source.texts)


def work(house: Installation, *, once: bool = False) -> None:
    """Make documents and send mails until SIGTERM (what was begun is finished), or `once` what is due."""
    with worker_slot(house.settings.home) as owner, Renderer() as renderer:
        worker = build_worker(house, renderer, owner)
        if once:
            while worker.step():
                pass
            auditing.seal_head(house, clock.now())
            return
        metrics.REGISTRY.register(QueueCollector(house.engine, clock.now))
        asked, stop = stop_asked(), threading.Event()
        working = threading.Thread(target=worker.run, args=(stop,), name="mails")
        watching = threading.Thread(target=watch, args=(house, clock.now, stop), name="audit log")
        working.start()
        watching.start()
        while working.is_alive() and not asked():
            time.sleep(_LOOK_SECONDS)
        stop.set()
        working.join()
        watching.join()
