"""Five wrong designs as changes of the product's text, each of which the kills must catch."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """In one file, `old` (which stands there exactly once) becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Design:
    """A wrong design: its name, what is wrong with it, and how the product is turned into it."""

    name: str
    wrong: str
    changes: tuple[Change, ...]

    def apply(self, tree: Path) -> None:
        """Change the tree; raises `ValueError` when a text is not there exactly once any more."""
        for change in self.changes:
            path = tree / change.file
            text = path.read_text()
            if text.count(change.old) != 1:
                found = text.count(change.old)
                raise ValueError(f"{self.name}: {change.file} has {found} times what is to be changed:\n{change.old}")
            path.write_text(text.replace(change.old, change.new))


SUBMITTING, SUBMIT = "assessment/actions/submitting.py", "assessment/web/submit.py"
SENDING = "assessment/delivery/sending.py"

DESIGNS = (
    Design(
        "enqueue after commit",
        "the mail is queued in a transaction of its own, once the submission is stored",
        (
            Change(SUBMITTING, "import json\n", "import json\nimport threading\n"),
            Change(
                SUBMITTING, "A_DAY = timedelta(days=1)\n", "A_DAY = timedelta(days=1)\n_to_queue = threading.local()\n"
            ),
            Change(
                SUBMITTING,
                'send(house, connection, draft, document_id, person_id, contact["email"], submission.message_id, now)',
                '_to_queue.mail = (draft, document_id, person_id, contact["email"], submission.message_id, now)',
            ),
            Change(
                SUBMITTING,
                """    with writing(house.engine, about=(subject(public_id),)) as connection:
        draft = load(house, connection, public_id)
        if draft is None:
            raise Gone(public_id)
        if draft.response.state == "draft":
""",
                """    _to_queue.mail = None
    kept = _store(house, public_id, submission)
    if _to_queue.mail is not None:
        with writing(house.engine) as connection:
            send(house, connection, *_to_queue.mail)
    return kept


def _store(house: Installation, public_id: str, submission: Submission) -> scorecards.Kept:
    with writing(house.engine, about=(subject(public_id),)) as connection:
        draft = load(house, connection, public_id)
        if draft is None:
            raise Gone(public_id)
        if draft.response.state == "draft":
""",
            ),
        ),
    ),
    Design(
        "claim first",
        "a mail is marked sent before it is sent",
        (
            Change(
                SENDING,
                """        try:
            self._mailer.send(letter.message)
        except DeliveryError as error:
            self._failed(table, row, letter, error)
        else:
            self._mark_sent(table, row)
""",
                """        self._mark_sent(table, row)
        try:
            self._mailer.send(letter.message)
        except DeliveryError as error:
            self._failed(table, row, letter, error)
""",
            ),
        ),
    ),
    Design(
        "batch lease",
        "six mails are leased and sent, and only then marked",
        (
            Change(
                SENDING,
                """\
        row = leasing.claim(self._engine, queue.table, self._clock(), self._owner, LEASE, queue.ready)
        if row is None:
            return False
        letter = queue.write(row)
        if isinstance(letter, Instead):
            self._set_aside(queue.table, row, letter)
        else:
            self._send(queue.table, row, letter)
        return True
""",
                """        batch: list[Any] = []
        deadline = time.monotonic() + (20 if queue.ready is not None else 0)  # a batch gathers
        while len(batch) < 6:
            row = leasing.claim(self._engine, queue.table, self._clock(), self._owner, LEASE, queue.ready)
            if row is not None:
                batch.append(row)
            elif time.monotonic() > deadline:
                break
            else:
                time.sleep(0.1)
        for row in batch:
            letter = queue.write(row)
            assert isinstance(letter, Letter)
            self._mailer.send(letter.message)
        for row in batch:
            self._mark_sent(queue.table, row)
        return bool(batch)
""",
            ),
        ),
    ),
    Design(
        "no unique submission key",
        "every press of the button is a submission of its own",
        (
            Change(SUBMITTING, '        if draft.response.state == "draft":\n', "        if True:\n"),
            Change(SUBMITTING, "key=response.submission_key", "key=submission.public_id"),
            Change(
                SUBMITTING,
                "scorecards.by_key(connection, draft.response.submission_key)",
                "scorecards.by_key(connection, submission.public_id)",
            ),
        ),
    ),
    Design(
        "acknowledge before commit",
        "the answer goes out while the submission is still being stored",
        (
            Change(SUBMIT, "from dataclasses import replace\n", "import threading\nfrom dataclasses import replace\n"),
            Change(
                SUBMIT,
                "        kept = submitting.submit(desk().house, public_id, submission)\n",
                """\
        threading.Thread(target=submitting.submit, args=(desk().house, public_id, submission)).start()
        return admit(go(f"/s/{submission.public_id}"), "s", submission.public_id, 1)
""",
            ),
            Change(SUBMIT, """    return admit(go(f"/s/{kept.public_id}"), "s", kept.public_id, kept.epoch)\n""", ""),
        ),
    ),
)
