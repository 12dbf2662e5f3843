"""What the check page says about the answers as a whole: how many are known, and what pulls apart."""

from assessment.actions.responding import Draft
from assessment.core.answers import Special
from assessment.core.conditions import question_ids
from assessment.core.routing import shown_pages, shown_questions
from assessment.core.scoring import Outcome
from assessment.web.views import PullView


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
    questionnaire, public_id = draft.questionnaire, draft.response.public_id
    page_of = {q.id: index for index, page in enumerate(questionnaire.pages) for q in page.questions}
    found = []
    for contradiction in questionnaire.contradictions:
        if contradiction.id not in outcome.contradictions:
            continue
        named = [name for name in question_ids(questionnaire, contradiction.when) if name in page_of]
        links = tuple(
            (f"/r/{public_id}/{page_of[name]}?back=check#q-{name}", questionnaire.questions[name].label.lower())
            for name in named
        )
        found.append(PullView(ask=contradiction.ask, links=links))
    return tuple(found)
