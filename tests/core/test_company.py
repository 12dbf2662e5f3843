"""One company under the spellings people use, and the words that something is found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.core.company import LENGTH, company_key
from assessment.core.search_words import MOST, words_of


@pytest.mark.parametrize(
    "name",
    [
        "Northfield Systems",
        "northfield  systems",
        "Northfield Systems, Inc.",
        "NORTHFIELD SYSTEMS GmbH",
        "Nörthfield-Systems",
    ],
)
def test_spellings_of_one_company_stand_together(name: str) -> None:
    assert company_key(name) == "northfield systems"


@pytest.mark.parametrize(("one", "other"), [("Acme Labs", "Acme"), ("Łódź AG", "Lodz"), ("株式会社", "有限会社")])
def test_other_companies_stay_apart(one: str, other: str) -> None:
    assert company_key(one) != company_key(other)


def test_a_name_that_is_only_a_legal_form_keeps_it() -> None:
    assert company_key("The Group") == "the group"
    assert company_key("S.A.") == "sa"
    assert company_key(" -- ") == ""


@given(st.text(max_size=400))
def test_the_key_is_stable_and_short(name: str) -> None:
    key = company_key(name)
    assert len(key) <= LENGTH
    assert company_key(key) in {key, company_key(key)}
    assert key == key.strip()


def test_an_address_is_found_whole_by_domain_and_by_its_words() -> None:
    assert {"zoe", "o", "neil", "northfield"} <= words_of("Zoë O'Neil <zoe@northfield.example>")
    assert {"zoe@northfield.example", "northfield.example"} <= words_of("zoe@northfield.example")


@given(st.text(max_size=3000))
def test_words_are_bounded(text: str) -> None:
    assert len(words_of(text)) <= 3 * MOST
