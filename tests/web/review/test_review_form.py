"""The form of a review: what was typed comes back, and two consultants' words are brought together."""

from assessment.core.reviewed import OWN, Content, Own
from assessment.forms.reviewing import digests, merge, read, sheet_of

KNOWN = ("plan", "forecast", "price")
OWN_TYPED = {
    "own_title": "Name an owner",
    "own_gap": "Nobody",
    "own_first_action": "List",
    "own_measure": "Share",
    "own_within": "21",
    "own_effort": "low",
}


def test_places_make_the_order_and_equal_or_missing_ones_stay_as_they_stood() -> None:
    places = {"place-plan": "3", "place-forecast": "1", "place-price": "", f"place-{OWN}": "1"}
    given = read(OWN_TYPED | places, ["plan", "price", "forecast"], KNOWN)
    assert given.messages == {}
    assert given.content is not None
    assert given.content.picks == ("forecast", OWN, "plan", "price")
    assert given.content.own == Own(
        title="Name an owner", gap="Nobody", first_action="List", measure="Share", within=21, effort="low"
    )


def test_a_draft_may_leave_its_own_recommendation_open_and_an_empty_one_is_none() -> None:
    part = read({"own_title": "Name an owner"}, [], KNOWN)
    assert part.content == Content(picks=(OWN,), own=Own(title="Name an owner"))
    none = read({"own_title": "  ", "own_effort": "", f"place-{OWN}": "2"}, ["plan"], KNOWN)
    assert none.content == Content(picks=("plan",))


def test_every_fault_is_said_at_its_field_and_everything_typed_stays() -> None:
    fields = {
        "comment": "x" * 2_001,
        "own_title": "t" * 121,
        "own_within": "soon",
        "own_effort": "huge",
        "place-plan": "first",
    }
    given = read(fields, ["plan", "smuggled"], KNOWN)
    assert given.content is None
    assert set(given.messages) == {"comment", "own_title", "own_within", "own_effort", "place-plan", "picks"}
    assert "2,001" in given.messages["comment"]
    assert given.sheet.comment == "x" * 2_001
    assert given.sheet.place("plan") == "first"
    assert given.sheet.own["own_within".removeprefix("own_")] == "soon"
    assert "smuggled" not in given.sheet.picks


def test_more_than_seven_and_pages_of_lines_are_too_many() -> None:
    many = [f"r{number}" for number in range(8)]
    assert "at most 7" in read({}, many, many).messages["picks"]
    assert read({}, many[:7], many).messages == {}
    assert "at most 7" in read(OWN_TYPED, many[:7], many).messages["picks"]
    assert "lines" in read({"comment": "a\n" * 70}, [], KNOWN).messages["comment"]


def test_what_only_one_changed_is_kept_for_both() -> None:
    opened = sheet_of(Content(comment="Dear Priya", picks=("plan", "price")))
    theirs = sheet_of(Content(comment="Dear Priya, hello", picks=("plan", "price")))
    mine = read({"comment": "Dear Priya", "place-price": "1", "place-plan": "2"}, ["plan", "price"], KNOWN).sheet
    merged, changes = merge(digests(opened), mine, theirs)
    assert merged.comment == "Dear Priya, hello"
    assert merged.picks == ("price", "plan")
    assert [(change.name, change.taken) for change in changes] == [("comment", True)]


def test_what_both_changed_keeps_what_was_typed_with_theirs_beside_it() -> None:
    opened = sheet_of(Content(comment="Dear Priya", picks=("plan",)))
    theirs = sheet_of(Content(comment="Dear Ms Raman", picks=("price", "plan")))
    mine = read({"comment": "Hello\r\nPriya"}, ["plan", "forecast"], KNOWN).sheet
    merged, changes = merge(digests(opened), mine, theirs)
    assert merged.comment == "Hello\r\nPriya"
    assert merged.picks == ("plan", "forecast")
    told = {change.name: (change.theirs, change.taken) for change in changes}
    assert told == {"comment": ("Dear Ms Raman", False), "picks": ("price plan", False)}


def test_a_line_end_of_the_browser_is_no_change_and_a_forged_base_loses_nothing() -> None:
    stored = sheet_of(Content(comment="One\n\nTwo"))
    mine = read({"comment": "One\r\n\r\nTwo"}, [], KNOWN).sheet
    assert merge(digests(stored), mine, stored)[1] == ()
    merged, changes = merge("nonsense", read({"comment": "Mine"}, [], KNOWN).sheet, stored)
    assert merged.comment == "Mine"
    assert [(change.name, change.taken) for change in changes] == [("comment", False)]
