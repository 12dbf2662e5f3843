"""The contact form: what the questionnaire offers, what it requires, two consents apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from wtforms import Form, SelectMultipleField, StringField, ValidationError

from assessment.core.definition import Contact
from assessment.core.typed_text import clean
from assessment.forms.readers import email_fault

LABELS = {"name": "Name", "email": "Work e-mail", "company": "Company", "role": "Role"}
LIMITS = {"name": 100, "email": 254, "company": 120, "role": 100}


class ContactForm(Form):  # type: ignore[misc]
    """Everything that can be asked of a person; `ContactAnswer` is what comes out."""

    name = StringField()
    email = StringField()
    company = StringField()
    role = StringField()
    consent = SelectMultipleField(validate_choice=False)

    def validate_email(self, field: StringField) -> None:
        """An address, when one is given."""
        message = email_fault(field.data.strip()) if (field.data or "").strip() else None
        if message:
            raise ValidationError(message)


@dataclass(frozen=True, slots=True)
class ContactAnswer:
    """Contact details and consents as read; `messages` by field name says what to mend."""

    contact: dict[str, str]
    consents: frozenset[str]
    typed: dict[str, str]
    messages: dict[str, str]


def read_contact(asked: Contact, sent: Mapping[str, str], purposes: frozenset[str]) -> ContactAnswer:
    """Read the contact form; fields that are not offered are ignored."""
    form = ContactForm(sent)
    form.validate()
    offered: list[str] = [name for name in LABELS if name in asked.offer or name in asked.require]
    typed = {name: str(form[name].data or "") for name in offered}
    messages = {name: str(form[name].errors[0]) for name in offered if form[name].errors}
    contact = {}
    for name in offered:
        if len(typed[name]) > LIMITS[name]:
            messages.setdefault(name, f"Shorten this to {LIMITS[name]} characters")
        contact[name] = clean(typed[name], LIMITS[name])
        if name in asked.require and not contact[name]:
            messages.setdefault(name, f"Enter your {LABELS[name].lower()}")
    return ContactAnswer(
        contact={name: text for name, text in contact.items() if text},
        consents=frozenset(form.consent.data or []) & purposes,
        typed=typed,
        messages=messages,
    )
