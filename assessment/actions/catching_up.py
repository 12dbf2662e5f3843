"""What a new version does once to rows of an older one, where a migration cannot: it has no keys and no scorecards."""

from sqlalchemy import Connection, Engine

from assessment.store import passkeys, people, responses, scorecards, submissions
from assessment.store.beginnings import corrects, origin_of
from assessment.store.database import reading, settle, writing
from assessment.store.keys import Keyring
from assessment.store.submissions import Arrival

AT_A_TIME = 200


def catch_up(engine: Engine, keyring: Keyring) -> int:
    """Give older submissions their place in the list, in small transactions, and seal passkeys' names.

    Safe to stop and to run again; says how many submissions got their place.
    """
    _seal_names(engine, keyring)
    done = 0
    while True:
        with reading(engine) as connection:
            missing = submissions.without_row(connection, AT_A_TIME)
        if not missing:
            return done
        with writing(engine) as connection:
            for response_id in missing:
                _add(connection, keyring, response_id)
        done += len(missing)


def _seal_names(engine: Engine, keyring: Keyring) -> None:
    with writing(engine) as connection:
        sealed = passkeys.seal_names(connection, keyring)
    if sealed:
        settle(engine)


def _add(connection: Connection, keyring: Keyring, response_id: int) -> None:
    response = responses.by_id(connection, response_id)
    kept = scorecards.of_response(connection, response_id)
    if response is None or kept is None or submissions.of_response(connection, response_id) is not None:
        return
    person = people.of_response(connection, keyring, response_id)
    arrival = Arrival(
        response_id=response_id,
        scorecard_id=kept.id,
        public_id=kept.public_id,
        started_at=response.started_at,
        submitted_at=response.submitted_at or kept.created_at,
        contact=people.contact_of(person),
        may_contact="contact" in people.consents(connection, response_id),
        origin=origin_of(response.source),
        corrects=corrects(response.source, response.previous_id),
    )
    submissions.add(connection, keyring, arrival, kept.card)
    if response.state == "erased":
        submissions.forget(connection, response_id, erased=True)
