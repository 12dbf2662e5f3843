"""What Priya typed stays out of her report, cover and receipt alike, until the address is known to be hers."""

from dataclasses import replace

import pytest

from assessment.delivery.making import printable_texts, printable_unit
from assessment.store.people import Person
from tests.delivery.desk import NOW

UNCONFIRMED = Person(
    id=1, response_id=1, name="Priya Raman", email="priya@northfield.example", role=None, company=None,
    confirmed_at=None,
)  # fmt: skip


@pytest.mark.parametrize("unit", ["Imaging, northern Europe", "Imaging", "Call 555 0100 now"])
@pytest.mark.parametrize("person", [None, UNCONFIRMED, replace(UNCONFIRMED, confirmed_at=NOW)])
def test_the_unit_is_printed_under_the_rule_of_every_typed_answer(person: Person | None, unit: str) -> None:
    texts, printed = printable_texts(person, {"unit": unit}), printable_unit(person, unit)
    assert printed == (None if texts is None else texts["unit"])
    assert (printed is None) is (person is None or person.confirmed_at is None)
