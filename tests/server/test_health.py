"""For whoever runs the program: readiness, figures and logs, and no secrets in any of them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analytics import __version__
from analytics.database.engine import create_engine_for
from analytics.observability import logs
from analytics.observability.logs import without_secrets
from analytics.server import health
from analytics.server.request_log import RequestLog
from analytics.settings import Settings
from analytics.setup.readiness import readiness
from tests.support import dashboard
from tests.support.dashboard import Dashboard
from tests.support.databases import Database
from tests.support.ports import free_port
from tests.support.secrets import METRICS_TOKEN as TOKEN
from tests.support.websocket import visiting


@pytest.fixture(scope="module")
def running(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("operations")
    shutil.copytree(filled, folder / "data")
    with dashboard.serve(folder, LOG_FORMAT="json") as served:
        yield served


def read(url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=15) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


def test_the_process_is_alive_and_ready(running: Dashboard) -> None:
    status, body, _ = read(f"{running.url}/healthz")
    assert status == 200
    assert json.loads(body)["version"] == __version__
    assert eventually(f"{running.url}/readyz", 200)["checks"] == {"database": "ok", "migrations": "ok", "jobs": "ok"}


def eventually(url: str, status: int) -> dict[str, object]:
    """Ask until the status is as it should be; the job engine starts in the background."""
    for _ in range(60):
        found, body, _ = read(url)
        if found == status:
            return dict(json.loads(body))
        time.sleep(0.25)
    raise AssertionError(body)


def test_figures_tell_of_pages_queries_and_requests(running: Dashboard) -> None:
    with visiting(running.url) as visitor:
        visitor.run()
    status, body, _ = read(f"{running.url}/metrics")
    assert status == 200
    assert 'skill_analytics_page_seconds_count{outcome="complete",page="Candidates"} ' in body
    assert 'skill_analytics_query_seconds_count{kind="read"} ' in body
    assert "skill_analytics_model_calls" in body
    assert "skill_analytics_jobs" in body


def test_figures_are_closed_to_strangers(running: Dashboard) -> None:
    assert read(f"{running.url}/metrics", **{"X-Forwarded-For": "203.0.113.9"})[0] == 404


def program(settings: Settings, database: Database, jobs: str | None = None) -> TestClient:
    routes = health.routes(lambda: settings, lambda: database.engine, lambda: jobs)
    return TestClient(Starlette(routes=routes), client=("203.0.113.9", 5000))


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_however_many_ask_at_once_the_database_is_asked_once(database: Database) -> None:
    asked: list[str | None] = ["The job engine is starting."]
    begun, gate = threading.Event(), threading.Event()

    def jobs() -> str | None:
        begun.set()
        assert gate.wait(60)
        return asked.pop()

    async def ask() -> list[int]:
        routes = health.routes(Settings, lambda: database.engine, jobs)
        transport = httpx2.ASGITransport(Starlette(routes=routes))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as asking:
            answers = [asyncio.create_task(asking.get("/readyz")) for _ in range(200)]
            # Whoever leaves takes nobody's answer along.
            assert await asyncio.to_thread(begun.wait, 60)
            answers.pop(0).cancel()
            gate.set()
            first = [answer.status_code for answer in await asyncio.gather(*answers)]
            # Who comes later is told the state of then.
            asked.append(None)
            return [*first, (await asking.get("/readyz")).status_code]

    assert asyncio.run(ask()) == [503] * 199 + [200]


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_figures_open_with_their_token_only(database: Database) -> None:
    client = program(Settings(metrics_token=TOKEN), database)
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN[:-1]}"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert program(Settings(), database).get("/metrics").status_code == 404


def test_readiness_says_what_is_missing(platform_database: Database, database: Database) -> None:
    not_set_up = program(Settings(), platform_database).get("/readyz")
    assert not_set_up.status_code == 503
    assert "python -m analytics setup" in not_set_up.json()["checks"]["migrations"]
    jobs_down = program(Settings(), database, "The jobs are just starting.").get("/readyz")
    assert jobs_down.status_code == 503
    assert jobs_down.json()["checks"]["database"] == "ok"


def test_readiness_without_a_database_names_no_password() -> None:
    gone = create_engine_for(f"postgresql://someone:hunter2hunter2@127.0.0.1:{free_port()}/nowhere")
    told = readiness(lambda: gone, lambda: None)
    assert "cannot be reached" in told["database"]
    assert "hunter2" not in json.dumps(told)


def test_an_answer_carries_the_id_that_its_lines_in_the_log_carry(running: Dashboard) -> None:
    _, _, headers = read(f"{running.url}/healthz", **{"X-Request-ID": "request-0001"})
    assert headers["x-request-id"] == "request-0001"
    _, _, headers = read(f"{running.url}/healthz", **{"X-Request-ID": "no id"})
    assert headers["x-request-id"] != "no id"


def logged(log_format: str, write: object) -> str:
    """Give what is logged while something is done."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.configure(log_format, "info")
        written = io.StringIO()
        handler = root.handlers[0]
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)
        assert callable(write)
        write()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    return written.getvalue()


SECRETS = (
    "postgresql://user:hunter2hunter2@host/db",
    "Authorization: Bearer abcdef.hunter2hunter2",
    "sk-hunter2hunter2",
    "password=hunter2hunter2",
    '{"api_key": "hunter2hunter2"}',
    "eyJhbGciOi.hunter2hunter2.sig",
)


def test_what_keeps_a_library_from_writing_by_itself_stays() -> None:
    library = logging.getLogger("dbos.of_a_test")
    library.handlers[:] = [silent, _] = [logging.NullHandler(), logging.StreamHandler()]
    logs.adopt()
    assert library.handlers == [silent]
    assert library.propagate


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_stay_out_of_the_log(secret: str, log_format: str) -> None:
    def write() -> None:
        with logs.about(job_id="job-7"):
            logging.getLogger("analytics.test").warning("It failed: %s", secret)
            try:
                raise RuntimeError(secret)
            except RuntimeError:
                logging.getLogger("uvicorn.error").exception("It broke")

    said = logged(log_format, write)
    assert said.count("job-7") == 2
    assert "RuntimeError" in said
    assert "hunter2hunter2" not in said


@pytest.fixture
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_hidden", set())


@pytest.mark.usefixtures("nothing_hidden")
def test_a_secret_of_the_settings_is_known_in_any_form() -> None:
    said = "asked for /candidates?cursor=plain-words-4242 and pass%40word-4242 and pass@word-4242, short and plain"
    assert without_secrets(said) == said
    logs.hide(
        {
            "OPENAI_API_KEY": "plain-words-4242",
            "DATABASE_URL": "postgresql://someone:pass%40word-4242@host/db",
            "METRICS_TOKEN": "short",
            "auth": {"client_secret": "nested-words-4242", "client_id": "dashboard"},
            "ODD": "http://[broken",
        }
    )
    assert without_secrets(said) == "asked for /candidates?cursor=*** and *** and ***, short and plain"
    assert without_secrets("nested-words-4242 of dashboard at host/db") == "*** of dashboard at host/db"


def test_without_the_sanitiser_they_would_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_SECRETS", ())
    assert "hunter2" in without_secrets("password=hunter2hunter2")


def test_the_log_of_the_program_is_json(running: Dashboard) -> None:
    lines = [line for line in running.log.splitlines() if line.startswith("{")]
    assert all({"event", "level", "timestamp", "logger"} <= json.loads(line).keys() for line in lines)
    assert "Traceback" not in running.log


def test_every_line_of_one_request_carries_its_id() -> None:
    async def write_and_answer(scope: object, receive: object, send: object) -> None:
        logging.getLogger("analytics.test").warning("Seen")
        from starlette.responses import PlainTextResponse

        await PlainTextResponse("ok")(scope, receive, send)  # type: ignore[arg-type]

    def write() -> None:
        TestClient(RequestLog(write_and_answer)).get("/", headers={"X-Request-ID": "request-0002"})  # type: ignore[arg-type]

    line = next(json.loads(line) for line in logged("json", write).splitlines() if "Seen" in line)
    assert line["request_id"] == "request-0002"


def test_the_log_format_is_readable_unless_json_is_asked_for(tmp_path: Path) -> None:
    said = logged("", lambda: logging.getLogger("analytics.test").warning("Plain words"))
    assert "analytics.test: Plain words" in said
    assert "{" not in said
