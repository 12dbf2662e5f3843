"""What somebody calls their passkeys is encrypted, also where it was stored in clear before."""

from sqlalchemy import insert, select

from assessment import clock
from assessment.actions.catching_up import catch_up
from assessment.actions.installation import Installation
from assessment.store import passkeys
from assessment.store.database import reading, writing
from assessment.store.review_tables import passkey
from tests.reviewing import colleague

NAME = "Carl's blue telephone"


def test_a_new_name_is_sealed(house: Installation) -> None:
    carl = colleague(house)
    with writing(house.engine) as connection:
        passkeys.add(
            connection, house.keyring, account_id=carl.id, credential_id=b"c", public_key=b"p", sign_count=0,
            name=NAME, backup_state=False, device_type="single_device", now=clock.now(),
        )  # fmt: skip
    _holds_sealed_names(house, carl.id)


def test_names_from_before_are_sealed_at_the_next_start(house: Installation) -> None:
    carl = colleague(house)
    values = {"account_id": carl.id, "credential_id": b"c", "public_key": b"p", "sign_count": 0, "usage": "first"}
    more = {"backup_state": False, "device_type": "single_device", "created_at": clock.now(), "name": NAME}
    with writing(house.engine) as connection:
        connection.execute(insert(passkey).values(**values, **more))
    with reading(house.engine) as connection:  # meanwhile it is read as it stands
        assert [each.name for each in passkeys.of_account(connection, house.keyring, carl.id)] == [NAME]
    for _ in range(2):
        catch_up(house.engine, house.keyring)
        _holds_sealed_names(house, carl.id)


def _holds_sealed_names(house: Installation, account_id: int) -> None:
    with reading(house.engine) as connection:
        row = connection.execute(select(passkey.c.name, passkey.c.sealed_name)).one()
        assert row.name is None
        assert house.keyring.open(row.sealed_name) == NAME
        found = passkeys.find(connection, house.keyring, b"c")
        assert found is not None
        assert (found.name, found.account_id) == (NAME, account_id)
