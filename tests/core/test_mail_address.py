"""Mallory spells addresses in every way there is; a mailbox stays one mailbox, and a header stays one line."""

import pytest

from assessment.core.mail_address import AddressFault, mailbox, parts
from assessment.forms.readers import email_fault

PLAIN = "priya.raman@northfield.example"


@pytest.mark.parametrize(
    "spelling",
    [
        PLAIN.upper(),
        f"  {PLAIN}\n",
        "priya.raman+scorecard@northfield.example",
        "priya.raman+a+b@NORTHFIELD.example",
        "priya.raman@ｎｏｒｔｈｆｉｅｌｄ.example",
        "priya.raman@northfield。example",
        "Priya.Raman@ⓝorthfield.example",
    ],
)
def test_every_spelling_of_a_mailbox_is_one(spelling: str) -> None:
    assert mailbox(spelling) == PLAIN


@pytest.mark.parametrize("other", ["priyaraman@northfield.example", "priya.raman@northfield.example.org", "priya@x.de"])
def test_other_mailboxes_are_others(other: str) -> None:
    assert mailbox(other) != PLAIN


def test_what_is_no_address_is_only_lower_cased() -> None:
    assert mailbox(" No Address ") == "no address"
    assert mailbox("+tag@x.de") == "+tag@x.de"


@pytest.mark.parametrize(
    "typed",
    [
        "", "priya", "@x.de", "a@", "a@@x.de", "a b@x.de", "a@x..de", ".a@x.de", "a.@x.de", "a..b@x.de", "a@-x.de",
        "a@x.de,b@x.de", "<a@x.de>", "a@x.de\r\nBcc: b@x.de", "a@x.de\x00", "a@x\u2028.de", "a" * 65 + "@x.de",
        "a@" + "x" * 64 + ".de", "a@" + "x." * 130 + "de", "jörg@x.de", '"a b"@x.de', "a@[127.0.0.1]", "\ud800@x.de",
    ],
)  # fmt: skip
def test_what_no_server_takes_is_refused_where_it_is_typed(typed: str) -> None:
    with pytest.raises(AddressFault):
        parts(typed)
    assert email_fault(typed) is not None


@pytest.mark.parametrize("typed", ["a@localhost", "a@x.d", "a@127.0.0.1", "a@x.12"])
def test_what_is_nobodys_work_address_is_refused_too(typed: str) -> None:
    assert email_fault(typed) is not None


@pytest.mark.parametrize("typed", [PLAIN, "o'neil+x@sub.x-y.co.uk", "a@müller.de", "a@例え.jp", "A_B%c@x.museum"])
def test_what_people_have_is_taken(typed: str) -> None:
    assert email_fault(typed) is None
    assert parts(typed)[1].isascii()
