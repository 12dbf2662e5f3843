"""A reviewed scorecard through a real worker: its PDF, its mail, and the automatic one that stays as it was."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from assessment import clock
from assessment.actions import owning
from assessment.actions.installation import Installation
from assessment.core.definition import Questionnaire
from assessment.core.reviewed import MOST_COMMENT, OWN, Content
from assessment.core.typed_text import BREAK
from assessment.delivery.making import Press
from assessment.delivery.pdf import Made
from assessment.delivery.renderer import Renderer, RenderError
from assessment.store import accounts, documents, submissions
from assessment.store.database import reading, writing
from assessment.store.tables import delivery, document
from assessment.working import build_worker
from tests.conftest import sample_of
from tests.reviewing import COMMENT, OWN_ADVICE, form_of, press, send_review, turned_round
from tests.walking import Walker

PRIYA = {"email": "priya@northfield.example", "name": "Priya Raman", "company": "Northfield Systems"}
CANARIES = (
    "<script>alert('Zq17')</script>",
    '"><img src=x onerror=alert("Zq17")>',
    "</style><canary>Zq17",
    "</title></p><canary>Zq17",
    "{{ 7 * 191 }}Zq17{% raw %}",
    "<a href='javascript:alert(1)'>Zq17</a>",
    "Zq17\r\nBcc: all@evil.example",
    "Zq17" + "W" * 300,
    "Zq17" + "\u0301" * 60 + "\u202e\x00",
)


@dataclass
class PaperPress:
    """Keeps the HTML it is given, and gives bytes that follow from it, as the PDF does (test_pdf).

    The drawn report fails where told to, so that the plain one is made.
    """

    drawn_fails: bool = False
    printed: list[str] = field(default_factory=list)

    def make(self, html: str, css: str, made_at: datetime) -> Made:
        self.printed.append(html)
        if self.drawn_fails and 'class="plain"' not in html:
            raise RenderError("told to fail", permanent=True)
        return Made(b"%PDF-" + made_at.isoformat().encode() + sha256((html + css).encode()).digest(), 6)


@dataclass
class ReviewsOnly(PaperPress):
    """Makes real PDFs of what a review is printed on; the automatic reports before it are paper."""

    renderer: Renderer | None = None

    def make(self, html: str, css: str, made_at: datetime) -> Made:
        if self.renderer is None or "Reviewed by" not in html:
            return super().make(html, css, made_at)
        return self.renderer.make(html, css, made_at)


@pytest.fixture
def card(priya: Walker, renewal: Questionnaire) -> str:
    """Priya's submission, by its public id."""
    return priya.scorecard(renewal, sample_of(renewal).answers, PRIYA).rpartition("/")[2]


def work(house: Installation, printer: Press) -> None:
    """A worker until there is nothing to do."""
    worker = build_worker(house, printer, "desk/1")  # type: ignore[arg-type]
    while worker.step():
        pass


def mails(house: Installation) -> list[EmailMessage]:
    """What went out, reviewed ones last."""
    found = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in house.settings.outbox.glob("*.eml")
    ]
    return sorted(found, key=lambda one: "reviewed" in one["Subject"])  # type: ignore[type-var,return-value]


def bytes_of(house: Installation, *, reviewed: bool) -> bytes:
    with reading(house.engine) as connection:
        which = document.c.review_id.is_not(None) if reviewed else document.c.review_id.is_(None)
        ids = connection.execute(select(document.c.id).where(which).order_by(document.c.id.desc())).scalars()
        content = documents.content(connection, house.keyring, next(iter(ids)))
    assert content is not None
    return content


def make_all_again(house: Installation) -> None:
    with writing(house.engine) as connection:
        for id_ in connection.execute(select(document.c.id)).scalars().all():
            documents.queue_again(connection, id_, clock.now())


def words_of(pdf: bytes) -> str:
    pages = PdfReader(BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_the_pdf_says_who_reviewed_what_and_in_which_order(
    house: Installation, card: str, renderer: Renderer, priya: Walker
) -> None:
    content = turned_round(house, card)
    send_review(house, card, content)
    work(house, ReviewsOnly(renderer=renderer))
    made = priya.client.get(f"/s/{card}/reviewed.pdf")
    assert made.headers["Content-Type"] == "application/pdf"
    assert made.headers["Content-Disposition"].endswith('-scorecard-reviewed.pdf"')
    told = words_of(made.get_data())
    assert re.search(r"Reviewed by Carl Moreau, consultant at Meridian Advisory, \d+ \w+ \d{4}", told)
    letter = told[told.index("From Carl Moreau Consultant") :]
    assert "thank you for answering so openly. Start with the second one. Best regards, Carl" in letter
    titles = {item.id: item.title for item in owning.find_kept(house, card).card.advice}  # type: ignore[union-attr]
    first, second, third = (OWN_ADVICE.title if pick == OWN else titles[pick] for pick in content.picks)
    moves = letter[letter.index("Recommendations, in order") :]
    assert moves.index(first) < moves.index(second) < moves.index(third)
    assert re.search(rf"{second} Added by Carl Moreau. Effort low, within 21 days", moves)
    assert OWN_ADVICE.first_action in moves


def test_equal_bytes_for_ever_and_the_automatic_pdf_unchanged(
    house: Installation, card: str, renderer: Renderer
) -> None:
    printer = ReviewsOnly(renderer=renderer)
    work(house, printer)
    automatic, snapshot = bytes_of(house, reviewed=False), owning.find_kept(house, card)
    send_review(house, card)
    work(house, printer)
    reviewed = bytes_of(house, reviewed=True)
    assert bytes_of(house, reviewed=False) == automatic
    make_all_again(house)
    with writing(house.engine) as connection:  # Carl's name is frozen in what was sent
        found = accounts.by_email(connection, house.keyring, "carl.moreau@meridian.example")
        assert found is not None
        accounts.change(connection, found.id, {"sealed_name": house.keyring.seal("Carla Other")})
    work(house, printer)
    assert bytes_of(house, reviewed=True) == reviewed
    assert bytes_of(house, reviewed=False) == automatic
    assert owning.find_kept(house, card) == snapshot
    assert len(printer.printed) == 2  # the automatic one, and once more
    assert not any("Carl" in html for html in printer.printed)


def test_a_confirmation_that_comes_later_changes_the_automatic_pdf_alone(
    house: Installation, card: str, priya: Walker, renewal: Questionnaire
) -> None:
    send_review(house, card)
    paper = PaperPress()
    work(house, paper)
    owning.confirm(house, card, clock.now())
    make_all_again(house)
    work(house, paper)
    reviewed = [html for html in paper.printed if "Reviewed by" in html]
    assert len(reviewed) == 2
    assert reviewed[0] == reviewed[1]
    automatic = {html for html in paper.printed if "Reviewed by" not in html}
    assert len(automatic) == 2
    send_review(house, card)
    work(house, paper)
    assert "until your address is confirmed" in reviewed[0]
    assert "until your address is confirmed" not in paper.printed[-1]


def test_the_second_issue_names_the_one_it_replaces(house: Installation, card: str) -> None:
    send_review(house, card, now=datetime.fromisoformat("2026-03-05T12:00:00+00:00"))
    send_review(
        house, card, Content(comment="A slip is mended."), now=datetime.fromisoformat("2026-03-09T12:00:00+00:00")
    )
    paper = PaperPress()
    work(house, paper)
    [second] = (html for html in paper.printed if "A slip is mended." in html)
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", second))
    assert "9 March 2026. Second issue, replaces the one of 5 March 2026" in told
    assert "A slip is mended." in told
    assert "Recommendations, in order" not in told
    assert "Choose a time" in told


def test_the_mail_has_its_own_subject_and_names_nobody_but_the_reviewer(house: Installation, card: str) -> None:
    send_review(house, card)
    work(house, PaperPress())
    automatic, message = mails(house)
    assert message["Subject"] == "Your scorecard, reviewed by Meridian Advisory"
    assert message["To"] == PRIYA["email"]
    assert automatic["Subject"].startswith("Your scorecard: ")
    [attached] = message.iter_attachments()
    assert attached.get_filename() == "renewal-practices-scorecard-reviewed.pdf"
    assert attached.get_payload(decode=True) == bytes_of(house, reviewed=True)
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        text = body.get_content()
        assert "Carl Moreau, consultant at Meridian Advisory" in text
        assert "/open/mailed/" in text
        assert "/not-me/" in text
        for typed in ("Priya", "Northfield", "thank you for answering", OWN_ADVICE.title):
            assert typed not in text


def test_the_mails_link_opens_the_scorecard_with_the_review(
    house: Installation, card: str, visitor: Callable[[], Walker]
) -> None:
    send_review(house, card)
    work(house, PaperPress())
    body = mails(house)[1].get_body(("plain",))
    assert body is not None
    link = re.search(r"http://localhost(/open/mailed/\S+)", body.get_content())
    assert link is not None
    elsewhere = visitor()
    assert elsewhere.client.get(link[1]).headers["Location"] == f"/s/{card}"
    assert "Reviewed by Carl Moreau" in elsewhere.client.get(f"/s/{card}").get_data(as_text=True)


def test_who_refuses_while_the_mail_waits_is_not_mailed(house: Installation, card: str) -> None:
    send_review(house, card)
    with writing(house.engine) as connection:
        found = submissions.find(connection, card)
        assert found is not None
        submissions.refuse_contact(connection, found, refused=True)
    work(house, PaperPress())
    assert len(mails(house)) == 1  # the automatic one, which they asked for
    with reading(house.engine) as connection:
        rows = connection.execute(select(delivery.c.state, delivery.c.error).order_by(delivery.c.id)).all()
    assert rows[-1] == ("suppressed", "must not be contacted")


def test_what_was_erased_meanwhile_is_neither_made_nor_mailed(house: Installation, card: str) -> None:
    send_review(house, card)
    owning.erase(house, card, clock.now())
    paper = PaperPress()
    work(house, paper)
    assert paper.printed == []
    assert mails(house) == []


def test_a_draft_is_printed_as_one_and_mailed_to_nobody(
    house: Installation, card: str, staff: Callable[..., Walker], priya: Walker
) -> None:
    carl = staff("consultant", "Carl Moreau")
    press(carl, card, form_of(carl, card) | {"comment": "Not yet"}, "preview")
    paper = PaperPress()
    work(house, paper)
    assert "Draft of a review by Carl Moreau, not sent" in paper.printed[-1]
    assert len(mails(house)) == 1
    assert carl.client.get(f"/review/submissions/{card}/reviewed/pdf").headers["Content-Type"] == "application/pdf"
    assert priya.client.get(f"/s/{card}/reviewed.pdf").status_code == 404


@pytest.mark.parametrize("canary", CANARIES)
def test_what_carl_types_is_shown_as_text_wherever_it_is_shown(
    house: Installation, card: str, priya: Walker, staff: Callable[..., Walker], canary: str
) -> None:
    carl, fields = staff("consultant", "Carl Moreau"), {}
    for name in ("title", "gap", "first_action", "measure"):
        fields[f"own_{name}"] = canary[:110]
    fields |= {"own_within": "5", "own_effort": "high", "comment": f"Hello\n\n{canary}"}
    assert press(carl, card, form_of(carl, card) | fields, "preview").status_code == 303
    shown = [carl.client.get(f"/review/submissions/{card}/reviewed{tail}") for tail in ("", "/preview")]
    assert press(carl, card, form_of(carl, card) | fields, "send").status_code == 303
    paper = PaperPress(drawn_fails=True)  # so that the plain report is printed as well
    work(house, paper)
    shown += [carl.client.get(f"/review/submissions/{card}/reviewed"), priya.client.get(f"/s/{card}")]
    told = [html.replace(BREAK, "") for html in [*(reply.get_data(as_text=True) for reply in shown), *paper.printed]]
    for html in told:
        for bad in ("<canary", "<img src=x", "alert(1)'>", "<script>alert", "1337"):
            assert bad not in html
    for html in (*told[1:4], *told[-2:]):
        assert "Zq17" in html
        assert "\u202e" not in html
    message = mails(house)[-1]
    assert set(message.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert all("Zq17" not in part.get_content() for part in message.walk() if part.get_content_maintype() == "text")


LONG = ("W" * MOST_COMMENT, "a\n" * 59, "\n\n".join("word " * 6 for _ in range(29)), "﷽ " * 500)
"""One word, lines, paragraphs, and the widest of letters."""


def test_no_comment_holds_the_renderer_up(house: Installation, card: str, renderer: Renderer) -> None:
    own = replace(OWN_ADVICE, title="W" * 120, gap="W" * 500, first_action="W" * 500, measure="W" * 300)
    for comment in LONG:
        send_review(house, card, Content(comment=comment.strip(), picks=(OWN,), own=own))
        work(house, ReviewsOnly(renderer=renderer))
    with reading(house.engine) as connection:
        rows = connection.execute(select(document.c.state, document.c.plain, document.c.error)).all()
    assert [tuple(row) for row in rows] == [("ready", False, None)] * (1 + len(LONG))


def test_a_dropped_one_is_made_again_on_demand(house: Installation, card: str, priya: Walker) -> None:
    send_review(house, card)
    work(house, PaperPress())
    made = priya.client.get(f"/s/{card}/reviewed.pdf").get_data()
    with writing(house.engine) as connection:
        connection.execute(update(document).values(state="dropped", sealed_bytes=None))
    assert "Making your PDF" in priya.client.get(f"/s/{card}/reviewed.pdf").get_data(as_text=True)
    work(house, PaperPress())
    assert priya.client.get(f"/s/{card}/reviewed.pdf").get_data() == made


def test_the_comment_is_kept_as_it_was_typed(house: Installation, card: str) -> None:
    send_review(house, card)
    found = owning.read(house, card)
    assert found is not None
    assert found.review is not None
    assert found.review.content.comment == COMMENT
