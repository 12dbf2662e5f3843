"""What a calculator's file may and must say, and how blocks lend benchmarks and values."""

import pytest

from tests.catalogue.conftest import Edit

FILE = "sums.yaml"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("headline: [twice]", "headline: [thrice]", 'there is no computed value "thrice"'),
        ("headline: [twice]", "headline: [row]", 'there is no computed value "row"'),
        ("headline: [twice]", "headline: [twice, twice]", "stands twice"),
        ("headline: [twice]\n", "", "a calculator needs a headline"),
        ("result: none", "result: placement", "a calculator places nobody"),
        ("areas: []", "areas: [{id: one, title: One, weight: 0}]", "a calculator has no areas"),
        ("type: number\n        label: Other", "type: short_text\n        label: Other", "numbers and choices only"),
        (
            "        label: Other",
            "        show_if: {question: way, in: [a]}\n        label: Other",
            "leave show_if out",
        ),
        (
            "areas: []",
            "areas: []\ncontact: {when: end, require: [email], offer: [email]}",
            "asks for no contact details",
        ),
    ],
)
def test_what_a_calculator_cannot_be(edited: Edit, old: str, new: str, told: str) -> None:
    faults = [str(fault) for fault in edited(FILE, (old, new)).faults]
    assert any(told in fault for fault in faults), faults


def test_a_sound_one_loads_and_asks_a_shared_question_always(edited: Edit) -> None:
    loaded = edited(FILE)
    assert loaded.faults == ()
    assert loaded.questionnaire is not None
    assert loaded.questionnaire.questions["lent"].show_if is None
    assert [row.id for row in loaded.questionnaire.benchmarks] == ["own", "lent_row"]


def test_a_headline_is_a_calculators_alone(edited: Edit) -> None:
    faults = edited("numbers.yaml", ("kind: assessment", "kind: assessment\nheadline: [rate]")).faults
    assert any("only a calculator has a headline" in str(fault) for fault in faults)


def test_a_row_of_benchmarks_that_no_block_lends_is_named(edited: Edit) -> None:
    faults = [str(fault) for fault in edited(FILE, ("use: lent_row", "use: lent_rwo")).faults]
    assert any('no block in "use" has a benchmark "lent_rwo"; did you mean "lent_row"?' in fault for fault in faults)


def test_a_file_may_add_points_to_a_value_of_its_block_and_change_nothing_else(edited: Edit) -> None:
    worth = "computed:\n  halved: {score: {area: one, weight: 1, points: [[0, 0], [10, 1]]}}\n"
    changed = "computed:\n  halved: {title: Other, unit: number, formula: lent}\n"
    faults = [str(fault) for fault in edited(FILE, ("computed:\n", changed)).faults]
    assert any('"halved" stands twice' in fault for fault in faults)
    # The area is missing, so the points arrived at the value: that is the fault that is told.
    again = [str(fault) for fault in edited(FILE, (changed, worth)).faults]
    assert any('there is no area "one"' in fault for fault in again), again
