"""The attack on releases finds nobody, though most of what is safe is shown; without the audit it finds people."""

from tests.survey_attack import isolated, run


def test_nobody_is_singled_out_and_most_safe_cells_are_shown() -> None:
    safe = shown = releases = 0
    for seed in range(12):
        reading = run(seed)
        assert isolated(reading) == set(), seed
        good, told = reading.safe_and_shown()
        safe, shown, releases = safe + good, shown + told, releases + len(reading.releases)
    assert releases > 50
    assert shown >= 0.8 * safe


def test_groups_of_five_alone_single_people_out() -> None:
    """The attack is worth something: the same surveys without the audit give people away."""
    assert sum(bool(isolated(run(seed, audited=False))) for seed in range(10)) >= 8
