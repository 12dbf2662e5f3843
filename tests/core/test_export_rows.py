"""What stands in which column of an export, and in the object of its JSON."""

from dataclasses import replace
from decimal import Decimal

from assessment.core.export_rows import Entry, all_sheet, as_object, counting, questionnaire_sheet
from tests.core.making import built, choice, page
from tests.delivery.export_entries import ENTRY, every_type

PERSONAL = {"Name", "E-mail", "Role", "Word", "Mail", "Essay"}


def _cells(entry: Entry = ENTRY, *, contact: bool = True) -> dict[str, object]:
    sheet = questionnaire_sheet([entry.definition], ["all"], contact=contact)
    return dict(zip(sheet.header(), sheet.row(entry), strict=True))


def test_numbers_stay_numbers_and_the_rest_is_as_people_read_it() -> None:
    cells = _cells()
    assert (cells["Count"], cells["Share (%)"], cells["Price"], cells["Grade"]) == (
        Decimal("-5"),
        Decimal("37.5"),
        Decimal("99.95"),
        Decimal(4),
    )
    assert (cells["One"], cells["Many"], cells["Rank"]) == ("I don’t know", "A; B", "1. C; 2. A; 3. B")
    assert (cells["Currency"], cells["Essay"], cells["Name"]) == ("Euro", "Nothing else.", "Priya Raman")
    assert (cells["Status"], cells["Minutes"], cells["Version"]) == ("In review", Decimal("4.2"), "01234567")
    assert (cells["Overall, at least"], cells["Overall, at most"], cells["Score: All types"]) == (50, 58, 53)


def test_without_contact_there_is_no_column_for_a_person_or_a_typed_text() -> None:
    assert set(_cells()) >= PERSONAL
    assert not PERSONAL & set(_cells(contact=False))
    assert set(all_sheet(contact=True).header()) - set(all_sheet(contact=False).header()) == {"Name", "E-mail", "Role"}


def test_who_must_not_be_contacted_may_not_be() -> None:
    cells = _cells(replace(ENTRY, do_not_contact=True))
    assert (cells["May be contacted"], cells["Do not contact"]) == ("No", "Yes")


def test_a_question_keeps_its_column_over_versions_under_its_newest_label() -> None:
    older = built(page("all", choice("x", 0, 1), choice("gone", 0, 1)))
    newer = built(page("all", choice("x", 0, 1, label="Newer label"), choice("more", 0, 1)))
    sheet = questionnaire_sheet([newer, older], [], contact=False)
    mine = replace(ENTRY, definition=older, answers={"x": "a", "gone": "b"})
    cells = dict(zip(sheet.header()[-3:], sheet.row(mine)[-3:], strict=True))
    assert list(cells.values()) == ["Option 0", None, "Option 1"]
    assert next(iter(cells)) == "Newer label"


def test_headers_that_are_alike_are_told_apart() -> None:
    asked = built(
        page("all", choice("x", 0, 1, label="Stage"), choice("y", 0, 1, label="Plan"), choice("z", 0, 1, label="Plan"))
    )
    header = questionnaire_sheet([asked], [], contact=False).header()
    assert [one for one in header if one.startswith(("Stage", "Plan"))] == [
        "Stage (1)",
        "Stage (2)",
        "Plan (1)",
        "Plan (2)",
    ]
    assert len(set(header)) == len(header)


def test_hidden_answers_are_not_exported() -> None:
    asked = built(page("all", choice("x", 0, 1), choice("y", 0, 1, show_if={"question": "x", "in": ["b"]})))
    assert counting(asked, {"x": "a", "y": "b"}, {}) == ({"x": "a"}, {})
    assert counting(asked, {"x": "b", "y": "b"}, {}) == ({"x": "b", "y": "b"}, {})


def test_the_object_has_ids_numbers_and_words() -> None:
    found = as_object(ENTRY, contact=True)
    answers = {one["question"]: (one["value"], one["text"]) for one in found["answers"]}  # type: ignore[union-attr,index,call-overload]
    assert answers["one"] == ("dont_know", "I don’t know")
    assert answers["many"] == (["a", "b"], "A; B")
    assert (answers["count"][0], answers["share"][0]) == (-5, 37.5)
    assert answers["essay"] == ("Nothing else.", "Nothing else.")
    assert found["overall"] == {"score": 53, "low": 50, "high": 58}
    assert found["contact"] == {"name": "Priya Raman", "email": "priya@northfield.example", "role": "COO"}


def test_the_object_without_contact_names_nobody() -> None:
    text = str(as_object(ENTRY, contact=False))
    for typed in (*ENTRY.contact.values(), *ENTRY.texts.values()):
        assert typed not in text
    assert every_type().questions["essay"].label not in text
