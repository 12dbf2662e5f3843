"""An installation: made, opened, and refused in one line where it cannot be; what is told to Prometheus."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from assessment import clock, metrics, paths
from assessment.actions import auditing
from assessment.actions.catching_up import catch_up
from assessment.actions.installation import Installation
from assessment.actions.links import Links
from assessment.catalogue.catalogue import Catalogue
from assessment.catalogue.faults import Fault
from assessment.settings import SettingFault, Settings
from assessment.store import revision, sealed_values, secrets_file
from assessment.store.database import UNAVAILABLE, open_database, reading
from assessment.store.keys import KeyFault, Keyring, read_keyring

log = logging.getLogger(__name__)
OLDER = "DATABASE_URL: the database is older than this version; run `assessment init`"
NEWER = "DATABASE_URL: the database is newer than this version; start that one again, or restore an older backup"
STRANGE = "ASSESSMENT_HOME: the database was sealed with other keys than those in {}; put the right file there"
LOST = "ASSESSMENT_HOME: the database is used already; put its secrets.json at {} first (mode 600)"


def prepare(settings: Settings) -> bool:
    """Make the home folder, the secrets (mode 600) and the database; says whether the secrets are new."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingFault(f"ASSESSMENT_HOME cannot be created: {settings.home} ({error.strerror})") from None
    with address_faults():
        engine = open_database(settings.database_url)
    try:
        with address_faults():
            engine.connect().close()
        with reading(engine) as connection:
            standing = revision.standing(connection)
            if standing == "newer":
                raise SettingFault(NEWER)
            if not settings.secrets_path.exists() and revision.is_used(connection):
                raise SettingFault(LOST.format(settings.secrets_path))
        new = secrets_file.create(settings.secrets_path, secrets_file.make(clock.now()))
        if standing != "same":
            from assessment.store.migrate import migrate  # Alembic is dear to load, and seldom needed

            migrate(engine)
        catch_up(engine, _keyring(settings))
        auditing.begin(engine, settings.home)
    except UNAVAILABLE as error:
        raise SettingFault(f"DATABASE_URL: the database cannot be used: {_first_line(error)}") from None
    except OSError as error:
        raise SettingFault(f"ASSESSMENT_HOME: {settings.home} cannot be written ({error.strerror})") from None
    finally:
        engine.dispose()
    return new


def _keyring(settings: Settings) -> Keyring:
    try:
        return read_keyring(settings.secrets_path)
    except KeyFault as fault:
        raise SettingFault(f"ASSESSMENT_HOME: {fault}; run `assessment init` first") from None


def install(settings: Settings) -> Installation:
    """The installation of these settings; raises `SettingFault` when it cannot be opened."""
    keyring = _keyring(settings)
    folder = settings.questionnaires or paths.questionnaires_dir()
    if not folder.is_dir():
        raise SettingFault(f"ASSESSMENT_QUESTIONNAIRES is not a folder: {folder}")
    with address_faults():
        engine = open_database(settings.database_url)
    _check_database(engine, keyring, settings)
    catalogue = Catalogue(folder, clock.now(), on_fault=_log_faults)
    return Installation(engine, keyring, catalogue, settings)


def reopened(house: Installation) -> Installation:
    """The same for another process, with connections of its own."""
    return Installation(open_database(house.settings.database_url), house.keyring, house.catalogue, house.settings)


def _check_database(engine: Engine, keyring: Keyring, settings: Settings) -> None:
    try:
        with address_faults():
            engine.connect().close()
        with reading(engine) as connection:
            standing = revision.standing(connection)
            found = sealed_values.look(connection, keyring) if standing == "same" else None
    except UNAVAILABLE as error:  # it may come back: until then requests are answered 503, and nothing is lost
        log.warning("DATABASE_URL: the database cannot be reached now: %s", _first_line(error))
        return
    if standing != "same":
        engine.dispose()
        raise SettingFault(NEWER if standing == "newer" else OLDER)
    if found and found.is_of_others:
        engine.dispose()
        raise SettingFault(STRANGE.format(settings.secrets_path))
    for place in found.strange if found else ():
        log.warning("the newest %s opens with none of the keys in %s", place, settings.secrets_path)


@contextmanager
def address_faults() -> Iterator[None]:
    """Opening a database and connecting to it: what is wrong with its address, or with how its server is set up.

    Raises `SettingFault` without the address, which holds a password. A database that is away or busy is no such fault.
    """
    try:
        yield
    except UNAVAILABLE:
        raise
    except RuntimeError as error:  # our own words: it would not promise durability
        raise SettingFault(f"DATABASE_URL: {error}") from None
    except DBAPIError as error:
        raise SettingFault(f"DATABASE_URL: its driver does not take it: {_first_line(error)}") from None
    except (SQLAlchemyError, ValueError, TypeError, AttributeError) as error:  # their words quote what was typed
        why = f"its options are not as its driver wants them ({type(error).__name__})"
        raise SettingFault(f"DATABASE_URL: {why}") from None


def _first_line(error: Exception) -> str:
    """What the database's driver said about a connection; no row is in it."""
    return (str(getattr(error, "orig", None) or type(error).__name__).splitlines() or [""])[0]


def _log_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        log.warning("definition fault: %s", fault)


def links_of(house: Installation) -> Links:
    """The links of an installation."""
    return Links(house.keyring.signing_key, house.settings.public_url)


def expose(setting: str, port: int) -> None:
    """Let Prometheus read this process where a setting asks for it; raises `SettingFault` when the port is taken."""
    try:
        if port:
            metrics.expose(port)
    except OSError as error:
        raise SettingFault(
            f"{setting}: cannot listen on 127.0.0.1:{port} ({error.strerror}); set another port"
        ) from None
