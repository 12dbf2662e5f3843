"""Whether requests may be sent here: what a proxy or load balancer asks, told without detail."""

from flask import Blueprint, Flask, Response, current_app

from assessment.actions import readiness
from assessment.web.desk import desk

blueprint = Blueprint("readiness", __name__)
_DRAINING = "assessment-draining"


def drain(app: Flask) -> None:
    """From now on this process is not ready: it was told to stop, and finishes what it has."""
    app.extensions[_DRAINING] = True


@blueprint.get("/ready")
def ready() -> Response:
    """200 when database, tables, questionnaires and secrets are there and no stop was asked for, else 503."""
    missing = ["stopping"] if current_app.extensions.get(_DRAINING) else readiness.missing(desk().house)
    words = f"not ready: {', '.join(missing)}\n" if missing else "ready\n"
    return Response(words, 503 if missing else 200, mimetype="text/plain")
