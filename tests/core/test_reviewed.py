"""A review laid over a scorecard: the consultant's order and words, and a snapshot that stays what it was."""

from dataclasses import replace

import pytest

from assessment.core import reviewed
from assessment.core.reviewed import MOST_ADVICE, OWN, Content, Own, Signature, Signed, Unfit, apply
from assessment.core.typed_text import BREAK, clean_lines
from tests.samples import NO_STAGE, RENEWAL

BY = Signature(name="Carl Moreau", role="Consultant", firm="Meridian Advisory", on="2026-11-22T10:00:00+01:00")
MINE = Own(title="Name an owner", gap="Nobody", first_action="List", measure="Share", within=21, effort="low")
FIRST, SECOND = (item.id for item in RENEWAL.advice[:2])


def signed(**content: object) -> Signed:
    return Signed(content=Content(**content), by=BY, issue=1)  # type: ignore[arg-type]


def test_the_consultants_order_stands_and_the_snapshot_stays() -> None:
    before = replace(RENEWAL)
    shown = apply(RENEWAL, signed(picks=(SECOND, OWN, FIRST), own=MINE))
    assert [item.id for item in shown.card.advice] == [SECOND, OWN, FIRST]
    assert shown.card.advice[0] == RENEWAL.advice[1]
    own = shown.card.advice[1]
    assert (own.title, own.gap, own.within, own.effort, own.gain, own.opens) == (
        "Name an owner", "Nobody", 21, "low", None, None,
    )  # fmt: skip
    assert shown.added == OWN
    assert before == RENEWAL
    assert replace(shown.card, advice=RENEWAL.advice) == RENEWAL


def test_a_comment_alone_is_a_review_and_nothing_at_all_is_none() -> None:
    shown = apply(NO_STAGE, signed(comment="Read this first.\n\nThen call."))
    assert shown.comment == (("Read this first.",), ("Then call.",))
    assert (shown.card.advice, shown.added) == ((), None)
    assert reviewed.unready(Content(comment="Read this first.")) == {}
    assert reviewed.unready(Content(picks=(FIRST,))) == {}
    assert set(reviewed.unready(Content())) == {"comment"}


@pytest.mark.parametrize(
    "content",
    [
        {"picks": ("of_another_scorecard",)},
        {"picks": (FIRST, FIRST)},
        {"picks": (OWN,)},
        {"picks": (FIRST,), "own": MINE},
    ],
    ids=["unknown", "doubled", "own without words", "own without place"],
)
def test_what_is_not_this_scorecards_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(Unfit):
        apply(RENEWAL, signed(**content))


def test_seven_recommendations_are_the_most() -> None:
    many = tuple(replace(RENEWAL.advice[0], id=f"advice_{number}") for number in range(9))
    card = replace(RENEWAL, advice=many)
    assert len(reviewed.proposed(card).picks) == MOST_ADVICE
    assert len(apply(card, signed(picks=tuple(item.id for item in many[:7]))).card.advice) == MOST_ADVICE
    with pytest.raises(Unfit):
        apply(card, signed(picks=tuple(item.id for item in many[:8])))


def test_a_recommendation_of_ones_own_must_be_whole_before_it_is_shown() -> None:
    part = replace(MINE, measure="", effort=None)
    assert set(reviewed.unready(Content(comment="x", picks=(OWN,), own=part))) == {"own_measure", "own_effort"}
    assert reviewed.unready(Content(picks=(OWN,), own=MINE)) == {}


def test_issues_are_counted_in_words() -> None:
    ordinals = [apply(RENEWAL, replace(signed(), issue=number)).ordinal for number in (1, 2, 10, 11, 21)]
    assert ordinals == ["first", "second", "tenth", "further", "further"]


def test_long_words_get_breaks_for_the_typesetter_only_where_somebody_typed() -> None:
    long = "W" * 90
    shown = apply(RENEWAL, signed(comment=long, picks=(OWN, FIRST), own=replace(MINE, gap=long)))
    soft = reviewed.softened(shown)
    assert BREAK in soft.comment[0][0]
    assert BREAK in soft.card.advice[0].gap
    assert soft.card.advice[1] is shown.card.advice[1]
    assert soft.comment[0][0].replace(BREAK, "") == long


def test_a_letter_keeps_its_paragraphs_and_loses_what_is_no_text() -> None:
    typed = "\r\n\r\nDear  Priya,\r\nhello\r\n\r\n \r\n\r\nBest\u202e\x00 regards\r\nCarl \r\n\r\n"
    assert clean_lines(typed, 2_000) == "Dear Priya,\nhello\n\nBest regards\nCarl"
    assert reviewed.paragraphs("Dear Priya,\nhello\n\nBest\nCarl") == (("Dear Priya,", "hello"), ("Best", "Carl"))
    assert clean_lines("see https://meridian.example/a?b=1", 2_000) == "see https://meridian.example/a?b=1"
    assert len(clean_lines("a\n" * 5_000, 2_000)) <= 2_000
