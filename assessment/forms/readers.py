"""One reader a question type: what the browser sent -> an answer, nothing, or a message that says what to do."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from assessment.core.answers import AnswerValue, Special
from assessment.core.definition import NUMERIC, TYPED, Question
from assessment.core.mail_address import AddressFault, parts
from assessment.core.numbers import as_written
from assessment.core.routing import must_answer
from assessment.core.typed_text import clean
from assessment.forms.numbers import read_number, two_readings

SHORT_TEXT = 200
LONG_TEXT = 2000
"""Characters a typed answer may have unless the definition says fewer."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the browser sent for one question: values by name, the special box, ranks by option id."""

    values: tuple[str, ...] = ()
    special: str = ""
    ranks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """The answer read, or the message; neither means it was left blank."""

    answer: AnswerValue | None = None
    message: str | None = None


def offered(question: Question) -> frozenset[str]:
    """The special answers a question offers."""
    words = {Special.DONT_KNOW: question.dont_know, Special.NOT_APPLICABLE: question.not_applicable}
    return frozenset(special.value for special, offer in words.items() if offer)


def _special(question: Question, word: str) -> Read:
    return Read(Special(word)) if word in offered(question) else Read(message=_unknown(question))


def _unknown(question: Question) -> str:
    return f"Choose one of the answers shown: {question.label}"


def _choice(question: Question, sent: Sent) -> Read:
    if len(sent.values) > 1:
        return Read(message=f"Choose one answer only: {question.label}")
    chosen = sent.values[0] if sent.values else ""
    if not chosen:
        return Read()
    if chosen in {special.value for special in Special}:
        return _special(question, chosen)
    return Read(chosen) if question.option(chosen) else Read(message=_unknown(question))


def _multiple(question: Question, sent: Sent) -> Read:
    chosen = tuple(dict.fromkeys(sent.values))
    if not chosen:
        return Read()
    specials = [value for value in chosen if value in {special.value for special in Special}]
    if specials:
        if len(chosen) > 1:
            return Read(message=f"Choose answers or “{special_words(specials[0])}”, not both: {question.label}")
        return _special(question, specials[0])
    options = [question.option(value) for value in chosen]
    if any(option is None for option in options):
        return Read(message=_unknown(question))
    exclusive = next((option for option in options if option and option.exclusive), None)
    if exclusive and len(chosen) > 1:
        return Read(message=f"Choose “{exclusive.text}” or the others, not both: {question.label}")
    return Read(tuple(option.id for option in question.answers if option.id in chosen))


def special_words(word: str) -> str:
    """How a special answer is offered in words."""
    return "I don’t know" if word == Special.DONT_KNOW.value else "Doesn’t apply to us"


def _numeric(question: Question, sent: Sent) -> Read:
    typed = sent.values[0].strip() if sent.values else ""
    if sent.special:
        if typed:
            words = special_words(sent.special)
            return Read(message=f"Enter a number or tick “{words}”, not both: {question.label}")
        return _special(question, sent.special)
    if not typed:
        return Read()
    number = read_number(typed, question.decimals)
    if number is None:
        return Read(message=f"Enter a number, such as {'82.4' if question.decimals else '1200'}: {question.label}")
    # Nobody writes a percentage in thousands.
    either = two_readings(typed, question.decimals) if question.measured_in != "percent" else None
    if either is not None:
        return Read(message=f"Enter {either[0]} or {either[1]}; what you typed can be read as both: {question.label}")
    if question.type == "scale" and number != number.to_integral_value():
        return Read(message=_unknown(question))
    if number != round(number, question.decimals):
        wanted = f"Use at most {question.decimals} decimal places" if question.decimals else "Enter a whole number"
        return Read(message=f"{wanted}: {question.label}")
    return _within(question, number)


def _within(question: Question, number: Decimal) -> Read:
    low, high = bounds(question)
    if low is not None and number < low:
        return Read(message=f"Enter {as_written(low, question.measured_in)} or more: {question.label}")
    if high is not None and number > high:
        return Read(message=f"Enter {as_written(high, question.measured_in)} or less: {question.label}")
    return Read(number)


def bounds(question: Question) -> tuple[Decimal | None, Decimal | None]:
    """The lowest and highest number accepted; amounts and counts start at 0 unless the definition says otherwise."""
    low = Decimal(0) if question.min is None else question.min
    return low, question.max


def _text(question: Question, sent: Sent) -> Read:
    typed = sent.values[0] if sent.values else ""
    limit = min(question.max_length or LONG_TEXT, SHORT_TEXT if question.type == "short_text" else LONG_TEXT)
    if len(typed.replace("\r\n", "\n")) > limit:
        return Read(message=f"Shorten this to {limit} characters: {question.label}")
    cleaned = clean(typed, limit)
    return Read(cleaned) if cleaned else Read()


def _email(question: Question, sent: Sent) -> Read:
    typed = (sent.values[0] if sent.values else "").strip()
    if not typed:
        return Read()
    message = email_fault(typed)
    return Read(message=f"{message}: {question.label}") if message else Read(typed)


_PLACES = "Give {} lines a place each, and leave the others empty"


def _ranking(question: Question, sent: Sent) -> Read:
    ranks = {option: rank for option, rank in sent.ranks if rank}
    if not ranks:
        return Read()
    wanted = [str(place + 1) for place in range(question.places)]
    if set(ranks) - {option.id for option in question.answers}:
        return Read(message=_unknown(question))
    if len(ranks) != len(wanted):
        each = "Give every line its own place" if len(wanted) == len(question.answers) else _PLACES.format(len(wanted))
        return Read(message=f"{each}: {question.label}")
    if sorted(ranks.values()) != sorted(wanted):
        return Read(message=f"Use each place once, from 1 to {len(wanted)}: {question.label}")
    return Read(tuple(sorted(ranks, key=lambda option: int(ranks[option]))))


_PUBLIC_DOMAIN = re.compile(r".+\.(?=[^.]*[A-Za-z])[^.]{2,}")
_NO_ADDRESS = "Enter an e-mail address, such as name@company.com"


def email_fault(typed: str) -> str | None:
    """What is wrong with an address as typed, or None."""
    try:
        _local, domain = parts(typed)
    except AddressFault:
        return _NO_ADDRESS
    # A name without a dot may be a mailbox of our own machines; nobody's work e-mail is there.
    return None if _PUBLIC_DOMAIN.fullmatch(domain) and typed.isprintable() else _NO_ADDRESS


READERS: dict[str, Callable[[Question, Sent], Read]] = {
    "choice": _choice,
    "multiple": _multiple,
    "scale": _numeric,
    "number": _numeric,
    "percent": _numeric,
    "money": _numeric,
    "short_text": _text,
    "long_text": _text,
    "email": _email,
    "ranking": _ranking,
}


def blank_message(question: Question) -> str | None:
    """What to say when a question was left blank, or None when it may be."""
    if not must_answer(question):
        return None
    if question.type in NUMERIC:
        return f"Enter a number{_or_special(question)}: {question.label}"
    return f"{'Enter an answer' if question.type in TYPED else 'Choose an answer'}: {question.label}"


def _or_special(question: Question) -> str:
    return " or tick “I don’t know”" if question.dont_know else ""
