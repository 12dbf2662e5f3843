"""A migrated database is exactly the tables in the code, and migrating again or from two sides changes nothing."""

import multiprocessing
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from assessment import clock
from assessment.actions import auditing
from assessment.actions.installation import Installation
from assessment.store.all_tables import metadata
from assessment.store.audit import note
from assessment.store.database import open_database, reading, writing
from assessment.store.migrate import configuration, migrate
from tests.databases import POSTGRESQL, fresh_database
from tests.postgres import Postgres

_TRIGGERS = (
    "SELECT tgname, pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal"
    " ORDER BY tgname, tgrelid::regclass::text"
    if POSTGRESQL
    else "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
)


def _database(folder: Path) -> str:
    return fresh_database(folder, migrated=False)


def test_migrated_database_equals_the_tables(tmp_path: Path) -> None:
    engine = open_database(_database(tmp_path))
    migrate(engine)
    with reading(engine) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    engine.dispose()


def test_migrated_database_has_the_same_columns_and_indexes_as_one_created_directly(tmp_path: Path) -> None:
    migrated, created = open_database(_database(tmp_path / "a")), open_database(_database(tmp_path))
    migrate(migrated)
    metadata.create_all(created)
    for name in metadata.tables:
        ours, theirs = inspect(migrated), inspect(created)
        assert {(i["name"], tuple(i["column_names"])) for i in ours.get_indexes(name)} == {
            (i["name"], tuple(i["column_names"])) for i in theirs.get_indexes(name)
        }
        assert [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in ours.get_columns(name)] == [
            (c["name"], str(c["type"]), c["nullable"], c["default"]) for c in theirs.get_columns(name)
        ]
    migrated.dispose()
    created.dispose()


def test_migrated_database_has_the_same_triggers_as_one_created_directly(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    made = []
    for folder in (tmp_path / "a", tmp_path):
        engine = open_database(_database(folder))
        migrate(engine) if folder.name == "a" else metadata.create_all(engine)
        with reading(engine) as connection:
            made.append([tuple(row) for row in connection.execute(text(_TRIGGERS))])
        engine.dispose()
    assert made[0] == made[1]
    assert len(made[0]) == (2 if POSTGRESQL else 6)


def test_migrating_again_keeps_what_is_there(tmp_path: Path) -> None:
    engine = open_database(_database(tmp_path))
    migrate(engine)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO suppression VALUES ('x', 'refused', '2026-11-14 00:00:00')"))
    migrate(engine)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT reason FROM suppression")).scalar_one() == "refused"
    engine.dispose()


def test_downgrade_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = open_database(_database(tmp_path))
    migrate(engine)
    with writing(engine) as connection:
        command.downgrade(configuration(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_a_log_goes_back_to_the_tables_before_the_chain_and_on_again(house: Installation) -> None:
    with writing(house.engine) as connection:
        note(connection, clock.now(), "worker", "export.made", "x")
        note(connection, clock.now(), "worker", "export.made", "y")
    with writing(house.engine) as connection:
        command.downgrade(configuration(connection), "0002")
        old = "INSERT INTO audit (at, actor, action, subject) VALUES ('2026-11-14 00:00:00', 'worker', 'x', 'z')"
        connection.execute(text(old))
    migrate(house.engine)
    place, _seals = auditing.verify(house, lambda _rows: lambda _done: None, clock.now())
    assert place.number == 3


def _migrate_in_a_process(url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()


def test_web_and_worker_may_start_at_the_same_moment(tmp_path: Path) -> None:
    starting, url = multiprocessing.get_context("spawn"), _database(tmp_path)
    both = [starting.Process(target=_migrate_in_a_process, args=(url,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(30)
    assert [process.exitcode for process in both] == [0, 0]


def test_postgresql_gets_the_same_schema_from_migrations_and_from_the_tables(postgres: Postgres) -> None:
    migrated, created = postgres.make_database(), postgres.make_database()
    postgres.run(migrated, postgres.migration_script())
    postgres.run(created, postgres.tables_script())
    assert "CREATE TABLE public.delivery" in postgres.schema(migrated)
    assert postgres.schema(migrated) == postgres.schema(created)
