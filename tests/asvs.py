"""The table of the OWASP ASVS 5.0.0 rows that apply: `make asvs` prints it."""

import ast
import re
import textwrap
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "tests" / "asvs.toml"
WIDTH = 118


@dataclass(frozen=True)
class Row:
    """One requirement: what it asks in our own words, how far it is met, and what proves it."""

    id: str
    part: str
    asks: str
    status: str
    proof: tuple[str, ...]
    reason: str = ""

    @property
    def automated(self) -> bool:
        """Whether a test proves it, and not a document alone."""
        return any(one.startswith("tests/") for one in self.proof)


def rows() -> list[Row]:
    """The table as the file has it; raises `TypeError` for a key that no row has."""
    return [Row(**{**row, "proof": tuple(row["proof"])}) for row in tomllib.loads(TABLE.read_text())["row"]]


@cache
def tests_of(path: Path) -> frozenset[str]:
    """The names of the tests in a file."""
    return frozenset(node.name for node in ast.walk(ast.parse(path.read_text())) if _is_test(node))


def _is_test(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def anchors_of(path: Path) -> set[str]:
    """The anchors of a document's headings, as they are linked to."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def missing(proof: str) -> str | None:
    """Why a proof proves nothing, or None when it exists."""
    if proof.startswith("tests/"):
        file, _, name = proof.partition("::")
        path = ROOT / file
        if not path.is_file():
            return f"no file {file}"
        known = tests_of(path)
        return None if (name in known if name else known) else f"no test {name or 'at all'} in {file}"
    file, _, anchor = proof.partition("#")
    path = ROOT / file
    if not path.is_file():
        return f"no document {file}"
    return None if anchor in anchors_of(path) else f"no heading #{anchor} in {file}"


def show() -> str:
    """The whole table as text."""
    lines, part = [], ""
    for row in rows():
        if row.part != part:
            part = row.part
            lines += ["", part]
        lines.append(f"  {row.id:<8} {row.status:<7}  {row.asks}")
        lines += textwrap.wrap(row.reason, WIDTH - 19, initial_indent=" " * 19, subsequent_indent=" " * 19)
        lines += [f"{' ' * 19}{proof}" for proof in row.proof]
    return "\n".join([*lines, "", summary()])


def summary() -> str:
    """How many rows stand where."""
    every = rows()
    counted = {status: sum(row.status == status for row in every) for status in ("met", "partly", "not met")}
    words = ", ".join(f"{number} {status}" for status, number in counted.items() if number)
    return f"{len(every)} rows of OWASP ASVS 5.0.0: {words}; {sum(row.automated for row in every)} proven by tests"


if __name__ == "__main__":
    print(show())
