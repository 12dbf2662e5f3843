"""How often: by network, in all, less of what costs or mails; in memory and in a real Redis that comes and goes."""

import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from assessment import serving
from assessment.actions import resuming, signing_in, submitting
from assessment.actions.installation import Installation
from assessment.app import create_app
from assessment.core.definition import Questionnaire
from assessment.installing import install, prepare
from assessment.settings import SettingFault, read_settings
from assessment.store.database import reading
from assessment.store.tables import response
from assessment.web import counters, limits
from assessment.web.counters import Counters, Memory
from tests.conftest import sample_of, sign_in
from tests.databases import fresh_database
from tests.redis_server import Redis
from tests.walking import Fields, Walker, fields_of, hidden


@contextmanager
def running(folder: Path, **given: str) -> Iterator[tuple[Flask, Installation]]:
    """The application with settings of one's own, such as `limit_in_all="5"`."""
    environment = {
        "ASSESSMENT_HOME": str(folder / "house"),
        "ASSESSMENT_PUBLIC_URL": "http://localhost",
        "DATABASE_URL": fresh_database(folder / "house"),
        **{f"ASSESSMENT_{name.upper()}": value for name, value in given.items()},
    }
    settings = read_settings(environment, folder)
    prepare(settings)
    house = install(settings)
    try:
        yield create_app(house), house
    finally:
        house.engine.dispose()


def from_(address: str) -> dict[str, Any]:
    return {"environ_base": {"REMOTE_ADDR": address}}


def _statuses(app: Flask, times: int, path: str = "/privacy", address: str = "192.0.2.1") -> list[int]:
    client, found = app.test_client(), []
    for _ in range(times):
        with client.get(path, **from_(address)) as reply:
            found.append(reply.status_code)
    return found


# By network and in all.


def test_one_network_is_slowed_down_and_no_other(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="5") as (app, _house):
        assert _statuses(app, 7) == [200] * 5 + [429] * 2
        assert _statuses(app, 1, address="192.0.2.2") == [200]


def test_what_is_at_no_address_is_counted_too(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="3") as (app, _house):
        assert _statuses(app, 4, "/wp-login.php") == [404, 404, 404, 429]


def test_an_ipv6_customer_is_one_network(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="3") as (app, _house):
        client = app.test_client()
        said = [client.get("/privacy", **from_(f"2001:db8:0:7::{n:x}")).status_code for n in range(5)]
        assert said == [200, 200, 200, 429, 429]
        assert client.get("/privacy", **from_("2001:db8:0:8::1")).status_code == 200


def test_everybody_together_is_limited_and_what_one_is_refused_is_not_taken_from_all(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="3", limit_in_all="8") as (app, _house):
        assert _statuses(app, 50) == [200] * 3 + [429] * 47
        said = [_statuses(app, 1, address=f"192.0.2.{n}")[0] for n in range(2, 9)]
        assert said == [200] * 5 + [429] * 2


def test_style_script_and_health_are_not_counted(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="2") as (app, _house):
        for path in ("/health", "/ready", "/brand.css", "/static/css/app.css", "/static/js/app.js"):
            assert _statuses(app, 6, path) == [200] * 6, path
        assert _statuses(app, 3) == [200, 200, 429]


def test_the_page_is_kind_and_says_when(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="1") as (app, _house):
        _statuses(app, 1)
        reply = app.test_client().get("/privacy", **from_("192.0.2.1"))
        html = reply.get_data(as_text=True)
        assert reply.status_code == 429
        assert "A little slower, please" in html
        assert 1 <= int(reply.headers["Retry-After"]) <= 60
        assert reply.headers["Cache-Control"] == "no-store"
        assert "192.0.2.1" not in html


def test_a_minute_later_it_is_open_again() -> None:
    now = [0.0]
    memory = Memory(lambda: now[0])
    assert [memory.add("a", 60) for _ in range(3)] == [1, 2, 3]
    now[0] = 59.9
    assert memory.add("a", 60) == 4
    now[0] = 60.0
    assert memory.get("a") == (0, 0.0)
    assert memory.add("a", 60) == 1


def test_at_the_same_moment_each_is_counted() -> None:
    memory = Memory()

    def many() -> None:
        for _ in range(2000):
            memory.add("a", 60)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.get("a")[0] == 16_000


def test_memory_does_not_grow_without_bound_and_is_open_for_nobody() -> None:
    memory = Memory()
    for number in range(counters.MOST * 2):
        memory.add(f"network {number}", 60)
    assert len(memory) <= counters.MOST + counters.SHARED
    # Who came first is still counted alone; who comes late shares a count, which is never lower than their own.
    assert memory.add("network 0", 60) == 2
    late = [memory.add("somebody late", 60) for _ in range(20)]
    assert late[0] > 1
    assert late == list(range(late[0], late[0] + 20))
    assert memory.get("somebody late")[0] == late[-1]


def test_a_flood_of_pages_is_not_taken_for_tries_to_sign_in() -> None:
    memory = Memory()
    for number in range(counters.MOST + 20 * counters.SHARED):
        memory.add(f"LIMITER/network {number}/pages/3000/1/minute", 60)
    assert memory.add("LIMITER/somebody late/pages/3000/1/minute", 60) > 5
    assert memory.add("LIMITER/somebody late/sign-in/60/1/minute", 60) == 1
    assert memory.add("LIMITER/somebody late/sign-in/60/1/minute", 60) == 2
    assert memory.get("LIMITER/somebody late/sign-in/60/1/minute")[0] == 2


def test_what_ended_makes_room() -> None:
    now = [0.0]
    memory = Memory(lambda: now[0])
    for number in range(counters.MOST):
        memory.add(f"network {number}", 60)
    now[0] = 61.0
    assert memory.add("somebody new", 60) == 1
    assert len(memory) == 1


def test_nothing_personal_is_kept_or_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), running(tmp_path, limit_per_address="2") as (app, _house):
        _statuses(app, 4, address="203.0.113.77")
        store = app.extensions[limits.EXTENSION].storage
        kept = " ".join(store.memory._counts)
        assert store.memory.get(next(iter(store.memory._counts)))[0] == 4
        assert "203.0.113" not in kept
        assert "203.0.113" not in caplog.text


def test_asking_by_head_is_counted_as_asking_by_get(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="15") as (app, _house):  # a two hundredth of the default: 3 links a minute
        client = app.test_client()
        said = [client.head("/open/resume/nothing", **from_("192.0.2.1")).status_code for _ in range(5)]
    assert said == [404, 404, 404, 429, 429]


def test_of_many_fields_nothing_is_taken_apart_or_given_back(tmp_path: Path) -> None:
    form = {"content_type": "application/x-www-form-urlencoded", **from_("192.0.2.1")}
    with running(tmp_path, limit_per_address="1") as (app, _house):
        _statuses(app, 1)
        few = app.test_client().post("/a/anything", data="&".join(f"f{n}=x" for n in range(300)), **form)
        many = app.test_client().post("/a/anything", data="a&" * 130_000, **form)
    assert (few.status_code, many.status_code) == (429, 429)
    assert few.get_data(as_text=True).count('value="x"') == 300
    assert len(many.data) < 5_000  # else twenty times of what was sent, to somebody who is to be slowed down


def test_the_readme_says_every_limit() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    said = set(re.findall(r"\d+", readme.partition("### Limits")[2].partition("\n### ")[0]))
    of_groups = [part for group in limits.STRICTER for part in f"{group.each};{group.in_all or ''}".split(";") if part]
    of_database = (
        signing_in.TRIES_ADDRESS, signing_in.TRIES_NETWORK, signing_in.TRIES_FACTOR, signing_in.RESETS_ADDRESS,
        signing_in.RESETS_NETWORK, submitting.MAILS_A_DAY_UNCONFIRMED, submitting.MAILS_A_DAY_CONFIRMED,
        submitting.MAILS_A_DAY_SCORECARD, resuming.MAILS_A_DAY_RESPONSE,
    )  # fmt: skip
    numbers = {part.partition("/")[0] for part in of_groups} | {str(number) for number in of_database}
    assert numbers | {str(limits.PER_ADDRESS), str(limits.IN_ALL), str(serving.MOST_CONNECTIONS)} <= said


# What costs or mails.


def _start(client: Any, asked: Questionnaire, address: str, **more: str) -> Any:
    html = client.get(f"/a/{asked.id}", **from_(address)).get_data(as_text=True)
    fields: Fields = {"csrf_token": hidden(html, "csrf_token"), **more}
    for page in asked.pages:
        fields |= fields_of(page, sample_of(asked).answers) if page.start else {}
    return client.post(f"/a/{asked.id}", data=fields, **from_(address))


def test_an_office_of_two_hundred_answers_at_once_with_the_default_settings(
    app: Flask, renewal: Questionnaire, house: Installation
) -> None:
    """In their first minute: the introduction, the start, the first page, three saves; all behind one address."""
    assert house.settings.limit_per_address == limits.PER_ADDRESS
    assert house.settings.limit_in_all == limits.IN_ALL
    refused = 0
    for _ in range(200):
        client = app.test_client()
        begun = _start(client, renewal, "198.51.100.9")
        page = client.get(begun.headers["Location"], **from_("198.51.100.9"))
        fields = {"csrf_token": hidden(page.get_data(as_text=True), "csrf_token")}
        for _ in range(3):
            saved = client.post(begun.headers["Location"] + "/save", data=fields, **from_("198.51.100.9"))
            refused += saved.status_code == 429
        refused += (begun.status_code == 429) + (page.status_code == 429)
    assert refused == 0


def test_fewer_may_start_than_may_read(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="30") as (app, house):  # a hundredth of the default: 4 starts a minute
        asked = house.catalogue.live()[0].questionnaire
        said = [_start(app.test_client(), asked, "192.0.2.1") for _ in range(6)]
        assert [reply.status_code for reply in said] == [303] * 4 + [429] * 2
        assert _start(app.test_client(), asked, "192.0.2.2").status_code == 303
        with reading(house.engine) as connection:
            assert connection.execute(select(func.count()).select_from(response)).scalar_one() == 5


def test_what_was_typed_comes_back_to_be_sent_again(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="8") as (app, house):
        asked, client = house.catalogue.live()[0].questionnaire, app.test_client()
        assert _start(client, asked, "192.0.2.1").status_code == 303
        reply = _start(client, asked, "192.0.2.1", utm_source="the spring <b>mailing</b> of our consultants")
        html = reply.get_data(as_text=True)
        assert reply.status_code == 429
        assert int(reply.headers["Retry-After"]) >= 1
        assert "Everything you entered is still here" in html
        assert "the spring &lt;b&gt;mailing&lt;/b&gt; of our consultants</textarea>" in html
        assert f'action="/a/{asked.id}"' in html
        again = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html))
        again |= dict(re.findall(r'name="([^"]+)" rows="6">([^<]*)</textarea>', html))
        for page in asked.pages:
            wanted = fields_of(page, sample_of(asked).answers) if page.start else {}
            assert wanted.items() <= again.items()
        _forget(app)
        assert client.post(f"/a/{asked.id}", data=again, **from_("192.0.2.1")).status_code == 303


def _forget(app: Flask) -> None:
    """As if the minute were over."""
    app.extensions[limits.EXTENSION].storage.reset()


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"X-Requested-With": "fetch"}]
)
def test_nothing_comes_back_to_another_sites_form_or_to_script(tmp_path: Path, headers: dict[str, str]) -> None:
    with running(tmp_path, limit_per_address="1") as (app, house):
        client, slug = app.test_client(), house.catalogue.live()[0].questionnaire.id
        client.get("/", **from_("192.0.2.1"))
        reply = client.post(f"/a/{slug}", data={"x": "planted by Mallory"}, headers=headers, **from_("192.0.2.1"))
        assert reply.status_code == 429
        assert "planted" not in reply.get_data(as_text=True)
        assert "csrf_token" not in reply.get_data(as_text=True)


@pytest.mark.parametrize("path", ["//evil.example/sign-in", "//evil.example/a/x", "/nowhere", "/a/x/../../evil"])
def test_no_form_leads_to_an_address_that_is_not_ours(tmp_path: Path, path: str) -> None:
    with running(tmp_path, limit_per_address="1") as (app, _house):
        client = app.test_client()
        client.get("/", **from_("192.0.2.1"))
        raw = {"PATH_INFO": path, "REQUEST_URI": path, "REMOTE_ADDR": "192.0.2.1"}
        reply = client.post("/", data={"x": "planted by Mallory"}, environ_overrides=raw)
        assert reply.status_code == 429
        assert "<form" not in reply.get_data(as_text=True)


def test_passwords_never_come_back(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="1") as (app, _house):
        client = app.test_client()
        client.get("/", **from_("192.0.2.1"))
        typed = {"email": "carl weber at meridian", "password": "seven lamps drift south", "again": "and once more"}
        html = client.post("/sign-in", data=typed, **from_("192.0.2.1")).get_data(as_text=True)
        assert "carl weber at meridian" in html
        assert "seven lamps" not in html
        assert "and once more" not in html


def test_a_mail_link_is_asked_for_less_often(tmp_path: Path) -> None:
    with running(tmp_path, limit_per_address="60") as (app, house):  # a fiftieth of the default: 4 mails a minute
        walker, asked = Walker(app.test_client()), house.catalogue.live()[0].questionnaire
        base = walker.start(asked, sample_of(asked).answers).rpartition("/")[0]
        token = hidden(walker.client.get(f"{base}/later").get_data(as_text=True), "csrf_token")
        fields = {"csrf_token": token, "email": "priya@northfield.example"}
        said = [walker.client.post(f"{base}/later", data=fields).status_code for _ in range(6)]
        assert said[0] == 200
        assert said[4:] == [429] * 2
        assert 429 not in said[:4]
        assert walker.client.get(f"{base}/later").status_code == 200  # reading is not asking
        for address in ("mail", "address"):
            assert walker.client.post(f"/s/AAAAAAAAAAAAAAAA/{address}", data=fields).status_code == 429, address


def test_signing_in_is_tried_less_often_from_anywhere(tmp_path: Path) -> None:
    with running(tmp_path) as (app, _house):
        walker = Walker(app.test_client())
        token = hidden(walker.client.get("/sign-in").get_data(as_text=True), "csrf_token")
        said = [
            walker.client.post("/sign-in/forgotten", data={"csrf_token": token, "email": "not an address"}).status_code
            for _ in range(62)
        ]
        assert said == [422] * 60 + [429] * 2
        assert walker.client.get("/sign-in").status_code == 200


def test_exports_are_counted_by_account_and_not_by_the_firms_address(tmp_path: Path) -> None:
    with running(tmp_path) as (app, house):
        carl, anna = (sign_in(app, house, "consultant", name) for name in ("Carl Weber", "Anna Berg"))
        token = hidden(carl.client.get("/review/exports").get_data(as_text=True), "csrf_token")
        said = [
            carl.client.post("/review/exports", data={"csrf_token": token, "form": "none"}).status_code
            for _ in range(21)
        ]
        assert said == [422] * 20 + [429]
        hers = hidden(anna.client.get("/review/exports").get_data(as_text=True), "csrf_token")
        assert anna.client.post("/review/exports", data={"csrf_token": hers, "form": "none"}).status_code == 422


def test_every_endpoint_with_a_stricter_limit_exists_and_keeps_its_role(app: Flask) -> None:
    wrapped = [endpoint for group in limits.STRICTER for endpoint in group.endpoints]
    assert len(wrapped) == len(set(wrapped))
    assert set(wrapped) <= set(app.view_functions)
    assert app.view_functions["exports.ask"].needs == "viewer"  # type: ignore[attr-defined]
    assert app.view_functions["people.invite"].needs == "admin"  # type: ignore[attr-defined]


def test_what_costs_or_mails_has_a_stricter_limit(app: Flask) -> None:
    """Every form that nobody must sign in for is in a group, or stands here with a reason."""
    grouped = {endpoint for group in limits.STRICTER for endpoint in group.endpoints}
    cheap = {
        "respond.answer",  # one page of a response that was begun; beginning is limited
        "respond.save",
        "card.share",  # a link, shown and not mailed
        "card.confirm",
        "card.uncount",  # once, like the next
        "card.delete",  # once
    }
    forms = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    public = {one for one in forms if not any(r.rule.startswith("/review") for r in app.url_map.iter_rules(one))}
    assert public == (grouped & public) | cheap


# Redis.


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path) as started:
        yield started


def test_two_processes_count_together_in_redis(redis: Redis) -> None:
    here, there = Counters(store=redis.address), Counters(store=redis.address)
    assert [here.incr("a", 60), there.incr("a", 60), here.incr("a", 60)] == [1, 2, 3]
    assert here.get("a") == there.get("a") == 3
    assert 0 < there.get_expiry("a") - time.time() <= 61
    assert len(here.memory) == 0


def test_two_installations_in_one_redis_do_not_slow_each_other(tmp_path: Path, redis: Redis) -> None:
    given = {"limit_in_all": "2", "limit_store": redis.address}
    with running(tmp_path / "a", **given) as (one, _), running(tmp_path / "b", **given) as (other, _house):
        assert _statuses(one, 3) == [200, 200, 429]
        assert _statuses(other, 3) == [200, 200, 429]


def test_what_stands_in_redis_is_nobodys_address(tmp_path: Path, redis: Redis) -> None:
    with running(tmp_path, limit_per_address="2", limit_store=redis.address) as (app, _house):
        assert _statuses(app, 3, address="203.0.113.77") == [200, 200, 429]
        store = app.extensions[limits.EXTENSION].storage
        names = [name.decode() for name in store._redis.storage.keys("*")]
        assert names
        assert not [name for name in names if "203.0.113" in name]
        assert all(0 < store._redis.storage.ttl(name) <= 60 for name in names)


def test_redis_lost_under_requests_is_never_open_never_an_error_and_comes_back(
    tmp_path: Path, redis: Redis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "LOOK_EVERY", 0.2)
    with running(tmp_path, limit_per_address="20", limit_store=redis.address) as (app, _house):
        assert _statuses(app, 21) == [200] * 20 + [429]
        redis.kill()
        assert _at_once(app, 8, 10) == [200] * 20 + [429] * 60  # counted here now, from none, by all threads
        redis.start()
        store = app.extensions[limits.EXTENSION].storage
        deadline = time.monotonic() + 10
        while not store._up and time.monotonic() < deadline:
            _statuses(app, 1, "/imprint", "192.0.2.99")
            time.sleep(0.05)
        assert store._up
        assert _statuses(app, 21) == [200] * 20 + [429]
    lines = [record.getMessage() for record in caplog.records if record.name == counters.__name__]
    assert len([line for line in lines if "is lost" in line]) == 1
    assert len([line for line in lines if "is back" in line]) == 1


def _at_once(app: Flask, threads: int, each: int) -> list[int]:
    """The statuses of requests by threads that begin together, sorted."""
    found: list[int] = []
    barrier = threading.Barrier(threads)

    def many() -> None:
        barrier.wait()
        found.extend(_statuses(app, each))

    started = [threading.Thread(target=many) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return sorted(found)


@pytest.mark.parametrize("kind", ["closed", "hung", "nonsense"])
def test_a_redis_that_cannot_be_used_at_the_start_is_one_line_and_slows_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    with _bad_redis(kind) as port:
        began = time.monotonic()
        with running(tmp_path, limit_per_address="5", limit_store=f"redis://:secret@127.0.0.1:{port}/0") as (app, _):
            assert _statuses(app, 7) == [200] * 5 + [429] * 2
        assert time.monotonic() - began < 10
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(lines) == 1
    assert lines[0].startswith("ASSESSMENT_LIMIT_STORE cannot be reached")
    assert "secret" not in caplog.text


@contextmanager
def _bad_redis(kind: str) -> Iterator[int]:
    """A port that is closed, one that takes a connection and says nothing, one that answers something else."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        if kind == "closed":
            listener.close()
            yield port
            return
        listener.listen(50)
        ended = threading.Event()

        def answer() -> None:
            listener.settimeout(0.1)
            held = []
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                held.append(connection)
                if kind == "nonsense":
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            for connection in held:
                connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        yield port
        ended.set()
        thread.join()


def test_a_redis_that_hangs_later_slows_one_request_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis: Redis
) -> None:
    monkeypatch.setattr(counters, "LOOK_EVERY", 60.0)
    with running(tmp_path, limit_store=redis.address) as (app, _house):
        assert _statuses(app, 1) == [200]
        redis.freeze()
        seconds = []
        for _ in range(10):
            began = time.monotonic()
            assert _statuses(app, 1) == [200]
            seconds.append(time.monotonic() - began)
        redis.thaw()
    assert max(seconds) >= counters.PATIENCE  # the first found out
    assert sum(one > counters.PATIENCE for one in seconds) == 1


@pytest.mark.parametrize("address", ["redis://127.0.0.1:port/0", "redis://:s3cret@[::1/0"])
def test_an_address_that_is_none_names_its_setting(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingFault, match="ASSESSMENT_LIMIT_STORE") as caught, running(tmp_path, limit_store=address):
        pass
    assert "s3cret" not in str(caught.value)


def test_without_redis_its_client_is_not_even_loaded(visitor: Callable[[], Walker], app: Flask) -> None:
    assert visitor().client.get("/").status_code == 200
    assert app.extensions[limits.EXTENSION].storage._redis is None
