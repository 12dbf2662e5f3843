"""What the audit log's actions are called where people read them: one dictionary, one phrase an action.

Whoever notes a new action adds its phrase here; a test holds that no noted action is without one.
"""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # What respondents do, and what happens to what they sent
    "response.started": "Started to answer",
    "response.submitted": "Submitted the answers",
    "link.mailed": "Had a link to continue mailed",
    "link.shared": "Took a link to share the scorecard",
    "address.corrected": "Corrected the e-mail address",
    "address.confirmed": "Confirmed the e-mail address",
    "address.removed": "Said that the address is not theirs; it was removed",
    "address.suppressed": "The mail server refused the address; it is not mailed again",
    "address.released": "Allowed mail to the address again",
    "calculation.kept": "Had a calculation made into a PDF",
    "calculations.deleted": "Deleted calculations that were kept as PDFs for long",
    "drafts.deleted": "Deleted unfinished responses that nobody touched for long",
    "contacts.erased": "Erased contact details whose time was over",
    "survey.counted": "Counted the answers to a survey",
    "survey.released": "Released results of a survey",
    "peers.released": "Told anew where peers stand",
    "comparison.left": "Took the answers out of peer comparisons",
    # Submissions
    "submissions.listed": "Looked at the list of submissions",
    "submissions.searched": "Searched the submissions",
    "submissions.changed": "Changed several submissions at once",
    "submission.viewed": "Opened the submission",
    "company.viewed": "Looked at the company's results on one page",
    "submission.changed": "Changed the submission",
    "submission.assigned": "Set who looks after the submission",
    "submission.status": "Set the status",
    "submission.follow_up": "Set the follow-up date",
    "submission.marked": "Marked the submission",
    "submission.unmarked": "Took the mark off the submission",
    "contact.refused": "Noted that this person must not be contacted",
    "contact.allowed": "Noted that this person may be contacted again",
    "note.added": "Wrote a note",
    "note.changed": "Changed a note",
    "note.deleted": "Deleted a note",
    "scorecard.viewed": "Opened the scorecard as they see it",
    "pdf.taken": "Downloaded the scorecard's PDF",
    "view.saved": "Saved a view of the list",
    "view.deleted": "Deleted a saved view",
    # Deliveries
    "delivery.again": "Had the scorecard mailed again",
    "deliveries.listed": "Looked at the list of mails",
    "delivery.withdrawn": "Withdrew a mail that was waiting",
    # Reviewed scorecards
    "review.begun": "Began a reviewed scorecard",
    "review.saved": "Saved the draft of a reviewed scorecard",
    "review.previewed": "Previewed the reviewed scorecard",
    "review.sent": "Sent the reviewed scorecard",
    "review.discarded": "Discarded the draft of a reviewed scorecard",
    "review.read": "Opened the reviewed scorecard",
    # Exports, a person's data, erasure
    "export.asked": "Asked for an export",
    "export.made": "Made an export",
    "export.failed": "An export could not be made",
    "export.taken": "Downloaded an export",
    "export.deleted": "Deleted an export",
    "person.viewed": "Looked at what is stored about the person",
    "person.exported": "Downloaded everything stored about the person",
    "person.erased": "Erased the person",
    # Invitations and interviews
    "invitations.listed": "Looked at the invitations",
    "invitation.added": "Made an invitation",
    "invitation.made": "Made an invitation",
    "invitation.mailed": "Had an invitation mailed",
    "invitation.opened": "Opened an invitation",
    "invitation.revoked": "Revoked an invitation",
    "invitation.used": "Answered an invitation",
    "interview.begun": "Began an interview",
    "interview.submitted": "Submitted an interview",
    # Accounts and sign-ins
    "account.added": "Added somebody to the workplace",
    "account.invited": "Invited somebody to the workplace",
    "account.invited_again": "Sent the workplace's set-up link again",
    "account.set_up": "Set up the account",
    "account.changed": "Changed an account",
    "account.deactivated": "Ended somebody's access",
    "account.activated": "Gave somebody access again",
    "account.named": "Changed the name of an account",
    "account.notify": "Set which mails come and when",
    "role.changed": "Changed a role",
    "password.set": "Set a password",
    "password.changed": "Changed the password",
    "password.reset_asked": "Asked for a link to reset the password",
    "password.reset": "Reset the password",
    "two_factor.set": "Set up a second factor",
    "two_factor.removed": "Removed the second factor",
    "two_factor.reset": "Reset somebody's second factor",
    "recovery.made": "Made new recovery codes",
    "recovery.used": "Used a recovery code",
    "passkey.added": "Added a passkey",
    "passkey.removed": "Removed a passkey",
    "signed.in": "Signed in",
    "signed.out": "Signed out",
    "sign_in.ended": "Ended a signed-in browser",
    "sign_in.failed": "Tried to sign in and failed",
    "sign_in.slowed": "Was stopped after too many tries to sign in",
    # Looking at what is kept
    "audit.viewed": "Looked at the audit log",
    "dashboard.viewed": "Looked at the dashboard",
    # Keys
    "keys.added": "Added a new key to encrypt with",
    "keys.rotated": "Encrypted everything anew with the newest key",
    "keys.dropped": "Took an old key away",
    # Demonstration data
    "demo.made": "Made demonstration data",
    "demo.removed": "Removed the demonstration data",
}
"""An action's phrase; who did it stands beside it, so it begins with a verb unless something happened by itself."""

ERASED_BECAUSE: Mapping[str, str] = {
    "asked": "The person asked for it",
    "stranger": "Somebody else used the address",
    "needless": "It is not needed any more",
    "duty": "The law or a contract demands it",
}
"""Why somebody erases a person; nothing personal can be typed there."""

_DETAILS: Mapping[str, Mapping[str, str]] = {
    "delivery.again": {"queued": "on its way", "held": "held back for now"},
    "person.erased": {code: text[0].lower() + text[1:] for code, text in ERASED_BECAUSE.items()},
    "person.viewed": {"person": "to hand it over", "erase": "before an erasure"},
}


GROUPS: Mapping[str, str] = {
    "looks": "Looking",
    "exports": "Exports and downloads",
    "erasure": "Erasure",
    "submissions": "Submissions",
    "notes": "Notes",
    "reviews": "Reviewed scorecards",
    "mails": "Mails and addresses",
    "invitations": "Invitations and interviews",
    "respondents": "Respondents",
    "people": "People and roles",
    "signing_in": "Signing in",
    "system": "Housekeeping, keys and demonstration",
}
"""Groups of actions that the log can be narrowed to, with their names; an action may stand in more than one."""
_LOOKS = frozenset(("viewed", "listed", "searched", "read", "previewed"))
_KINDS: Mapping[str, tuple[str, ...]] = {
    "exports": ("export", "person.exported", "pdf"),
    "erasure": ("person.erased", "contacts", "drafts", "demo.removed"),
    "submissions": ("submission", "submissions", "company", "contact", "view"),
    "notes": ("note",),
    "reviews": ("review",),
    "mails": ("delivery", "deliveries", "address"),
    "invitations": ("invitation", "invitations", "interview"),
    "respondents": ("response", "link", "address", "comparison", "calculation"),
    "people": ("account", "role"),
    "signing_in": ("signed", "sign_in", "password", "two_factor", "recovery", "passkey"),
    "system": ("demo", "drafts", "contacts", "calculations", "peers", "survey", "keys"),
}


def actions_in(group: str) -> tuple[str, ...]:
    """The actions of a group; raises `KeyError` for none of `GROUPS`."""
    if group == "looks":
        return tuple(action for action in WORDS if action.partition(".")[2] in _LOOKS)
    kinds = _KINDS[group]
    return tuple(action for action in WORDS if action in kinds or action.partition(".")[0] in kinds)


def words(action: str, detail: str | None) -> str:
    """An action in words, with its detail after a colon; an action without words is shown as it is stored."""
    phrase = WORDS.get(action, action)
    more = _DETAILS.get(action, {}).get(detail or "", detail or "").strip()
    return f"{phrase}: {more}" if more else phrase
