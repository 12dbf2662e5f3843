"""The web server as processes: a keeper that holds the address and all that is loaded, and the one that answers."""

from collections.abc import Callable, Iterator
from socket import socket

import click

from assessment import clock
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.installing import expose, reopened
from assessment.keeping import keep
from assessment.rendering import load_pages
from assessment.serving import bind, serve
from assessment.settings import SettingFault
from assessment.web.readiness import drain


def serve_kept(house: Installation, ready: Callable[[], None]) -> int:
    """Keep a process answering until SIGTERM, and give the status it ended with; calls `ready` once it answers.

    Raises `SettingFault` when the address cannot be had.
    """
    listeners = bind(house.settings)
    house.engine.dispose()  # a connection belongs to the process that opened it
    catalogue, tell = house.catalogue, house.catalogue.on_fault

    def look() -> None:
        catalogue.refresh(clock.now())

    def load() -> Iterator[None]:
        catalogue.on_fault = None  # who answers finds the same, and says so
        for _ in load_pages():
            look()
            yield

    def answer(first: bool) -> int:
        catalogue.on_fault = tell
        try:
            _answer(reopened(house), listeners, look, ready if first else _nothing)
        except SettingFault as fault:
            click.echo(f"assessment: {fault}", err=True)
            return 2 if first else 1  # it was had before: it may be had again
        return 0

    # The keeper's definitions go with the edits too: the next to answer begins with what is served now.
    return keep(listeners, answer, load=load(), each_second=look)


def _nothing() -> None:
    pass


def _answer(house: Installation, listeners: list[socket], look: Callable[[], None], ready: Callable[[], None]) -> None:
    expose("ASSESSMENT_METRICS_PORT", house.settings.metrics_port)
    look()
    app = create_app(house)
    serve(app, house.settings, listeners, each_second=look, ready=ready, drain=lambda: drain(app))
    house.engine.dispose()
