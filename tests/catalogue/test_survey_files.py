"""What a survey's file may and must say."""

import pytest

from tests.catalogue.conftest import Edit

FILE = "worries.yaml"


def test_a_sound_survey_loads(edited: Edit) -> None:
    loaded = edited(FILE)
    assert (loaded.faults, loaded.warnings) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("survey: {results: link, top: worries}\n", "", "a survey needs a survey part"),
        ("results: link", "results: everybody", "must be one of public, link"),
        ("top: worries", "top: worry", 'there is no question "worry"; did you mean "worries"?'),
        ("top: worries", "top: mood", "top is a ranking or a choice"),
        ("contact: {offer: []}", "contact: {offer: [email]}", "a survey asks for no contact details"),
        ("contact: {offer: []}\n", "", "a survey asks for no contact details"),
        ("result: none", "result: placement", "a survey has no score"),
        ("scored: false, ", "", "a survey scores nothing"),
        ("type: scale, min: 1, max: 3, scored: false", "type: short_text", "asks only what can be counted"),
        ("type: scale, min: 1, max: 3, scored: false", "type: number", "asks only what can be counted"),
        ("areas: []\n", "areas: []\nat_hand: [{what: A, why: B}]\n", "a survey has no at hand"),
        ("worries: [money, staff]", "worries: [money]", '"worries" puts 2 answers in order, not 1'),
        ("expect: {fits: tiny}", "expect: {fits: numbers}", "the assessment that fits is tiny, expected numbers"),
        ("name: Priya\n", "name: Priya\n    sample: true\n", "it shows no sample of one"),
        ("type: scale, min: 1", "type: scale, ranks: 2, min: 1", '"ranks" has no meaning for the type scale'),
    ],
)
def test_what_a_survey_cannot_be(edited: Edit, old: str, new: str, told: str) -> None:
    faults = [str(fault) for fault in edited(FILE, (old, new)).faults]
    assert any(told in fault for fault in faults), faults


def test_what_no_other_kind_can_have(edited: Edit) -> None:
    changes = (("kind: survey", "kind: assessment"), ("contact: {offer: []}\n", ""))
    faults = " ".join(str(fault) for fault in edited(FILE, *changes).faults)
    assert "a questionnaire of the kind assessment has no survey part" in faults
    assert "fits belongs in a survey" in faults


def test_a_first_place_that_leads_nowhere_is_a_warning(edited: Edit) -> None:
    warnings = [str(warning) for warning in edited(FILE, ("text: Staff, fits: tiny", "text: Staff")).warnings]
    assert any('answer "staff": whoever puts this first is led to no assessment' in each for each in warnings), warnings


def test_every_answer_that_fits_an_assessment_is_a_link_to_it(edited: Edit) -> None:
    links = edited(FILE).links
    assert [(link.to, link.live) for link in links] == [("tiny", False)] * 3
