"""Passkeys: adding one to an account, taking it away, and using it to sign in."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from assessment.actions.installation import Gone, Installation
from assessment.actions.signing_in import QUARTER, TRIES_NETWORK
from assessment.actions.staffing import Refused, subject_of
from assessment.store import audit, credentials, notices, passkeys
from assessment.store.attempts import Limit
from assessment.store.credentials import Credentials
from assessment.store.database import reading, writing
from assessment.store.passkeys import Passkey

MOST = 10
"""Passkeys of one account."""


def limits(house: Installation, network: str) -> tuple[Limit, ...]:
    """How often a network may try a passkey."""
    return (Limit(subject=house.keyring.subject(network), kind="passkey", most=TRIES_NETWORK, within=QUARTER),)


def of_account(house: Installation, account_id: int) -> list[Passkey]:
    """An account's passkeys, oldest first."""
    with reading(house.engine) as connection:
        return passkeys.of_account(connection, house.keyring, account_id)


def handle_of(house: Installation, account_id: int) -> str:
    """What devices know an account by: a keyed hash, 64 hex digits, that says nothing of the person."""
    return house.keyring.subject(f"passkeys of {subject_of(account_id)}")


def add(
    house: Installation,
    who: Credentials,
    *,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    backed_up: bool,
    device: str,
    message_id: str,
    now: datetime,
) -> None:
    """Keep a device's new passkey, and tell the account's address. Raises `Refused` for one too many or a known one."""
    try:
        with writing(house.engine) as connection:
            if len(passkeys.of_account(connection, house.keyring, who.id)) >= MOST:
                raise Refused(f"An account has at most {MOST} passkeys. Remove one first.")
            passkeys.add(
                connection, house.keyring, account_id=who.id, credential_id=credential_id, public_key=public_key,
                sign_count=sign_count, name=name, backup_state=backed_up, device_type=device, now=now,
            )  # fmt: skip
            credentials.store(connection, who.id, {"passkey_handle": handle_of(house, who.id)})
            audit.note(connection, now, subject_of(who.id), "passkey.added", subject_of(who.id))
            notices.add(
                connection, house.keyring, kind="passkey", email=who.email, message_id=message_id, now=now,
                account_id=who.id,
            )  # fmt: skip
    except IntegrityError:
        raise Refused("This passkey is known already.") from None


def remove(house: Installation, account_id: int, id_: int, now: datetime) -> None:
    """Take one of an account's passkeys away; raises `Gone` when it has none such."""
    with writing(house.engine) as connection:
        if not passkeys.delete_one(connection, account_id, id_):
            raise Gone(subject_of(account_id))
        audit.note(connection, now, subject_of(account_id), "passkey.removed", subject_of(account_id))


def find(house: Installation, credential_id: bytes) -> tuple[Passkey, Credentials] | None:
    """A passkey and whose it is, while that account is active."""
    with reading(house.engine) as connection:
        known = passkeys.find(connection, house.keyring, credential_id)
        who = credentials.by_id(connection, house.keyring, known.account_id) if known else None
    return (known, who) if known and who and who.active else None


def use(house: Installation, id_: int, sign_count: int, now: datetime) -> bool:
    """Note a use; False when the key's counter did not grow, as with a copied key."""
    with writing(house.engine) as connection:
        return passkeys.use(connection, id_, sign_count, now)
