"""The workplace's own address, and what has no address in it: signed out, both lead to signing in."""

from flask import Response, abort

from assessment.web.guards import go
from assessment.web.review.door import HOME, needs, room, show

blueprint = room("hall")


@blueprint.get("/")
@needs("viewer")
def home() -> Response:
    """The list of submissions is the home page."""
    return go(HOME)


@blueprint.get("/more")
@needs("viewer")
def more() -> Response:
    """What is needed now and then: deliveries, questionnaires, people, audit, one's own account."""
    return show("review/more.html", here="more")


@blueprint.route("/<path:_rest>", methods=["GET", "POST"])
@needs("viewer")
def nowhere(_rest: str) -> Response:
    """Nothing is here; only who is signed in gets to know that."""
    abort(404)
