"""The attack on releases finds nobody, though most of what is safe is shown; without the audit it finds people."""

from assessment.core.survey import ASKED
from tests.survey_attack import betrayed, isolated, run


def test_nobody_is_singled_out_and_most_safe_cells_are_shown() -> None:
    safe = shown = releases = 0
    for seed in range(12):
        reading = run(seed)
        assert isolated(reading) == set(), seed
        assert betrayed(reading) == set(), seed
        good, told = reading.safe_and_shown()
        safe, shown, releases = safe + good, shown + told, releases + len(reading.releases)
    assert releases > 50
    assert shown >= 0.8 * safe


def test_nobody_is_singled_out_by_of_how_many_a_question_is_told() -> None:
    readings = [run(seed, skips=True) for seed in range(6)]
    assert [isolated(reading) for reading in readings] == [set()] * 6
    told = [reading.last_told() for reading in readings]
    assert sum(any(f".{ASKED}." in key for key in cells) for cells in told) >= 3


def test_groups_of_five_alone_single_people_out() -> None:
    """The attack is worth something: the same surveys without the audit give people away."""
    assert sum(bool(isolated(run(seed, audited=False))) for seed in range(10)) >= 8


def test_a_few_newcomers_alike_give_themselves_away_without_the_audit() -> None:
    assert any(betrayed(run(seed, audited=False)) for seed in range(40))
