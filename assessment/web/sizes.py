"""How much: what a browser may send at once, refused before any view reads it.

A form that is somewhat too large comes back with everything typed, to be shortened; one that nobody types is not read.
The web server itself keeps nothing of what is far beyond (`serving.py`): 260 KiB of body, 64 KiB of headers.
"""

from flask import Flask, Response, request

from assessment.web.errors import MAX_FIELDS, has_too_many_fields, message_page, once_more_page

MAX_BODY = 64 * 1024
"""Bytes of a form: thirty long answers of 2,000 characters."""
MAX_READ = 4 * MAX_BODY
"""Bytes of a form that is read to be given back."""
MAX_NAME = 200
"""Characters of a field's or an argument's name."""
MAX_VALUE = 32 * 1024
"""Characters of one field: more than the longest text that any page takes, so that its own words say what is too long.
"""
MAX_ADDRESS = 8 * 1024
"""Bytes of a path with its arguments."""
MAX_ARGUMENTS = 100
MAX_HEADERS = 48 * 1024
"""Bytes of all headers with their names, cookies among them: some hundred open assessments in one browser."""


def install(app: Flask) -> None:
    """Refuse what is too much, before it is looked at."""
    app.config.update(MAX_CONTENT_LENGTH=MAX_READ, MAX_FORM_MEMORY_SIZE=MAX_READ, MAX_FORM_PARTS=MAX_FIELDS)
    app.before_request(_refuse)


def _refuse() -> Response | None:
    """The page that says what is too much, or None."""
    address = request.environ.get("REQUEST_URI") or request.full_path
    if len(address) > MAX_ADDRESS:
        return message_page(414)
    if _size_of_headers() > MAX_HEADERS:
        return message_page(431)
    arguments = list(request.args.items(multi=True))
    if len(arguments) > MAX_ARGUMENTS or any(len(name) > MAX_NAME for name, _value in arguments):
        return message_page(400)
    return _refuse_form() if request.method == "POST" else None


def _size_of_headers() -> int:
    return sum(len(name) + len(value) for name, value in request.headers)


def _refuse_form() -> Response | None:
    if (request.content_length or 0) > MAX_READ or has_too_many_fields():
        return message_page(413)
    fields = list(request.form.items(multi=True))
    if len(fields) > MAX_FIELDS or any(len(name) > MAX_NAME for name, _value in fields):
        return message_page(413)
    if (request.content_length or 0) > MAX_BODY or any(len(value) > MAX_VALUE for _name, value in fields):
        return once_more_page(413)
    # No page of ours takes a file.
    return message_page(413) if request.files else None
