"""What the pages promise about data: sentences made from the settings, so that words and behaviour agree."""

from assessment.core.definition import Questionnaire
from assessment.core.peer_telling import LEAVING
from assessment.core.peers import ENOUGH
from assessment.core.protection import FLOOR, STEP
from assessment.core.survey_release import COUNTING_DAY_WORD
from assessment.settings import Settings
from assessment.store.ballots import LONGEST_WAIT


def consent_wordings(settings: Settings, *, interview: bool = False) -> dict[str, str]:
    """Purpose -> the exact wording of each consent; it is stored with the consent.

    In an interview a consultant ticks what the client says, and the wording says so.
    """
    if interview:
        return {
            "contact": f"The client agrees: {settings.firm} may contact them about these results",
            "comparison": "The client agrees: their answers count, without name or company, in peer comparisons",
        }
    return {
        "contact": f"{settings.firm} may contact me about these results",
        "comparison": "Count my answers, without my name or company, in peer comparisons",
    }


def who_sees_it(settings: Settings) -> str:
    """Who sees the answers and for how long, in one sentence."""
    return (
        f"Your answers are seen by you, by anyone you give the link, and by {settings.firm}'s consultants; unfinished "
        f"answers are deleted {settings.draft_days} days after the last change, contact details "
        f"{settings.contact_months} months after you submit, or when you ask."
    )


def contact_promise(settings: Settings) -> str:
    """What contact details are used for, in one sentence."""
    return (
        f"Used to send you this scorecard and kept for {settings.contact_months} months, encrypted except for the "
        f"company's name; {settings.firm}'s consultants see them, and nobody else contacts you."
    )


def comparison_promise() -> str:
    """What becomes of answers that are counted in peer comparisons."""
    return (
        f"If you agree to be counted in peer comparisons, your newest scores and rates count there as the one voice of "
        f"your company and of your address, without either, once you have confirmed that address for them or if a "
        f"consultant invited or asked you for them; nothing is told of fewer than {ENOUGH} companies, how many they "
        f"are is rounded to {STEP}, and you can leave by a button on your scorecard. {LEAVING}"
    )


def confidential(settings: Settings, survey: Questionnaire) -> str:
    """What happens with the answers to a survey, in one sentence; made from what it publishes and the settings."""
    by_link = survey.survey is not None and survey.survey.by_link
    where = "to those who have the link" if by_link else "to everybody"
    return (
        f"Confidential: once you send your answers they are kept apart from you, without name, e-mail address, "
        f"network address or time, so that {settings.firm} can see that a person whom it invited has answered but not "
        f"what, and nobody can find them again to change or delete them; results are shown {where} and only ever tell "
        f"about {FLOOR} people or more, in counts rounded to {STEP}; until you send them, your answers wait, "
        f"encrypted, behind your own link and are deleted {settings.draft_days} days after the last change."
    )


def at_once(settings: Settings) -> str:
    """What a survey promises above its first question, in one sentence."""
    return (
        f"Confidential: {settings.firm} sees totals of {FLOOR} people or more and, of whomever it invited, that they "
        f"have answered, but never what anybody answered."
    )


def surveys(settings: Settings) -> str:
    """What holds for every confidential survey, and what no rule about totals can prevent."""
    return (
        f"A confidential survey is different: answers lie encrypted until a {COUNTING_DAY_WORD} when at least {FLOOR}"
        f" people's are opened together, under new random ids (or the first day after it, where the server was off);"
        f" fewer than {FLOOR}, or fewer who were asked the same where the survey was changed, wait for others, and what"
        f" has waited longer than {LONGEST_WAIT.days // 30} months is deleted unopened; {settings.firm} sees totals"
        f" alone, like all who may see the results, and of whomever it invited that they have answered. Totals cannot"
        f" protect you from somebody who sends nearly all answers themselves: what is left over would be yours."
    )
