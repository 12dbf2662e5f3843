"""`make bench`: CPU a request against a bare Flask page of the same size, as ratios within one run.

CPU is user + system time of the whole server process from /proc, divided by requests; product and bare server take
turns round by round, and the median of the paired ratios is printed beside the gate and the stretch goal.
"""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from flask import Flask, redirect, render_template_string, request
from waitress import serve
from werkzeug.wrappers import Response

from assessment.catalogue.catalogue import Catalogue
from assessment.clock import now
from assessment.core.definition import Questionnaire
from assessment.paths import questionnaires_dir
from tests.browser.conftest import free_port
from tests.walking import Fields, fields_of, hidden

ROUNDS, REQUESTS = 7, 120
TICKS = os.sysconf("SC_CLK_TCK")
SLUG = "renewal-practices"
"""A real questionnaire: three to four questions with five or six answers on a page."""
PAGE = "<!doctype html><title>{{ title }}</title>{% for row in rows %}<p>{{ row }}</p>{% endfor %}"


def bare() -> Flask:
    """The floor: a Jinja page of the size asked for, and a POST that reads its body and redirects."""
    app = Flask(__name__)

    @app.get("/page")
    def page() -> str:
        rows = ["x" * 93] * (int(request.args["bytes"]) // 100)
        return render_template_string(PAGE, title="Bare", rows=rows)

    @app.post("/page")
    def post() -> Response:
        request.form.to_dict()
        return redirect("/page", 303)

    return app


class Server:
    """A server process and one connection to it."""

    def __init__(self, arguments: list[str], environment: dict[str, str], port: int) -> None:
        self._process = subprocess.Popen([sys.executable, *arguments], env=os.environ | environment)
        self._port, self.cookies = port, dict[str, str]()
        for _ in range(200):
            try:
                self.ask("GET", "/health")
                break
            except OSError:
                time.sleep(0.05)

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, Location and body."""
        if not hasattr(self, "_line"):
            self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._line.request(method, path, body, headers)
            reply = self._line.getresponse()
        except OSError:
            del self._line
            raise
        for cookie in reply.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return reply.status, reply.headers.get("Location", ""), reply.read().decode()

    def cpu(self) -> float:
        """Seconds of CPU the process has used."""
        parts = Path(f"/proc/{self._answering()}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICKS

    def _answering(self) -> int:
        """The product's server is kept by a process that only waits."""
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[0]) if children else pid

    def cost(self, act: Callable[[int], object], times: int) -> float:
        """CPU milliseconds one act takes."""
        before = self.cpu()
        for number in range(times):
            act(number)
        return (self.cpu() - before) * 1000 / times

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


class Product:
    """The product with one response under way and one scorecard made."""

    def __init__(self, server: Server, questionnaire: Questionnaire) -> None:
        self.server, self.questionnaire = server, questionnaire
        self.answers = next(persona for persona in questionnaire.personas if persona.sample).answers
        self.first = self.start()
        address, fields = self.ready()
        self.card = server.ask("POST", address, fields)[1]

    def start(self) -> str:
        """Begin a response; gives its first page."""
        html = self.server.ask("GET", f"/a/{SLUG}")[2]
        start = next(page for page in self.questionnaire.pages if page.start)
        return self.server.ask("POST", f"/a/{SLUG}", _text(fields_of(start, self.answers)) | _tokens(html))[1]

    def fields(self, address: str) -> dict[str, str]:
        """A page's answers with the tokens of its form."""
        html = self.server.ask("GET", address)[2]
        page = self.questionnaire.pages[int(address.rpartition("/")[2])]
        return _text(fields_of(page, self.answers)) | _tokens(html)

    def ready(self) -> tuple[str, dict[str, str]]:
        """A response at its check page, and the fields that submit it."""
        address = self.start()
        while not address.endswith("/check"):
            address = self.server.ask("POST", address, self.fields(address))[1]
        return address, _tokens(self.server.ask("GET", address)[2]) | {"email": "priya@northfield.example"}

    def changing(self) -> list[dict[str, str]]:
        """Two bodies for the first page that change its answers by turns, each from what the other stored."""
        page = self.questionnaire.pages[int(self.first.rpartition("/")[2])]
        question = next(q for q in page.questions if q.type == "choice")
        bodies = []
        for option in (question.answers[0].id, question.answers[1].id) * 2:
            bodies.append(self.fields(self.first) | {question.id: option})
            assert self.server.ask("POST", self.first, bodies[-1])[0] == 303
        return bodies[2:]


def _text(fields: Fields) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[0] for name, value in fields.items()}


def _tokens(html: str) -> dict[str, str]:
    return {name: hidden(html, name) for name in ("csrf_token", "seen") if f'name="{name}"' in html}


def measure(product: Product, floor: Server) -> dict[str, list[float]]:
    """Paired ratios by name."""
    server, bodies = product.server, product.changing()
    html, card = (server.ask("GET", address)[2] for address in (product.first, product.card))
    ratios: dict[str, list[float]] = {name: [] for name in GOALS}
    for _ in range(ROUNDS):
        bare_page = floor.cost(lambda _n: floor.ask("GET", f"/page?bytes={len(html)}"), REQUESTS)
        bare_card = floor.cost(lambda _n: floor.ask("GET", f"/page?bytes={len(card)}"), REQUESTS)
        bare_post = floor.cost(lambda _n: floor.ask("POST", "/page", bodies[0]), REQUESTS)
        get = server.cost(lambda _n: server.ask("GET", product.first), REQUESTS)
        show = server.cost(lambda _n: server.ask("GET", product.card), REQUESTS)
        post = server.cost(lambda number: server.ask("POST", product.first, bodies[number % 2]), REQUESTS)
        done = _submits(product)
        for name, value in zip(ratios, (get / bare_page, post / bare_post, done / post, show / bare_card), strict=True):
            ratios[name].append(value)
    return ratios


def _submits(product: Product) -> float:
    waiting = [product.ready() for _ in range(30)]
    return product.server.cost(lambda number: product.server.ask("POST", *waiting[number]), len(waiting))


GOALS = {"question GET": (1.5, 1.1), "answer POST": (2.5, 1.8), "submit": (4.0, 2.0), "scorecard GET": (1.5, 1.1)}


def _questionnaire() -> Questionnaire:
    entry = Catalogue(questionnaires_dir(), now()).get(SLUG)
    assert entry is not None
    return entry.questionnaire


def main() -> None:
    """Start both servers, measure, print the table."""
    port, bare_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "ASSESSMENT_HOME": home,
            "ASSESSMENT_PORT": str(port),
            "ASSESSMENT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        subprocess.run(
            [sys.executable, "-m", "assessment", "init"], env=os.environ | environment, check=True, capture_output=True
        )
        server = Server(["-m", "assessment", "serve"], environment, port)
        floor = Server(["-m", "tests.bench", "bare", str(bare_port)], {}, bare_port)
        try:
            ratios = measure(Product(server, _questionnaire()), floor)
        finally:
            server.end()
            floor.end()
    print(f"{'':16}{'ratio':>8}{'gate':>8}{'stretch':>9}")
    for name, values in ratios.items():
        gate, stretch = GOALS[name]
        print(f"{name:16}{statistics.median(values):8.2f}{gate:8.1f}{stretch:9.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        serve(bare(), host="127.0.0.1", port=int(sys.argv[2]), threads=8)
    else:
        main()
