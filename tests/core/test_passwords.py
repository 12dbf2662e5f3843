"""Carl chooses a password: length counts, and what everybody tries first is refused."""

import pytest

from assessment.core.passwords import LONGEST, fault

OWN = ("Carl Weber", "carl.weber@meridian.example", "Meridian Advisory")


@pytest.mark.parametrize(
    "password",
    [
        "short horse",
        "x" * 11,
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "123456789012",
        "1234567890987654321",
        "qwertyuiop123",
        "asdfghjkl1234567",
        "password123456",
        "Passw0rd12345!",
        "P@ssword2026!!!",
        "iloveyou123456",
        "letmein1234567",
        "Welcome2Company!",
        "admin-admin-1234",
        "Winter2025!Winter",
        "changemechangeme",
        "abcdefghijklm",
        "carlweber2026!",
        "Meridian2026!",
        "carl.weber@meridian",
        "a" * (LONGEST + 1),
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert fault(password, OWN)


@pytest.mark.parametrize(
    "password",
    [
        "seven lamps drift south",
        "correct horse battery",
        "møøse über käfer torte",
        "x7#Kq!mP2vRz",
        "绿色的鲸鱼在图书馆里慢慢地跳舞",
        "a passphrase by carl about gardens",
        "z" + "quiet river stone " * 7,
    ],
)
def test_what_is_long_and_ones_own_is_taken(password: str) -> None:
    assert fault(password, OWN) is None
