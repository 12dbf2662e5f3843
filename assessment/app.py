"""Puts the parts of the web application together."""

from flask import Flask

from assessment import paths
from assessment.actions.installation import Installation
from assessment.installing import links_of
from assessment.web import (
    address,
    benchmark_library,
    calculate,
    card,
    errors,
    forgery,
    front,
    headers,
    invited,
    limits,
    opening,
    packing,
    readiness,
    respond,
    sizes,
    submit,
    survey,
    watching,
)
from assessment.web.accounts import entrance, keeper, keys, own, passkeys, people
from assessment.web.desk import EXTENSION, Desk
from assessment.web.review import (
    audit,
    bulk,
    dashboard,
    deliveries,
    exports,
    hall,
    interview,
    invitations,
    listing,
    overview,
    personal,
    questionnaires,
    reviewed,
    submission,
)


def create_app(house: Installation) -> Flask:
    """The web application of an installation."""
    settings = house.settings
    app = Flask("assessment", static_folder=paths.static_dir(), static_url_path="/static", template_folder=None)
    app.secret_key = house.keyring.signing_key
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if settings.secure else "session",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    address.install(app, settings.proxies)
    limits.install(app, settings)
    app.extensions[EXTENSION] = Desk(house, links_of(house), settings.mail_from.rpartition("@")[2])
    app.extensions[keeper.EXTENSION] = keeper.Keeper(house)
    forgery.protection.init_app(app)
    app.before_request(forgery.refuse_foreign)
    sizes.install(app)
    errors.install(app)
    headers.install(app, secure=settings.secure, ancestors=settings.frame_ancestors)
    packing.install(app)
    for module in (
        front,
        calculate,
        benchmark_library,
        readiness,
        invited,
        respond,
        submit,
        survey,
        card,
        opening,
        submission,
        overview,
        listing,
        bulk,
        dashboard,
        entrance,
        keys,
        own,
        passkeys,
        people,
        reviewed,
        invitations,
        interview,
        deliveries,
        exports,
        questionnaires,
        personal,
        audit,
        hall,
    ):
        app.register_blueprint(module.blueprint)
    app.register_blueprint(passkeys.entry)
    limits.tighten(app, settings)
    watching.install(app)
    return app
