"""What goes with a person beyond their submissions: mails of invitations, drafts of the address, views about them."""

import json
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, Connection, Select, case, delete, exists, func, select, update

from assessment.core.company import company_key
from assessment.core.search_words import words_of
from assessment.store import invitations, retention, saved_views
from assessment.store.keys import Keyring
from assessment.store.notices import TEAM_KINDS
from assessment.store.review_tables import invitation, saved_view, submission
from assessment.store.tables import delivery, notice, response


def forget_invitation_mails(connection: Connection, response_id: int) -> None:
    """Forget whom the mails of the invitation to a response went to, also those that are long sent."""
    theirs = select(invitation.c.id).where(invitation.c.response_id == response_id)
    _empty(connection, notice.c.invitation_id.in_(theirs))


def forget_invitation(connection: Connection, id_: int) -> None:
    """Forget whom an invitation is for, and whom its mails went to."""
    invitations.forget_one(connection, id_)
    _empty(connection, notice.c.invitation_id == id_)


def invitations_to(connection: Connection, email_index: str) -> int:
    """How many invitations went to an address."""
    theirs = select(func.count()).select_from(invitation).where(invitation.c.email_index == email_index)
    return int(connection.execute(theirs).scalar_one())


def _empty(connection: Connection, which: ColumnElement[bool]) -> None:
    """Take the address out of notices; its blind index stays for the limit of the day where one went out."""
    index = case((notice.c.tries > 0, notice.c.email_index), else_="")
    emptied = {"state": "erased", "owner": None, "sealed_email": None, "sealed_payload": None, "error": None}
    connection.execute(update(notice).where(which).values(**emptied, email_index=index))


def drafts_of(connection: Connection, keyring: Keyring, email_index: str) -> tuple[int, ...]:
    """Drafts of an address: begun by its invitation, its link mailed there, or it stands in their contact details."""
    mailed = select(notice.c.response_id).where(notice.c.email_index == email_index, _to_respondents())
    invited = select(invitation.c.response_id).where(invitation.c.email_index == email_index)
    known = response.c.id.in_(mailed) | response.c.id.in_(invited)
    ids = set(connection.execute(_drafts().where(known)).scalars())
    typed = select(response.c.id, response.c.sealed_contact).where(
        response.c.state == "draft", response.c.sealed_contact.is_not(None)
    )
    for row in connection.execute(typed):
        email = json.loads(keyring.open(row.sealed_contact)).get("email")
        if email and keyring.index(email) == email_index:
            ids.add(row.id)
    return tuple(sorted(ids))


def _drafts() -> Select[int]:
    return select(response.c.id).where(response.c.state == "draft")


def _to_respondents() -> ColumnElement[bool]:
    return notice.c.kind.not_in(TEAM_KINDS) & notice.c.account_id.is_(None)


def erase_address(connection: Connection, email_index: str, drafts: Sequence[int], zone: tzinfo) -> None:
    """Erase what an address left beside its submissions: these drafts of it, invitations to it, mails to it."""
    retention.delete_drafts(connection, drafts, zone)
    _empty(connection, (notice.c.email_index == email_index) & _to_respondents())
    theirs = select(invitation.c.id).where(invitation.c.email_index == email_index)
    for id_ in connection.execute(theirs).scalars().all():
        forget_invitation(connection, id_)
    unsent = (delivery.c.email_index == email_index) & (delivery.c.tries == 0) & (delivery.c.state == "erased")
    connection.execute(update(delivery).where(unsent).values(email_index=None))


def delete_views_about(connection: Connection, keyring: Keyring, contact: Mapping[str, str]) -> int:
    """Delete saved views that search for a person, or for their company once nobody else of it is left; says how many.

    Call it when the person's submissions are erased already.
    """
    names = [words_of(contact.get("name", ""))]
    key = company_key(contact.get("company", ""))
    lonely = bool(key) and not _anybody_of(connection, key)
    if lonely:
        names.append(words_of(contact["company"]))
    email = contact.get("email", "").casefold()
    views = saved_views.everybodys(connection, keyring)
    about = [view.id for view in views if _speaks_of(view.name, view.query, names, email, key if lonely else "")]
    return connection.execute(delete(saved_view).where(saved_view.c.id.in_(about))).rowcount


def _anybody_of(connection: Connection, key: str) -> bool:
    return bool(connection.execute(select(exists().where(submission.c.company_key == key))).scalar_one())


def _speaks_of(name: str, query: str, names: Sequence[frozenset[str]], email: str, key: str) -> bool:
    """Whether a view is called after one of these names or the address, searches for them, or is of that company."""
    parts = dict(parse_qsl(query))
    searched, called = words_of(parts.get("search", "")), words_of(name)
    named = any(words <= called or (searched and (words <= searched or searched <= words)) for words in names if words)
    addressed = bool(email) and (email in called or email in searched)
    return bool(named or addressed or (key and parts.get("company") == key))
