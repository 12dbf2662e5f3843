"""Whatever an author does to a file, the checker answers with faults at lines and never breaks down."""

from hypothesis import given
from hypothesis import strategies as st

from assessment.catalogue.checks import check
from assessment.catalogue.resolve import resolve
from assessment.catalogue.shape import shape
from assessment.catalogue.shelf import Shelf
from assessment.catalogue.source import walk
from tests.catalogue.conftest import FEATURES, TODAY

NAMES = ("tiny", "every-type", "routing", "numbers", "gates", "placement")
LINES = {name: (FEATURES / f"{name}.yaml").read_text().splitlines() for name in NAMES}
ALL_LINES = [line for lines in LINES.values() for line in lines] + ["", "x", "- x", "a: b", "  id: n", "    in: [none]"]
LIBRARY = Shelf(FEATURES)


@given(
    st.sampled_from(NAMES), st.lists(st.tuples(st.integers(0, 80), st.sampled_from(ALL_LINES)), min_size=1, max_size=3)
)
def test_lines_out_of_place(name: str, swaps: list[tuple[int, str]]) -> None:
    lines = list(LINES[name])
    for place, line in swaps:
        lines[place % len(lines)] = line
    _check("\n".join(lines))


@given(
    st.sampled_from(NAMES),
    st.integers(0, 3000),
    st.integers(0, 40),
    st.sampled_from(["", "-1", "true", "[]", "{}", "T01"]),
)
def test_letters_out_of_place(name: str, start: int, length: int, instead: str) -> None:
    text = "\n".join(LINES[name])
    start %= len(text)
    _check(text[:start] + instead + text[start + length :])


def _check(text: str) -> None:
    tree = walk(text, "a.yaml")
    if tree.root is None:
        assert tree.faults
        return
    resolved = resolve(tree.root, LIBRARY)
    shaped = shape(resolved.root)
    faults = [*tree.faults, *resolved.faults, *shaped.faults]
    assert shaped.questionnaire is not None or faults
    if shaped.questionnaire is not None:
        sheet = check(shaped.questionnaire, shaped.root, shaped.ghosts | resolved.ghosts, TODAY, sound=not faults)
        faults += sheet.faults
    assert all(fault.line >= 1 and fault.message for fault in faults)
