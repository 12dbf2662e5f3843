"""What the check page says about the answers as a whole: how many are known, and what pulls apart."""

from collections.abc import Sequence

from assessment.actions.responding import Draft
from assessment.core.answers import Special
from assessment.core.conditions import question_ids
from assessment.core.routing import shown_pages, shown_questions
from assessment.core.scoring import Outcome
from assessment.rendering import lower_first
from assessment.web.composing import page_title
from assessment.web.views import PullView

FEW_LINKS = 2
"""A contradiction between more answers than this links to pages."""


def coverage_words(draft: Draft, outcome: Outcome) -> str:
    """How much is answered, and whether that is enough for a stage."""
    asked = [
        question
        for page in shown_pages(draft.questionnaire, draft.answers)
        for question in shown_questions(page, draft.answers)
    ]
    known = {**draft.answers, **draft.texts}
    unknown = sum(known.get(question.id) is Special.DONT_KNOW for question in asked)
    answered = sum(question.id in known for question in asked) - unknown
    words = f"{len(asked)} questions, {answered} answered"
    if unknown:
        words += f" and {unknown} “I don’t know”"
    if draft.questionnaire.result != "stage":
        return words + "."
    if outcome.no_stage:
        return f"{words}. {outcome.no_stage}"
    return words + ". That is enough for a stage" + ("; the unknowns will show as a range." if unknown else ".")


def pulls(draft: Draft, outcome: Outcome) -> tuple[PullView, ...]:
    """The contradictions that hold, put gently, each with links to the answers it rests on."""
    return tuple(
        PullView(ask=contradiction.ask, links=_links(draft, question_ids(draft.questionnaire, contradiction.when)))
        for contradiction in draft.questionnaire.contradictions
        if contradiction.id in outcome.contradictions
    )


def _links(draft: Draft, named: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """A link to each answer; where that would be many, one to each page, which starts at its first answer named."""
    questionnaire = draft.questionnaire
    found = []
    for index, page in enumerate(questionnaire.pages):
        here = [question for question in page.questions if question.id in named]
        together = len(named) > FEW_LINKS and len(here) > 1
        for question in here[:1] if together else here:
            words = page_title(questionnaire, page) if together else question.label
            address = f"/r/{draft.response.public_id}/{index}?back=check#q-{question.id}"
            found.append((address, lower_first(words)))
    return tuple(found)
