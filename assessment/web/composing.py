"""Builds the values of the question pages from definitions, answers and what the browser sent."""

from collections.abc import Mapping, Sequence

from assessment.actions.responding import Draft
from assessment.actions.submitting import INTERVIEW
from assessment.core import routing
from assessment.core.answers import Answers, AnswerValue
from assessment.core.definition import Page, Question, Questionnaire
from assessment.core.routing import must_answer, seconds, shown_pages, shown_questions
from assessment.core.wording import answer_text
from assessment.forms.pages import PageForm, stored_sent
from assessment.forms.readers import LONG_TEXT, SHORT_TEXT, Sent, offered, special_words
from assessment.store.beginnings import origin_of
from assessment.web.views import QuestionPage, QuestionView, Step

_SPECIAL_ORDER = ("dont_know", "not_applicable")
LAST_WORDS = "Anything else"


def question_view(
    question: Question, sent: Sent, *, currency: str | None, message: str | None = None, stored: str | None = None
) -> QuestionView:
    """One question as shown."""
    words = offered(question)
    low = 1 if question.min is None else int(question.min)
    high = 5 if question.max is None else int(question.max)
    if question.type == "scale":
        choices: tuple[tuple[str, str], ...] = tuple((str(step), str(step)) for step in range(low, high + 1))
    else:
        choices = tuple((option.id, option.text) for option in question.answers)
    limit = SHORT_TEXT if question.type == "short_text" else LONG_TEXT
    return QuestionView(
        question=question,
        sent=sent,
        choices=choices,
        specials=tuple((word, special_words(word)) for word in _SPECIAL_ORDER if word in words),
        optional=not must_answer(question),
        unit=unit_of(question, currency),
        limit=min(question.max_length or limit, limit),
        low=low,
        high=high,
        alone=frozenset(option.id for option in question.answers if option.exclusive),
        message=message,
        stored=stored,
    )


def unit_of(question: Question, currency: str | None) -> str | None:
    """What stands in the unit's cell beside a number."""
    if question.type == "percent":
        return "%"
    if question.type == "money":
        return currency
    return None if question.measured_in in {"number", "ratio"} else question.measured_in


def currency_of(questionnaire: Questionnaire, answers: Answers) -> str | None:
    """The response's one currency as a code, or None while it is not chosen."""
    asked = (question.id for question in questionnaire.questions.values() if question.role == "currency")
    chosen = next((answers[name] for name in asked if name in answers), None)
    return chosen.upper() if isinstance(chosen, str) else None


def stored_views(
    questions: Sequence[Question], answers: Answers, texts: Mapping[str, str], currency: str | None
) -> tuple[QuestionView, ...]:
    """The questions filled with what is stored."""
    return tuple(
        question_view(q, stored_sent(q, answers.get(q.id), texts.get(q.id)), currency=currency) for q in questions
    )


def sent_views(
    questions: Sequence[Question], form: PageForm, currency: str | None, stored: Mapping[str, str] | None = None
) -> tuple[QuestionView, ...]:
    """The questions filled with what the browser sent, messages beside them."""
    elsewhere = stored or {}
    return tuple(
        question_view(
            q, form.sent[q.id], currency=currency, message=form.messages.get(q.id), stored=elsewhere.get(q.id)
        )
        for q in questions
    )


def problems(messages: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The error summary: element to jump to, message."""
    return tuple((f"q-{name}", message) for name, message in messages.items())


def steps(questionnaire: Questionnaire, answers: Answers) -> tuple[int, ...]:
    """Indexes of the pages to walk through, the introduction's apart."""
    shown = {id(page) for page in shown_pages(questionnaire, answers)}
    return tuple(index for index, page in enumerate(questionnaire.pages) if not page.start and id(page) in shown)


def address_of(draft: Draft, index: int) -> str:
    """Where a page is answered: itself if it asks anything, else the next one that does, else the check page."""
    pages, base = draft.questionnaire.pages, f"/r/{draft.response.public_id}"
    walk = steps(draft.questionnaire, draft.answers)
    if index in walk or (index < len(pages) and pages[index].start):
        return f"{base}/{index}"
    ahead = [i for i in walk if i > index]
    return f"{base}/{ahead[0]}" if ahead else f"{base}/check"


def page_named(draft: Draft, at: str) -> int:
    """The page that `?at=` names (one past the last is the check page), or where the response stands."""
    known = at.isdecimal() and len(at) < 4 and int(at) <= len(draft.questionnaire.pages)
    return int(at) if known else draft.response.page


def page_title(questionnaire: Questionnaire, page: Page) -> str:
    """A page's heading: its own, its area's, or "Anything else"."""
    if page.title:
        return page.title
    if page.area:
        return questionnaire.area[page.area].title
    return "About you" if page.start else LAST_WORDS


def page_lead(questionnaire: Questionnaire, page: Page) -> str | None:
    """The sentence under a page's heading."""
    return page.lead or (questionnaire.area[page.area].lead if page.area else None)


def minutes_left(questionnaire: Questionnaire, answers: Answers, index: int) -> str:
    """Honest words for the time the rest takes, this page included."""
    ahead = [questionnaire.pages[i] for i in steps(questionnaire, answers) if i >= index]
    spent = sum(seconds(question) for page in ahead for question in shown_questions(page, answers))
    left = max(1, round(spent / 60))
    return "about a minute left" if left == 1 else f"about {left} minutes left"


def minutes_words(questionnaire: Questionnaire) -> str:
    """ "5 to 7 minutes", computed from the shortest and the longest way."""
    return routing.minutes_words(questionnaire)


def question_page(
    draft: Draft,
    index: int,
    questions: tuple[QuestionView, ...],
    *,
    back_to_check: bool,
    trouble: tuple[tuple[str, str], ...] = (),
    heading: str | None = None,
    answers: Answers | None = None,
    saves: bool = True,
) -> QuestionPage:
    """The value of one question page."""
    questionnaire, public_id = draft.questionnaire, draft.response.public_id
    known = draft.answers if answers is None else answers
    page = questionnaire.pages[index]
    walk = steps(questionnaire, known)
    before = [i for i in walk if i < index]
    back = f"/r/{public_id}/check" if back_to_check else (f"/r/{public_id}/{before[-1]}" if before else None)
    before_title = page_title(questionnaire, questionnaire.pages[before[-1]]) if before else ""
    return QuestionPage(
        title=questionnaire.title,
        heading=page_title(questionnaire, page),
        lead=page_lead(questionnaire, page),
        number=walk.index(index) + 1 if index in walk else None,
        steps=tuple(
            Step(
                title=page_title(questionnaire, questionnaire.pages[i]),
                here=i == index,
                done=i < draft.response.page or _complete(questionnaire.pages[i], known),
            )
            for i in walk
        ),
        left=minutes_left(questionnaire, known, index),
        questions=questions,
        seen=draft.seen(page),
        back=back or f"/a/{questionnaire.id}",
        back_words=_back_words(back_to_check, before_title),
        later=f"/r/{public_id}/later?at={index}",
        save=f"/r/{public_id}/{index}/save" if saves else None,
        back_to_check=back_to_check,
        survey=questionnaire.kind == "survey",
        interview=origin_of(draft.response.source) == INTERVIEW,
        problems=trouble,
        problem_heading=heading,
    )


def _complete(page: Page, answers: Answers) -> bool:
    wanted = [q for q in shown_questions(page, answers) if must_answer(q)]
    return bool(wanted) and all(question.id in answers for question in wanted)


def _back_words(to_check: bool, before: str) -> str:
    if to_check:
        return "Back to your answers"
    return f"Back to {before[:1].lower()}{before[1:]}" if before else "Back to the introduction"


def shown_answer(question: Question, answer: AnswerValue | None, text: str | None, currency: str | None) -> str:
    """An answer in words, for the check page and for what another tab saved."""
    if text:
        return text
    return "Not answered" if answer is None else answer_text(question, answer, currency)
