"""The peer comparison: the worker keeps voices and what is told of them, a submit takes along what is told then."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection

from assessment.actions.installation import Installation
from assessment.actions.responding import Draft
from assessment.core.definition import Questionnaire
from assessment.core.peer_words import groups, segments_answered
from assessment.core.peers import Voice, basis, enough, points_of, segments_of, tellings
from assessment.core.scorecard import Scorecard
from assessment.store import audit, peer_cells, peer_marks, peers, scorecards
from assessment.store.database import reading, writing
from assessment.store.peer_marks import Speaker
from assessment.store.peers import Candidate, Names

AT_A_TIME = 25
"""Submissions looked at in one transaction."""
AT_ONCE = 4_000
"""Submissions looked at in one go: mails wait for it."""
A_ROUND = 1_000
"""Submissions of the round through all of them that are looked at in one go."""
MOST_BASES = 200
"""Versions whose basis is kept at hand."""
ABOUT = ("peer comparison",)
"""Two workers never look at once."""


_bases: dict[str, str] = {}


def _basis(version: str, questionnaire: Questionnaire) -> str:
    """What the scores of a version rest on; a version is the hash of what never changes."""
    if version not in _bases:
        if len(_bases) >= MOST_BASES:
            _bases.clear()
        _bases[version] = basis(questionnaire)
    return _bases[version]


def beside_peers(connection: Connection, draft: Draft, card: Scorecard) -> Scorecard:
    """The scorecard with what is told now about its peers; a demonstration's are taken where there are no others."""
    asked = draft.questionnaire
    if asked.kind != "assessment":
        return card
    chosen, rests_on = segments_answered(asked, draft.answers), _basis(draft.response.version, asked)
    for invented in (False, True):
        told = peer_cells.shown(connection, asked.id, rests_on, list(segments_of(chosen)), invented=invented)
        if told:
            return replace(card, peers=groups(card, asked, chosen, told, invented=invented))
    return card


def listen(house: Installation, now: datetime, most: int = AT_ONCE) -> int:
    """Bring the voices of up to `most` changed submissions up to date and tell what may be told; says how many."""
    done = 0
    go_round(house)
    while done < most and (looked_at := _look_at_some(house)):
        done += looked_at
    with reading(house.engine) as connection:
        stale = peer_cells.stale(connection)
    for pool_id, questionnaire in stale:
        _tell(house, pool_id, questionnaire, now)
    return done


def go_round(house: Installation, number: int = A_ROUND) -> None:
    """Have up to `number` submissions, the next of a round, looked at where a change of theirs left no mark."""
    with writing(house.engine, about=ABOUT) as connection:
        peer_marks.mark(connection, peers.next_round(connection, number))


def _look_at_some(house: Installation) -> int:
    with writing(house.engine, about=ABOUT) as connection:
        last, speakers = peers.due(connection, AT_A_TIME)
        for one in {_whose(one): one for one in speakers}.values():
            _listen_to(house, connection, one)
        peers.seen(connection, last, speakers)
        return len(speakers)


def _whose(one: Speaker) -> tuple[object, ...]:
    """What submissions share of which only one needs to be looked at."""
    alone = None if one.company or one.email_index else one.id
    return one.questionnaire, one.invented, one.company, one.email_index, alone


def _listen_to(house: Installation, connection: Connection, one: Speaker) -> None:
    """Have the newest submission of a company and of an address speak, for each way of scoring."""
    speaking = _speaking(house, connection, one)
    for there in peers.held(connection, one, _names(house, one)):
        if (there.pool.basis, there.response_id) not in speaking:
            peers.drop(connection, there)
    for (rests_on, _response_id), candidate in speaking.items():
        _let_speak(house, connection, rests_on, candidate)


def _speaking(house: Installation, connection: Connection, one: Speaker) -> dict[tuple[str, int], Candidate]:
    """Who is the newest of its company and also of its address, among those that share one of the two with `one`.

    The keys say what its scores rest on, and its response. So nobody speaks twice, and nobody's voice hangs on others'.
    """
    known: dict[str, dict[str, Candidate]] = {}

    def newest(name: str, circle: ColumnElement[bool]) -> dict[str, Candidate]:
        if name not in known:
            known[name] = _newest(house, connection, circle)
        return known[name]

    found = {}
    for name, circle in peer_marks.circles(one).items():
        for rests_on, candidate in newest(name, circle).items():
            own = peer_marks.circles(candidate.speaker).items()
            if all(newest(*each).get(rests_on) == candidate for each in own):
                found[rests_on, candidate.speaker.response_id] = candidate
    return found


def _newest(house: Installation, connection: Connection, circle: ColumnElement[bool]) -> dict[str, Candidate]:
    """What scores rest on -> the newest submission of a circle that rests on it."""
    found: dict[str, Candidate] = {}
    for candidate in peers.candidates(connection, circle):
        questionnaire = house.questionnaire(connection, candidate.version)
        if questionnaire.kind == "assessment":
            found.setdefault(_basis(candidate.version, questionnaire), candidate)
    return found


def _let_speak(house: Installation, connection: Connection, rests_on: str, candidate: Candidate) -> None:
    """Have a submission be the one voice of its company and of its address among those scored alike."""
    one, names = candidate.speaker, _names(house, candidate.speaker)
    there = [held for held in peers.held(connection, one, names) if held.pool.basis == rests_on]
    if [(held.response_id, held.names) for held in there] == [(one.response_id, names)]:
        return
    for held in there:
        peers.drop(connection, held)
    voice = _voice(house, connection, candidate)
    if voice.points:
        pool_id = peers.pool_of(connection, one.questionnaire, rests_on, invented=one.invented)
        peers.add(connection, pool_id, names, one.response_id, voice)


def _names(house: Installation, one: Speaker) -> Names:
    subject = house.keyring.subject
    return Names(
        company=None if one.company is None else subject(f"voice: company {one.company}"),
        address=None if one.email_index is None else subject(f"voice: address {one.email_index}"),
    )


def _voice(house: Installation, connection: Connection, candidate: Candidate) -> Voice:
    response_id = candidate.speaker.response_id
    kept = scorecards.of_response(connection, response_id)
    questionnaire = house.questionnaire(connection, candidate.version)
    return Voice(
        number=0,
        month=candidate.at.astimezone(ZoneInfo(house.settings.time_zone)).date().replace(day=1),
        segments=segments_answered(questionnaire, peers.answers_of(connection, response_id)),
        points=points_of(kept.card) if kept else {},
    )


def _tell(house: Installation, pool_id: int, questionnaire: str, now: datetime) -> None:
    """Tell what may be told of a pool; it is thought about without keeping anybody from writing.

    When another worker told something meanwhile nothing is told; when voices came or went, the pool stays stale.
    """
    with reading(house.engine) as connection:
        voices, before = peers.voices(connection, pool_id), peer_cells.told(connection, pool_id)
    anew, still = tellings(voices, before), enough(voices)
    with writing(house.engine, about=ABOUT) as connection:
        if peer_cells.told(connection, pool_id) != before:
            return
        peer_cells.tell(connection, pool_id, anew, before, now)
        hidden = peer_cells.hide_all_but(connection, pool_id, still)
        if peers.numbers(connection, pool_id) == [voice.number for voice in voices]:
            peer_cells.freshen(connection, pool_id)
        if anew or hidden:
            detail = f"{len(anew)} told anew, {hidden} hidden"
            audit.note(connection, now, "worker", "peers.released", questionnaire, detail)
