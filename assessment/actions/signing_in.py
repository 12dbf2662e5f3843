"""Signing in and what belongs to it: passwords, second factors, recovery codes, browsers, and limits on tries."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from assessment import metrics
from assessment.actions.installation import Gone, Installation
from assessment.actions.one_time import Named, OneTimeLinks, state_of
from assessment.actions.staffing import subject_of
from assessment.core.mail_address import mailbox
from assessment.store import accounts, attempts, audit, credentials, notices, sign_ins
from assessment.store.attempts import Limit
from assessment.store.credentials import Credentials
from assessment.store.database import reading, writing

QUARTER = timedelta(minutes=15)
_DAY = timedelta(days=1)
TRIES_ADDRESS, TRIES_NETWORK, TRIES_FACTOR, RESETS_ADDRESS, RESETS_NETWORK = 10, 50, 5, 5, 30


def sign_in_limits(house: Installation, email: str, network: str) -> tuple[Limit, ...]:
    """How often a password may be tried: for an address, whether or not it has an account, and from a network."""
    subject = house.keyring.subject
    return (
        Limit(subject=subject(mailbox(email)), kind="sign-in", most=TRIES_ADDRESS, within=QUARTER),
        Limit(subject=subject(network), kind="sign-in", most=TRIES_NETWORK, within=QUARTER),
    )


def reset_limits(house: Installation, email: str, network: str) -> tuple[Limit, ...]:
    """How often a reset may be asked for."""
    subject = house.keyring.subject
    return (
        Limit(subject=subject(mailbox(email)), kind="reset", most=RESETS_ADDRESS, within=_DAY),
        Limit(subject=subject(network), kind="reset", most=RESETS_NETWORK, within=_DAY),
    )


def factor_limits(house: Installation, account_id: int) -> tuple[Limit, ...]:
    """How often a second factor, or the current password once more, may be tried for one account."""
    subject = house.keyring.subject(subject_of(account_id))
    return (Limit(subject=subject, kind="factor", most=TRIES_FACTOR, within=QUARTER),)


def take_try(house: Installation, limits: Sequence[Limit], now: datetime) -> tuple[int, ...] | None:
    """Count a try before it is looked at; None when a limit is reached."""
    with writing(house.engine) as connection:
        return attempts.take(connection, limits, now)


def give_back(house: Installation, tries: Sequence[int]) -> None:
    """A try that succeeded is not counted."""
    with writing(house.engine) as connection:
        attempts.give_back(connection, tries)


def find(house: Installation, *, email: str | None = None, account_id: int = 0) -> Credentials | None:
    """What an account signs in with, by address or id."""
    with reading(house.engine) as connection:
        if email is not None:
            return credentials.by_email(connection, house.keyring, email)
        return credentials.by_id(connection, house.keyring, account_id)


def named(house: Installation, link: Named | None) -> Credentials | None:
    """The account that a link is for, while that link still works."""
    who = find(house, account_id=link.account_id) if link else None
    good = who is not None and link is not None and who.active and state_of(who.uniquifier) == link.state
    return who if good else None


def has_accounts(house: Installation) -> bool:
    """Whether somebody can be signed in at all."""
    with reading(house.engine) as connection:
        return accounts.any_at_all(connection)


def begin(house: Installation, who: Credentials, *, key_index: str, browser: str, now: datetime) -> None:
    """A browser is signed in from now on; raises `Gone` when the account was ended or changed meanwhile."""
    with writing(house.engine) as connection:
        if not credentials.note_sign_in(connection, who.id, who.uniquifier, now):
            raise Gone(subject_of(who.id))
        sign_ins.begin(connection, key_index=key_index, account_id=who.id, browser=browser, now=now)
        audit.note(connection, now, subject_of(who.id), "signed.in", subject_of(who.id))


def end(house: Installation, account_id: int, now: datetime, *, only: int | None = None, but: int = 0) -> None:
    """End one browser of an account, or all but one."""
    with writing(house.engine) as connection:
        if sign_ins.end(connection, account_id, now, only=only, but=but):
            audit.note(connection, now, subject_of(account_id), "sign_in.ended", subject_of(account_id))


def sign_out(house: Installation, account_id: int, sign_in_id: int, now: datetime) -> None:
    """End this browser's sign-in."""
    with writing(house.engine) as connection:
        sign_ins.end(connection, account_id, now, only=sign_in_id)
        audit.note(connection, now, subject_of(account_id), "signed.out", subject_of(account_id))


def note_failure(house: Installation, account_id: int, action: str, now: datetime) -> None:
    """Record that signing in failed; also for no account (0), so that the answer takes as long."""
    metrics.sign_in_failures.inc()
    with writing(house.engine) as connection:
        audit.note(connection, now, "visitor", action, subject_of(account_id) if account_id else "no account")


def ask_reset(house: Installation, email: str, links: OneTimeLinks, message_id: str, now: datetime) -> None:
    """Mail a link that sets a new password, if the address has an account; otherwise do nothing that shows."""
    with writing(house.engine) as connection:
        who = credentials.by_email(connection, house.keyring, email)
        if who is None or not who.active:
            house.keyring.seal(email)  # as long as the branch below, which writes too
            audit.note(connection, now, "visitor", "password.reset_asked", "no account")
            return
        kind = "reset" if who.password else "welcome"
        link = links.address("reset" if who.password else "welcome", now, who.id, who.uniquifier)
        audit.note(connection, now, subject_of(who.id), "password.reset_asked", subject_of(who.id))
        notices.add(
            connection, house.keyring, kind=kind, email=who.email, message_id=message_id, now=now,
            account_id=who.id, payload={"link": link},
        )  # fmt: skip


def set_password(
    house: Installation,
    who: Credentials,
    *,
    password: str,
    uniquifier: str,
    message_id: str,
    now: datetime,
    keep: int = 0,
    action: str = "password.reset",
) -> None:
    """Set a password's hash: every link and every browser but `keep` ends. Raises `Gone` when somebody was faster."""
    with writing(house.engine) as connection:
        if not credentials.set_password(
            connection, who.id, uniquifier=who.uniquifier, password=password, then=uniquifier
        ):
            raise Gone(subject_of(who.id))
        sign_ins.end(connection, who.id, now, but=keep)
        audit.note(connection, now, subject_of(who.id), action, subject_of(who.id))
        if who.password:
            notices.add(
                connection, house.keyring, kind="password", email=who.email, message_id=message_id, now=now,
                account_id=who.id,
            )  # fmt: skip


def set_second_factor(
    house: Installation,
    who: Credentials,
    *,
    secret: str,
    counter: int,
    codes: Sequence[str],
    message_id: str,
    now: datetime,
    keep: int = 0,
) -> None:
    """Use an authenticator app from now on, with encrypted secret and codes; other browsers end.

    Raises `Gone` when the account's password or second factor is no longer what `who` says.
    """
    with writing(house.engine) as connection:
        now_there = credentials.by_id(connection, house.keyring, who.id)
        if now_there is None or (now_there.uniquifier, now_there.totp_secret) != (who.uniquifier, who.totp_secret):
            raise Gone(subject_of(who.id))
        values = {"two_factor": "authenticator", "totp_secret": secret, "totp_counter": counter}
        credentials.store(connection, who.id, {**values, "recovery_codes": codes})
        sign_ins.end(connection, who.id, now, but=keep)
        audit.note(connection, now, subject_of(who.id), "two_factor.set", subject_of(who.id))
        if who.two_factor:
            notices.add(
                connection, house.keyring, kind="factor", email=who.email, message_id=message_id, now=now,
                account_id=who.id,
            )  # fmt: skip


def set_recovery_codes(house: Installation, account_id: int, codes: Sequence[str], now: datetime) -> None:
    """Replace the recovery codes by new, encrypted ones."""
    with writing(house.engine) as connection:
        credentials.store(connection, account_id, {"recovery_codes": codes})
        audit.note(connection, now, subject_of(account_id), "recovery.made", subject_of(account_id))


def use_counter(house: Installation, account_id: int, counter: int) -> bool:
    """Take a time step of the authenticator app; False when it was used before."""
    with writing(house.engine) as connection:
        return credentials.use_counter(connection, account_id, counter)


def use_recovery_code(house: Installation, who: Credentials, index: int, now: datetime) -> bool:
    """Take one of the recovery codes off an account; False when another request was faster."""
    after = who.recovery_codes[:index] + who.recovery_codes[index + 1 :]
    with writing(house.engine) as connection:
        done = credentials.use_recovery_code(connection, who.id, who.recovery_codes, after)
        if done:
            audit.note(connection, now, subject_of(who.id), "recovery.used", subject_of(who.id), f"{len(after)} left")
        return done


def set_own(house: Installation, account_id: int, *, name: str, notify: str, now: datetime) -> None:
    """Change one's own name and which mails come."""
    with writing(house.engine) as connection:
        accounts.change(connection, account_id, {"sealed_name": house.keyring.seal(name), "notify": notify})
        audit.note(connection, now, subject_of(account_id), "account.changed", subject_of(account_id), notify)
