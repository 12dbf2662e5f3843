"""What may be published of a group of people, so that no figure tells about fewer than five of them.

A published count is a known sum over people. Whoever reads several can add, subtract and scale them, so what is
derivable is their linear span. People whom no published group tells apart form one atom; a group of one to four people
is derivable exactly when its indicator lies in the span of the published indicators, that is when every vector
orthogonal to all of them sums to zero over it. One such vector in general position, taken modulo a prime, finds every
derivable group; among a thousand people the chance that it finds one too many, and hides a cell, is below 1 in ten
million. The whole population counts as published, so complements are covered too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

FLOOR = 5
"""The fewest people that a published figure may tell about."""
STEP = 5
"""What published counts are rounded to."""
PRIME = 2**61 - 1

Group = int
"""People as bits: bit i stands for person i."""


def rounded(count: int) -> int:
    """A count to the nearest 5, as it is published."""
    return (count + STEP // 2) // STEP * STEP


def lacking(count: int, floor: int = FLOOR) -> int:
    """About how many more are needed before anything may be shown, rounded up to the next 5."""
    return -(-max(0, floor - count) // STEP) * STEP


def moved_enough(before: int, after: int) -> bool:
    """Whether a count stayed as it was or moved by at least 5, so that its two values tell about no smaller group."""
    return before == after or abs(after - before) >= FLOOR


def may_release(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Whether every cell shown before (exact counts) is still counted and gained (or lost) 0 or at least 5."""
    return all(cell in after and moved_enough(count, after[cell]) for cell, count in before.items())


def safe(groups: Sequence[Group], everyone: Group, *, before: Sequence[Group] = ()) -> list[bool]:
    """Which groups may be published beside those of before and the whole: earlier ones come first.

    A group of 1 to 4 is never published, nor is an empty one, which may yet fill.
    """
    shown = [group for group in (everyone, *before) if group]
    wanted = [(group & everyone).bit_count() >= FLOOR for group in groups]
    chosen = [group for group, good in zip(groups, wanted, strict=True) if good]
    if not exposes([*shown, *chosen]):
        return wanted
    for number, group in enumerate(groups):
        if wanted[number]:
            wanted[number] = not exposes([*shown, group])
            shown += [group] if wanted[number] else []
    return wanted


def exposes(published: Sequence[Group]) -> bool:
    """Whether a group of 1 to 4 people is a linear combination of the published groups."""
    atoms = _atoms(published)
    values = _orthogonal(published, atoms)
    small = [_Piece(value, atom.size) for atom, value in zip(atoms, values, strict=True) if atom.size < FLOOR]
    return _vanishes(small)


@dataclass(frozen=True, slots=True)
class _Atom:
    """People in exactly the same published groups, with the numbers of those."""

    size: int
    members: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Piece:
    value: int
    size: int


def _atoms(published: Sequence[Group]) -> list[_Atom]:
    covered = 0
    for group in published:
        covered |= group
    parts: list[tuple[Group, list[int]]] = [(covered, [])]
    for number, group in enumerate(published):
        split: list[tuple[Group, list[int]]] = []
        for part, members in parts:
            inside, outside = part & group, part & ~group
            if inside:
                split.append((inside, [*members, number]))
            if outside:
                split.append((outside, members))
        parts = split
    return [_Atom(part.bit_count(), frozenset(members)) for part, members in parts if part]


def _general(number: int) -> int:
    return int.from_bytes(sha256(b"atom %d" % number).digest()[:8], "big") % PRIME


def _orthogonal(published: Sequence[Group], atoms: Sequence[_Atom]) -> list[int]:
    """A vector over the atoms, orthogonal to every published group and otherwise general, modulo the prime."""
    rows = _echelon(_rows(published, atoms))
    values = [_general(number) for number in range(len(atoms))]
    for pivot in sorted(rows, reverse=True):  # a row holds nothing before its pivot, and 1 there
        others = sum(factor * values[column] for column, factor in rows[pivot].items() if column != pivot)
        values[pivot] = -others % PRIME
    return values


def _rows(published: Sequence[Group], atoms: Sequence[_Atom]) -> Iterable[dict[int, int]]:
    rows: list[dict[int, int]] = [{} for _ in published]
    for column, atom in enumerate(atoms):
        for number in atom.members:
            rows[number][column] = 1
    return sorted(rows, key=len)


def _echelon(rows: Iterable[dict[int, int]]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for row in rows:
        rest = dict(row)
        while rest and (pivot := min(rest)) in found:
            _subtract(rest, found[pivot], rest[pivot])
        if rest:
            inverse = pow(rest[pivot], -1, PRIME)
            found[pivot] = {column: value * inverse % PRIME for column, value in rest.items()}
    return found


def _subtract(row: dict[int, int], other: Mapping[int, int], factor: int) -> None:
    for column, value in other.items():
        left = (row.get(column, 0) - factor * value) % PRIME
        if left:
            row[column] = left
        else:
            row.pop(column, None)


def _vanishes(pieces: Sequence[_Piece]) -> bool:
    """Whether the values of some one to four pieces, together of at most 4 people, sum to zero."""
    if any(piece.value == 0 for piece in pieces):
        return True
    singles: dict[int, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        singles[piece.value].append(number)
    pairs = _Pairs()
    for second, one in enumerate(pieces):
        for first in range(second):
            other = pieces[first]
            size, value = one.size + other.size, (one.value + other.value) % PRIME
            if size >= FLOOR:
                continue
            if value == 0 or _third(pieces, singles, value, size, {first, second}):
                return True
            if size <= FLOOR - 3 and pairs.meet(value, first, second):
                return True
    return False


def _third(pieces: Sequence[_Piece], singles: Mapping[int, list[int]], value: int, size: int, taken: set[int]) -> bool:
    thirds = singles.get(-value % PRIME, ())
    return any(number not in taken and size + pieces[number].size < FLOOR for number in thirds)


@dataclass(slots=True)
class _Pairs:
    """Pairs of single people by the sum of their values, to find four that vanish together."""

    seen: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    def meet(self, value: int, first: int, second: int) -> bool:
        """Whether a pair seen before, of two others, makes this one vanish; remembers this one."""
        for pair in self.seen.get(-value % PRIME, ()):
            if first not in pair and second not in pair:
                return True
        self.seen[value].append((first, second))
        return False
