"""What every test can ask for: fresh databases, a real browser, the running program."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, Page

from tests.support import chromium, dashboard, postgres
from tests.support.databases import Database, Databases, SqliteFolder
from tests.support.identity_provider import Provider
from tests.support.memory import keep_files_in_memory
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


# What `make check` leaves to `make test`: whatever needs PostgreSQL, a browser, or the running program, and what harms
# processes. Other tests that take long say so themselves: `pytest.mark.heavy`.
_HEAVY_FOLDERS = {"browser", "faults", "fuzz", "model", "mutation"}
_HEAVY_FIXTURES = {
    "postgres_server",
    "postgresql_databases",
    "postgres_url",
    "browser",
    "start_dashboard",
    "serving",
    "demo",
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "heavy: needs PostgreSQL, a browser or the running program; not in `make check`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        parameters = getattr(item, "callspec", None)
        dialect = parameters.params.get("dialect") if parameters else None
        if (
            folder in _HEAVY_FOLDERS
            or dialect == "postgresql"
            or not _HEAVY_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        ):
            item.add_marker(pytest.mark.heavy)


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
def database(databases: Databases) -> Iterator[Database]:
    """A fresh database with the platform's tables and ours."""
    with databases.fresh() as fresh:
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
    context.set_default_timeout(30_000)
    opened = context.new_page()
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
def start_dashboard(tmp_path: Path) -> Iterator[Callable[..., dashboard.Dashboard]]:
    """Start the program with the settings given as keywords; it ends with the test, and a failure shows its log."""
    with ExitStack() as stack:

        def start(**settings: str) -> dashboard.Dashboard:
            running = stack.enter_context(dashboard.serve(tmp_path, **settings))
            stack.callback(lambda: print(running.log))
            return running

        yield start


@pytest.fixture
def world(database: Database) -> World:
    return populate(database)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory, sqlite_databases: Databases) -> Iterator[Serving]:
    """The real program with sign-in configured; the tests make the cookies that a provider's word leads to."""
    folder = tmp_path_factory.mktemp("serving")
    port = free_port()
    url = f"http://localhost:{port}"
    Provider(ISSUER).write_secrets(folder, url)
    with sqlite_databases.fresh() as database:
        world = populate(database)
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        with dashboard.launched(command, folder, port, DATABASE_URL=database.url) as running:
            yield Serving(url, world, running)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dashboard.Dashboard]:
    with dashboard.serve(tmp_path_factory.mktemp("demo")) as running:
        yield running
