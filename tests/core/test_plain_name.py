"""Names of people and firms may be printed for an unconfirmed address; messages, links and numbers may not."""

import pytest

from assessment.core.plain_name import looks_like_a_name


@pytest.mark.parametrize(
    "name",
    ["Priya Nair", "Željko Łódź-Şahin", "Dr. Anna O’Neill, PhD", "Smith & Sons Ltd.", "3M", "Studio 2026",
     "株式会社東芝", "محمد علي", "St. Mary's Hospital", "Müller GmbH & Co. KG", "V. S. Naipaul", "F.lli Rossi S.r.l."],
)  # fmt: skip
def test_a_name_is_a_name(name: str) -> None:
    assert looks_like_a_name(name)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "12", "...", "visit evil.com", "www evil", "evil.co.uk", "https evil", "https://evil.example/x",
     "mallory@evil.example", "call 0800 123456", "+49 30 1234567", "You won! Claim now", "a" * 61, "Priya <b>", "a_b",
     "win\u2028now", "bank.ru/login", "Tom (mail me)", "$1000"],
)  # fmt: skip
def test_mallorys_message_is_not(text: str) -> None:
    assert not looks_like_a_name(text)
