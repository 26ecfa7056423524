"""What every test can ask for: fresh databases, a real browser, the running program."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, Page

from tests.support import chromium, dashboard, postgres
from tests.support.databases import Database, Databases, SqliteFolder
from tests.support.demo import filled_once
from tests.support.identity_provider import Provider
from tests.support.jobs import give_conversations
from tests.support.memory import keep_files_in_memory
from tests.support.model_server import ModelServer
from tests.support.ports import free_port
from tests.support.secrets import Listening
from tests.support.serving import Serving
from tests.support.world import ISSUER, World, populate

keep_files_in_memory()

# A busy machine makes an example slow and no less true.
hypothesis.settings.register_profile(
    "busy machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy machine")

# Tests say themselves what the program is set to; nothing of the person who runs them may reach it.
for _name in (
    "DATABASE_URL",
    "DATABASE_READ_URL",
    "DATABASE_DIRECT_URL",
    "DATA_DIR",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
):
    os.environ.pop(_name, None)


# A unit test needs Python alone: no server, no database, no browser, no other process. All others are heavy, and
# `make check` leaves them to `make test`: what stands in one of these folders or files, what asks for one of these
# fixtures, and what says so itself, `pytest.mark.heavy`.
_HEAVY_PATHS = {
    "access/test_personal_data.py",
    "api/test_behind_the_platform.py",
    "api/test_openapi.py",
    "breakdown/jobs/test_preparation.py",
    "breakdown/llm/test_transcription.py",
    "browser",
    "commands/test_backup.py",
    "commands/test_commands.py",
    "commands/test_import.py",
    "database/test_addresses.py",
    "database/test_replica.py",
    "database/test_sessions.py",
    "delivery/test_mail.py",
    "delivery/test_webhook.py",
    "demo/test_welcome.py",
    "faults",
    "fuzz",
    "importing/test_bad_input.py",
    "model",
    "mutation",
    "pages/parts/test_outage.py",
    "server/test_base_path.py",
    "server/test_header_timeout.py",
    "server/test_health.py",
    "server/test_startup.py",
    "server/test_websocket_limits.py",
    "setup",
    "test_package.py",
    "test_repository.py",
}
_HEAVY_FIXTURES = {
    "dialect",
    "databases",
    "sqlite_databases",
    "postgres_server",
    "postgresql_databases",
    "browser",
    "serving",
    "demo",
    "server",
    "httpserver",
    "measured",
    "crowd",
    "told",
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "heavy: needs more than Python; not in `make check`")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read nothing that would be left out."""
    unit_tests_only = config.option.markexpr == "not heavy"
    return True if unit_tests_only and _relative(collection_path) in _HEAVY_PATHS else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = _relative(item.path)
        in_heavy_path = path in _HEAVY_PATHS or path.split("/")[0] in _HEAVY_PATHS
        if in_heavy_path or not _HEAVY_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.heavy)
    places = _places(items)
    items.sort(key=lambda item: places[item.path])


def _places(items: list[pytest.Item]) -> dict[Path, float]:
    """Deal the files with a browser evenly among the others: two side by side slow each other, others mostly wait."""
    files = dict.fromkeys(item.path for item in items)
    with_browser = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    places: dict[Path, float] = {}
    for group in (
        [file for file in files if file in with_browser],
        [file for file in files if file not in with_browser],
    ):
        places |= {file: (place + 0.5) / len(group) for place, file in enumerate(group)}
    return places


def _relative(path: Path) -> str:
    root = Path(__file__).parent
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else ""


@pytest.fixture(autouse=True)
def own_main_module() -> Iterator[None]:
    """Give `__main__` back: AppTest leaves the page it ran there, and a process that a test starts would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[None]:
    """Whatever a test makes the program log, no line of it holds a secret."""
    listening = Listening()
    logging.getLogger().addHandler(listening)
    yield
    logging.getLogger().removeHandler(listening)
    assert listening.leaks == []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL with the platform's role and ours; one for each worker."""
    with postgres.running_server() as server:
        server.create_roles()
        yield server


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(SqliteFolder(tmp_path_factory.mktemp("databases")))


@pytest.fixture(scope="session")
def postgresql_databases(postgres_server: postgres.Server) -> Iterator[Databases]:
    databases = Databases(postgres_server)
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Both dialects, one after the other; a test that means one says so with `parametrize(..., indirect=True)`."""
    return str(request.param)


@pytest.fixture
def databases(request: pytest.FixtureRequest, dialect: str) -> Databases:
    found: Databases = request.getfixturevalue(f"{dialect}_databases")
    return found


@pytest.fixture
def database(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Database]:
    """A fresh database with the platform's tables and ours, and the small world in it where that is asked for."""
    with databases.fresh(fill=populate if "world" in request.fixturenames else None) as fresh:
        yield fresh


@pytest.fixture
def platform_database(databases: Databases) -> Iterator[Database]:
    """A fresh database with the platform's tables, before our set-up."""
    with databases.fresh(ours=False) as fresh:
        yield fresh


@pytest.fixture
def postgres_url(postgresql_databases: Databases) -> Iterator[str]:
    """The address of a fresh PostgreSQL database that holds nothing."""
    with postgresql_databases.empty() as empty:
        yield empty.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium.

    One for each file, not for the session: while Playwright runs, no other test of the same process could call
    `asyncio.run`.
    """
    with chromium.running_browser() as running:
        yield running


@pytest.fixture
def page_log() -> chromium.PageLog:
    return chromium.PageLog()


@pytest.fixture
def page(browser: Browser, page_log: chromium.PageLog, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page without past, which must leave the machine alone and its console free of errors."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
    )
    context.set_default_timeout(chromium.PATIENCE)
    opened = chromium.watch_runs(context).new_page()
    page_log.listen(opened)
    failed_before = request.session.testsfailed
    yield opened
    if request.session.testsfailed > failed_before:
        results = Path(request.config.rootpath, "test-results")
        results.mkdir(exist_ok=True)
        opened.screenshot(path=results / f"{request.node.name}.png".replace("/", "-"), full_page=True)
    context.close()
    page_log.assert_stayed_here()
    page_log.assert_no_errors()
    page_log.assert_no_secrets()


@pytest.fixture
def world(databases: Databases, database: Database) -> World:
    """The small world."""
    return replace(databases.returned_by(populate), database=database)


@pytest.fixture
def people(world: World, database: Database) -> World:
    """The small world, where every interview can be assessed."""
    give_conversations(database)
    return world


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A language model that answers as it is told."""
    with ModelServer() as started:
        yield started


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[Serving]:
    """The real program with sign-in configured; the tests make the cookies that a provider's word leads to."""
    folder = tmp_path_factory.mktemp("serving")
    port = free_port()
    url = f"http://localhost:{port}"
    Provider(ISSUER).write_secrets(folder, url)
    with sqlite_databases.fresh() as database:
        world = populate(database)
        command = dashboard.build_command(port)
        with dashboard.launched(command, folder, port, DATABASE_URL=database.url) as running:
            yield Serving(url, world, running)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the whole demo in it, to be copied; one for all workers."""
    own = tmp_path_factory.getbasetemp()
    return filled_once(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="module")
def demo(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dashboard.Dashboard]:
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(filled, folder / "data")
    with dashboard.serve(folder) as running:
        yield running
