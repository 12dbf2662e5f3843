"""Formulas of computed values: `+ - * / ^ ( ) min max`, numbers and names, evaluated exactly.

Own recursive descent, so that nothing but arithmetic can ever be written: no calls, no attributes, no strings.
Length, depth, exponents and the size of results are bounded: a hostile file costs microseconds.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

MAX_LENGTH = 400
MAX_DEPTH = 24
MAX_EXPONENT = 60
MAX_BITS = 16_000
MAX_RESULT = 10**30
"""No result is larger: beyond this nobody reads it, and no picture could place it."""

Values = Mapping[str, Fraction]
_Run = Callable[[Values], Fraction]
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)|(?P<sign><=|>=|==|[-+*/^(),<>]))")
_COMPARISONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": operator.le, ">=": operator.ge, "==": operator.eq, "<": operator.lt, ">": operator.gt,
}  # fmt: skip


class FormulaError(ValueError):
    """The text is no formula; the message says what is wrong with it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class NotDefined:
    """No value comes out, and why (a clause without full stop)."""

    reason: str


class _Undefined(Exception):
    """Raised inside a running formula; never leaves this module."""


@dataclass(frozen=True, slots=True)
class Token:
    """One sign, number or name of a formula; `kind` is "sign", "number" or "name"."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula; `names` are the values it needs (percent values as fractions of one)."""

    text: str
    names: frozenset[str]
    tokens: tuple[Token, ...] = field(compare=False, repr=False)
    run: _Run = field(compare=False, repr=False)

    def value(self, values: Values) -> Fraction | NotDefined:
        """The exact result, or why there is none (a zero divisor, a missing value, a broken or huge power)."""
        try:
            result = self.run(values)
        except _Undefined as undefined:
            return NotDefined(str(undefined))
        return result if abs(result) <= MAX_RESULT else NotDefined("the number grows too large")


@dataclass(frozen=True, slots=True)
class Check:
    """A parsed comparison of two formulas, such as `renewed <= due`."""

    text: str
    left: Formula
    sign: str
    right: Formula

    @property
    def names(self) -> frozenset[str]:
        """The values it needs."""
        return self.left.names | self.right.names

    def holds(self, values: Values) -> bool:
        """Whether it holds; a side that has no value gives nothing to object to."""
        left, right = self.left.value(values), self.right.value(values)
        if isinstance(left, NotDefined) or isinstance(right, NotDefined):
            return True
        return _COMPARISONS[self.sign](left, right)


@lru_cache(maxsize=2048)
def parse(text: str) -> Formula:
    """Parse a formula; raises `FormulaError`."""
    return _formula(text, _tokens(text))


@lru_cache(maxsize=512)
def parse_check(text: str) -> Check:
    """Parse a comparison of two formulas; raises `FormulaError`."""
    tokens = _tokens(text)
    at = [index for index, token in enumerate(tokens) if token.text in _COMPARISONS]
    if len(at) != 1:
        raise FormulaError(f'"{text}" needs exactly one of <=, <, >=, >, ==')
    left, right = tokens[: at[0]], tokens[at[0] + 1 :]
    return Check(text, _formula(text, left), tokens[at[0]].text, _formula(text, right))


def _formula(text: str, tokens: tuple[Token, ...]) -> Formula:
    reader = _Reader(text, tokens)
    run = reader.sum(0)
    reader.end()
    return Formula(text, frozenset(reader.names), tokens, run)


def _tokens(text: str) -> tuple[Token, ...]:
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"a formula has at most {MAX_LENGTH} characters")
    tokens, place = [], 0
    stripped = text.rstrip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None:
            raise FormulaError(f'"{stripped[place:].strip()[:1]}" does not belong in a formula: "{text}"')
        kind = match.lastgroup or ""
        tokens.append(Token(kind, match[kind]))
        place = match.end()
    return tuple(tokens)


class _Reader:
    """Reads tokens into one callable, by the usual precedence: ^ binds tightest and to the right."""

    def __init__(self, text: str, tokens: tuple[Token, ...]) -> None:
        self.text, self.tokens, self.place = text, tokens, 0
        self.names: set[str] = set()

    def end(self) -> None:
        if self.place < len(self.tokens):
            raise FormulaError(f'"{self.tokens[self.place].text}" is not expected here: "{self.text}"')

    def sum(self, depth: int) -> _Run:
        return self._chain(depth, {"+": _add, "-": _subtract}, self.product)

    def product(self, depth: int) -> _Run:
        return self._chain(depth, {"*": _multiply, "/": _divide}, self.signed)

    def signed(self, depth: int) -> _Run:
        if self._take("-"):
            return _negate(self.signed(_deeper(depth)))
        return self.power(depth)

    def power(self, depth: int) -> _Run:
        base = self.atom(depth)
        return _power(base, self.signed(_deeper(depth))) if self._take("^") else base

    def atom(self, depth: int) -> _Run:
        token = self._next()
        if token.kind == "number":
            return _constant(Fraction(token.text))
        if token.kind == "name":
            return self._name(token.text, depth)
        if token.text == "(":
            inner = self.sum(_deeper(depth))
            self._need(")")
            return inner
        raise FormulaError(f'"{token.text}" is not expected here: "{self.text}"')

    def _name(self, name: str, depth: int) -> _Run:
        if name not in {"min", "max"}:
            self.names.add(name)
            return _lookup(name)
        self._need("(")
        parts = [self.sum(_deeper(depth))]
        while self._take(","):
            parts.append(self.sum(_deeper(depth)))
        self._need(")")
        return _outermost(parts, largest=name == "max")

    def _chain(
        self, depth: int, joins: Mapping[str, Callable[[_Run, _Run], _Run]], part: Callable[[int], _Run]
    ) -> _Run:
        run, links = part(depth), 0
        while self.place < len(self.tokens) and self.tokens[self.place].text in joins:
            join = joins[self._next().text]
            links += 1
            run = join(run, part(_deeper(depth)))
            if links > MAX_DEPTH * 4:
                raise FormulaError("a formula has too many terms")
        return run

    def _next(self) -> Token:
        if self.place >= len(self.tokens):
            raise FormulaError(f'the formula ends too early: "{self.text}"')
        self.place += 1
        return self.tokens[self.place - 1]

    def _take(self, sign: str) -> bool:
        found = self.place < len(self.tokens) and self.tokens[self.place].text == sign
        self.place += found
        return found

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise FormulaError(f'"{sign}" is missing: "{self.text}"')


def _deeper(depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise FormulaError(f"a formula nests at most {MAX_DEPTH} deep")
    return depth + 1


def _constant(value: Fraction) -> _Run:
    return lambda _values: value


def _lookup(name: str) -> _Run:
    def run(values: Values) -> Fraction:
        try:
            return values[name]
        except KeyError:
            raise _Undefined(f'"{name}" has no value') from None

    return run


def _negate(part: _Run) -> _Run:
    return lambda values: -part(values)


def _add(left: _Run, right: _Run) -> _Run:
    return lambda values: left(values) + right(values)


def _subtract(left: _Run, right: _Run) -> _Run:
    return lambda values: left(values) - right(values)


def _multiply(left: _Run, right: _Run) -> _Run:
    return lambda values: _bounded(left(values) * right(values))


def _divide(left: _Run, right: _Run) -> _Run:
    def run(values: Values) -> Fraction:
        divisor = right(values)
        if divisor == 0:
            raise _Undefined("it would divide by zero")
        return _bounded(left(values) / divisor)

    return run


def _power(base: _Run, exponent: _Run) -> _Run:
    def run(values: Values) -> Fraction:
        by, value = exponent(values), base(values)
        if by.denominator != 1 or abs(by) > MAX_EXPONENT:
            raise _Undefined(f"exponents are whole numbers up to {MAX_EXPONENT}")
        if value == 0 and by < 0:
            raise _Undefined("it would divide by zero")
        if _bits(value) * abs(by) > MAX_BITS:
            raise _Undefined("the number grows too large")
        return value ** int(by)

    return run


def _outermost(parts: list[_Run], *, largest: bool) -> _Run:
    return lambda values: sorted(part(values) for part in parts)[-1 if largest else 0]


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _bounded(value: Fraction) -> Fraction:
    if _bits(value) > MAX_BITS:
        raise _Undefined("the number grows too large")
    return value
