"""What a passkey's device is asked, and whether its answer is good.

The address and its host come from the settings, never from the request; the device must check that it is its owner
(fingerprint, face or PIN), so that a passkey is both factors at once.
"""

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

import webauthn
from flask import session
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from assessment import clock
from assessment.store.credentials import Credentials
from assessment.store.passkeys import Passkey
from assessment.web.desk import desk

CHALLENGE = "challenge"
LASTS = 600
"""Seconds that a device may take."""
_BAD = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


def _host() -> str:
    return urlsplit(desk().house.settings.public_url).hostname or ""


def _challenge() -> bytes:
    """This browser's challenge: the same for its tabs, until it was answered or is too old."""
    known = _current()
    if known is None:
        known = secrets.token_bytes(32)
        session[CHALLENGE] = [bytes_to_base64url(known), int(clock.now().timestamp())]
    return known


def _current() -> bytes | None:
    try:
        text, since = session[CHALLENGE]
        return base64url_to_bytes(text) if clock.now().timestamp() - since < LASTS else None
    except (KeyError, ValueError, TypeError):
        return None


def to_add(who: Credentials, handle: str, known: list[Passkey]) -> str:
    """What the browser asks a device for to make a passkey, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=desk().house.settings.firm,
        user_name=who.email,
        user_display_name=who.name,
        user_id=handle.encode(),
        challenge=_challenge(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key.credential_id) for key in known],
    )
    return webauthn.options_to_json(options)


def to_sign_in() -> str:
    """What the browser asks a device for to sign in with whichever passkey it has, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(), challenge=_challenge(), user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options)


def added(answer: str) -> VerifiedRegistration | None:
    """The new passkey in a device's answer, or None; the challenge is used up."""
    challenge = _current()
    session.pop(CHALLENGE, None)
    if challenge is None:
        return None
    try:
        return webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=_host(),
            expected_origin=desk().house.settings.public_url, require_user_verification=True,
        )  # fmt: skip
    except _BAD:
        return None


def named(answer: str) -> bytes | None:
    """The id of the passkey that a device answers with."""
    try:
        found: Any = json.loads(answer)
        return base64url_to_bytes(found["rawId"])
    except _BAD:
        return None


def shown(answer: str, key: Passkey, handle: str | None) -> VerifiedAuthentication | None:
    """What a device's answer proves, or None; the challenge is used up."""
    challenge = _current()
    session.pop(CHALLENGE, None)
    if challenge is None:
        return None
    try:
        sent = json.loads(answer)["response"].get("userHandle")
        if sent and base64url_to_bytes(sent).decode() != handle:
            return None
        return webauthn.verify_authentication_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=_host(),
            expected_origin=desk().house.settings.public_url, credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count, require_user_verification=True,
        )  # fmt: skip
    except _BAD:
        return None
