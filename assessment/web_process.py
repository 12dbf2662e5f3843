"""The web server as processes: a keeper that holds the address and all that is loaded, and the one that answers."""

from collections.abc import Callable
from socket import socket

import click

from assessment import clock
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.installing import expose, reopened
from assessment.keeping import keep
from assessment.rendering import load_pages
from assessment.serving import listen, serve
from assessment.settings import SettingFault
from assessment.web.readiness import drain


def serve_kept(house: Installation, ready: Callable[[], None]) -> int:
    """Keep a process answering until SIGTERM, and give the status it ended with; calls `ready` once it answers.

    Raises `SettingFault` when the address cannot be had.
    """
    listeners = listen(house.settings)
    house.engine.dispose()  # a connection belongs to the process that opened it
    return keep(listeners, lambda first: _answer(house, listeners, ready if first else _nothing), load=load_pages)


def _nothing() -> None:
    pass


def _answer(loaded: Installation, listeners: list[socket], ready: Callable[[], None]) -> int:
    try:
        house = reopened(loaded)
        expose("ASSESSMENT_METRICS_PORT", house.settings.metrics_port)
    except SettingFault as fault:
        click.echo(f"assessment: {fault}", err=True)
        return 2

    def look() -> None:
        house.catalogue.refresh(clock.now())

    look()
    app = create_app(house)
    serve(app, house.settings, listeners, each_second=look, ready=ready, drain=lambda: drain(app))
    house.engine.dispose()
    return 0
