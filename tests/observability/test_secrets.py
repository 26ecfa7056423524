"""No secret reaches a log, a page, an answer, an error or a table: what the suite writes is searched, here on purpose.

Whatever tests hand to the program as a secret carries a mark (`tests.support.secrets`). Every test of the suite fails
when a line that it logs, a page or an answer that it reads, or a row that it leaves holds one.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from analytics.access.audit import record
from analytics.access.viewer import TRUSTED
from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.database.engine import create_engine_for
from analytics.database.schema import audit, breakdown_jobs
from analytics.database.sessions import reading, writing
from analytics.observability import logs
from analytics.setup.readiness import readiness
from tests.support import dashboard, secrets
from tests.support.api_client import bearer, platform_token
from tests.support.databases import Databases
from tests.support.doubles import CALL
from tests.support.identity_provider import Provider
from tests.support.jobs import give_conversations
from tests.support.model_server import ModelServer
from tests.support.ports import free_port
from tests.support.secrets import API_KEY, JWT_SECRET, MARK, METRICS_TOKEN, Listening
from tests.support.waiting import wait_until
from tests.support.websocket import claims_of, sign_in_cookie, visiting
from tests.support.world import ISSUER, PEOPLE, populate

API = "/api/v1"
TOKEN = platform_token(PEOPLE["admin"].user_id)
ECHOING = {"status": 401, "code": API_KEY, "message": f"Incorrect API key provided: {API_KEY}. Bearer {API_KEY}"}


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_what_fails_on_purpose_tells_no_secret(databases: Databases, tmp_path: Path) -> None:
    """The program with a secret of every kind: a model that repeats the key, tokens and cookies that are refused."""
    port = free_port()
    url = f"http://localhost:{port}"
    Provider(ISSUER).write_secrets(tmp_path, url)
    settings = {
        "OPENAI_API_KEY": API_KEY, "OPENAI_MODEL": "double", "MODEL_SAMPLES": "1", "PLATFORM_JWT_SECRET": JWT_SECRET,
        "METRICS_TOKEN": METRICS_TOKEN,
    }  # fmt: skip
    command = dashboard.build_command(port)
    told: list[str] = []
    with ModelServer([ECHOING] * 40) as server, databases.fresh() as database:
        populate(database)
        give_conversations(database)
        assert MARK in database.url
        settings |= {"DATABASE_URL": database.url, "OPENAI_BASE_URL": server.url}
        with (
            dashboard.launched(command, tmp_path, port, **settings) as running,
            httpx2.Client(base_url=url, timeout=20, headers=bearer(TOKEN)) as asked,
        ):

            def ask(path: str, method: str = "GET", **headers: str) -> httpx2.Response:
                answer = asked.request(method, path, headers=headers or None)
                told.append(answer.text + repr(answer.headers))
                return answer

            wait_until(lambda: asked.get("/readyz").status_code == 200, "the jobs")
            pressed = ask(f"{API}/interviews/101/skills/regenerate", "POST")
            place = pressed.headers["location"]
            wait_until(lambda: ask(place).json()["finished_at"] is not None, "the end of the job")
            failed = ask(place).json()
            assert failed["state"] == "failed"
            assert {name.lower(): held for name, held in server.headers[0].items()}["authorization"].endswith(API_KEY)
            for refused in (f"{TOKEN[:-4]}AAAA", f"{TOKEN}.{TOKEN}", JWT_SECRET, API_KEY):
                assert ask(f"{API}/candidates", Authorization=f"Bearer {refused}").status_code == 401
            assert ask(f"{API}/candidates?cursor={API_KEY}").status_code == 422
            assert ask("/metrics", Authorization=f"Bearer {METRICS_TOKEN}").status_code == 200
            assert ask("/metrics", Authorization=f"Bearer {METRICS_TOKEN}0", **{"X-Forwarded-For": "::2"}).is_error
            for path in ("/healthz", "/readyz", "/api/nowhere", "/", f"/media/x.csv?token={TOKEN}"):
                ask(path, Cookie="_streamlit_user=" + sign_in_cookie(url, claims_of("x", ISSUER), "another secret"))
            for who in ("admin", "coach"):
                with visiting(url, sign_in_cookie(url, claims_of(PEOPLE[who].key, ISSUER))) as visitor:
                    assert PEOPLE["interviewee"].word in visitor.run(page="interview", query="interview=101").text
            assert [place for text in told for place in secrets.found(text)] == []
        with reading(database.engine) as db:
            sentence, progress = db.execute(sa.select(breakdown_jobs.c.sentence, breakdown_jobs.c.progress)).one()
            assert "key" in sentence + progress
            assert db.execute(sa.select(audit.c.action).where(audit.c.action == "start breakdown")).scalar()
        assert "model call failed" in running.log
        # What it logged and stored is searched when it has ended, and the tables when they are dropped.


def test_a_password_that_is_refused_is_not_told(postgres_url: str, tmp_path: Path) -> None:
    wrong = sa.make_url(postgres_url).set(password=f"{MARK}-and-wrong").render_as_string(hide_password=False)
    told = readiness(lambda: create_engine_for(wrong), lambda: None)
    assert "user name or password" in json.dumps(told)
    assert secrets.found(json.dumps(told)) == []
    port = free_port()
    command = dashboard.build_command(port)
    with dashboard.launched(command, tmp_path, port, DATABASE_URL=wrong, PLATFORM_JWT_SECRET=JWT_SECRET) as running:
        answers = [httpx2.get(running.url + path, headers=bearer(TOKEN)) for path in ("/readyz", f"{API}/candidates")]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert [place for answer in answers for place in secrets.found(answer.content)] == []
        wait_until(lambda: "user name or password" in running.log, "a line in the log")


@pytest.fixture
def listening() -> Iterator[Listening]:
    """Listens as every test of the suite is listened to, without failing it."""
    log = logging.getLogger("analytics.test_secrets")
    log.propagate = False
    handler = Listening()
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)
    log.propagate = True


def write() -> None:
    log = logging.getLogger("analytics.test_secrets")
    log.warning("Asked with Authorization: Bearer %s", TOKEN)
    try:
        raise RuntimeError(f"no connection to postgresql://someone:{MARK}@localhost/x, password={MARK}")
    except RuntimeError:
        log.exception("It failed")


def test_without_redaction_the_suite_would_see_it(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    assert listening.leaks == []
    monkeypatch.setattr(logs, "_SECRETS", ())
    write()
    assert len(listening.leaks) == 3


def answered(server: ModelServer) -> list[object]:
    client = ModelClient(ModelSettings(api_key=API_KEY, base_url=server.url, model="m", retries=0, timeout=5))
    return [client.ask(CALL) for _ in range(3)]


@pytest.mark.heavy
def test_a_server_that_repeats_the_key_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        "strengths": [{"ids": ["S1"], "text": f"Knows {API_KEY} by heart."}],
        "weaknesses": [],
        "recommendations": [],
    }
    behaviours = [ECHOING, {"answer": said}, {"status": 500, "code": API_KEY}]
    with ModelServer(behaviours) as server:
        replies = answered(server)
        assert [reply.outcome for reply in replies] == [Outcome.UNAUTHORISED, Outcome.BAD_ANSWER, Outcome.SERVER_ERROR]
        assert secrets.found(repr(replies)) == []
        monkeypatch.setattr("analytics.breakdown.llm.client._holds", lambda *_: False)
        monkeypatch.setattr("analytics.breakdown.llm.client.log", logging.getLogger("analytics.quiet"))
        monkeypatch.setattr(logging.getLogger("analytics.quiet"), "disabled", True)
        server.tell(behaviours)
        assert len(secrets.found(repr(answered(server)))) >= 3


def test_a_row_that_holds_a_secret_fails_the_test_that_left_it(databases: Databases) -> None:
    def leave() -> None:
        with databases.fresh() as database, writing(database.engine) as db:
            record(db, TRUSTED.actor, "leak", key=API_KEY)

    with pytest.raises(AssertionError, match=MARK):
        leave()


ANSWERING = """
import http.server, os, sys
print(os.environ["LEAK"], flush=True)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("localhost", int(sys.argv[1])), Answer).serve_forever()
"""


@pytest.mark.heavy
@pytest.mark.parametrize("leak", [API_KEY, TOKEN, "nothing"])
def test_a_program_that_logs_a_secret_fails_the_test_that_ran_it(leak: str, tmp_path: Path) -> None:
    def run() -> None:
        port = free_port()
        with dashboard.launched([sys.executable, "-c", ANSWERING, str(port)], tmp_path, port, LEAK=leak):
            pass

    if leak == "nothing":
        run()
    else:
        with pytest.raises(AssertionError, match="dashboard-"):
            run()
