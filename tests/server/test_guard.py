"""The guard before the program: files, metrics, messages, cookies, and the way back after signing in."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
import urllib.request
from typing import Any

import httpx2
import pytest
from anyio import to_thread
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient
from streamlit.proto.BackMsg_pb2 import BackMsg

from analytics.server.cookies import RETURN_COOKIE
from analytics.server.guard import Guard
from pages.parts.shell import streamlit_server
from tests.support.guarded import guarded, program, sifted
from tests.support.serving import Serving, status
from tests.support.websocket import claims_of, sign_in_cookie
from tests.support.world import ISSUER, PEOPLE


@pytest.mark.parametrize("path", ["/media/0a1b.csv", "/skills/media/0a1b.csv", "/media/"])
def test_files_behind_the_pages_are_for_those_who_may_come_in(path: str) -> None:
    assert (guarded().get(path).status_code, guarded(admitted=True).get(path).status_code) == (403, 200)
    assert "inside" not in guarded().get(path).text
    assert guarded().head(path).status_code == 403


def test_whoever_asks_for_many_files_takes_few_of_the_threads_that_others_wait_for() -> None:
    inside: list[int] = []
    may_go = threading.Event()

    def admits(_request: HTTPConnection) -> bool:
        inside.append(threading.get_ident())
        return not may_go.wait(120)

    async def run() -> None:
        guard = Guard(program, admits=admits, new_reader=streamlit_server.read_messages)
        transport = httpx2.ASGITransport(guard)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            # As many as there are threads for everybody.
            asked = [asyncio.create_task(client.get("/media/a.csv")) for _ in range(40)]
            while len(inside) < 4:
                await asyncio.sleep(0.01)
            await asyncio.wait_for(to_thread.run_sync(bool), 60)
            assert len(inside) == 4
            may_go.set()
            assert {answer.status_code for answer in await asyncio.gather(*asked)} == {403}
        assert len(inside) == 40

    asyncio.run(run())


@pytest.mark.parametrize("path", ["/", "/static/media/font.woff2", "/_stcore/health", "/media"])
def test_what_everybody_needs_stays_open(path: str) -> None:
    assert guarded().get(path).text == "inside"


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/skills/_stcore/metrics", "/_stcore/agent",
                                  "/_stcore/agent/mcp", "/skills/_stcore/agent/interact"])  # fmt: skip
def test_the_servers_own_metrics_and_agent_are_for_nobody(path: str) -> None:
    assert [guarded(admitted=admitted).get(path).status_code for admitted in (False, True)] == [404, 404]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("below", ["", "/skills"])
def test_nobody_leaves_files_with_the_server(method: str, below: str) -> None:
    path = f"{below}/_stcore/upload_file/session/file"
    for admitted in (False, True):
        assert guarded(admitted=admitted).request(method, path, content=b"x").status_code == 403
    allowed = Guard(
        program, admits=lambda _: True, new_reader=streamlit_server.read_messages, may_upload=lambda _: True
    )
    assert TestClient(allowed).request(method, path, content=b"x").text == "inside"


def test_cookies_are_secure_behind_https_and_only_there() -> None:
    plain = guarded().get("/").headers.get_list("set-cookie")
    assert plain == ["a=1; Path=/; HttpOnly", "b=2; secure"]
    for headers in ({"X-Forwarded-Proto": "https"}, {"X-Forwarded-Proto": "HTTPS, http"}):
        behind = guarded().get("/", headers=headers).headers.get_list("set-cookie")
        assert behind == ["a=1; Path=/; HttpOnly; Secure", "b=2; secure"]
    direct = TestClient(
        Guard(program, admits=lambda _request: False, new_reader=streamlit_server.read_messages),
        base_url="https://localhost",
    )
    assert all("secure" in cookie.lower() for cookie in direct.get("/").headers.get_list("set-cookie"))


def came_back(referer: str, **cookies: str) -> str:
    visitor = guarded()
    visitor.get("/auth/login", headers={"Referer": referer} if referer else {})
    for name, value in cookies.items():
        visitor.cookies.set(name, value)
    return visitor.get("/oauth2callback?code=1&state=2").headers["location"]


def test_signing_in_leads_back_to_the_page_one_was_on() -> None:
    assert came_back("http://localhost:8501/interview?interview=5&part=2") == "/interview?interview=5&part=2"
    assert came_back("http://localhost:8501/candidate?candidate=5#x") == "/candidate?candidate=5"
    visitor = guarded()
    visitor.get("/auth/login", headers={"Referer": "http://localhost:8501/interview?interview=5"})
    assert visitor.get("/oauth2callback").headers["location"] == "/interview?interview=5"
    # Once only.
    assert visitor.get("/oauth2callback").headers["location"] == "/"


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://attacker.example",
        "https://attacker.example//evil.example/x",
        "https://attacker.example/\\evil.example",
        "http://localhost:8501/oauth2callback?code=3",
        "http://localhost:8501/auth/logout",
        "http://localhost:8501/skills/auth/login?provider=x",
        "http://localhost:8501/%61uth/logout",
        f"http://localhost:8501/{'x' * 3000}",
    ],
)
def test_signing_in_leads_nowhere_else(referer: str) -> None:
    assert came_back(referer) == "/"


@pytest.mark.parametrize(
    "planted",
    [
        "//evil.example",
        "https:%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "/x%0d%0aA: b",
        "/x%E3%80%80y",
    ],
)
def test_a_planted_cookie_leads_nowhere_else(planted: str) -> None:
    assert came_back("", **{RETURN_COOKIE: planted}) == "/"


def message(**values: Any) -> BackMsg:
    return BackMsg(**values)


def operation(kind: str) -> BackMsg:
    sent = BackMsg()
    getattr(sent.backend_operation_request, kind).SetInParent()
    return sent


ALLOWED = [
    message(stop_script=True),
    message(app_heartbeat=True),
    operation("deferred_file"),
    operation("dataframe_chunk"),
]
DROPPED = [
    message(clear_cache=True),
    message(set_run_on_save=True),
    message(load_git_info=True),
    message(debug_disconnect_websocket=True),
    message(debug_shutdown_runtime=True),
    operation("install_skills"),
    operation("dismiss_skills_nudge"),
    BackMsg(),
]


def test_messages_that_act_on_the_whole_process_never_arrive() -> None:
    rerun = message(rerun_script={"page_name": "interview"})
    sent = [rerun, *ALLOWED, *DROPPED]
    expected = [each.SerializeToString() for each in (rerun, *ALLOWED)]
    assert sifted(*(each.SerializeToString() for each in sent)) == expected
    # Of several kinds in one message the server acts on the last; so does the guard.
    clear = message(clear_cache=True).SerializeToString()
    hidden = rerun.SerializeToString() + clear
    assert sifted(hidden, clear + rerun.SerializeToString()) == [clear + rerun.SerializeToString()]
    # What is no message at all is the server's to refuse.
    assert sifted(b"\xff\xff") == [b"\xff\xff"]


def test_a_connection_begins_with_a_whole_page() -> None:
    part = message(rerun_script={"page_name": "candidate", "fragment_id": "part", "query_string": "candidate=11"})
    whole = message(rerun_script={"page_name": "candidate", "query_string": "candidate=11"})
    beat = message(app_heartbeat=True)
    sent = [each.SerializeToString() for each in (beat, part, part)]
    # A program that was started meanwhile has no such part yet; afterwards it has.
    assert [BackMsg.FromString(each) for each in sifted(*sent)] == [beat, whole, part]
    # Each connection begins anew.
    assert [BackMsg.FromString(each) for each in sifted(part.SerializeToString())] == [whole]


def test_the_running_program_closes_its_files_to_strangers(serving: Serving) -> None:
    address = f"{serving.url}/media/{'a' * 56}.csv"
    # Past the guard there is no such file.
    assert status(address, serving.cookie("coach")) == 404
    claims = claims_of(PEOPLE["coach"].key, ISSUER)
    strangers = {
        "nobody": None,
        "signed with another secret": sign_in_cookie(serving.url, claims, "another secret"),
        "made for another address": sign_in_cookie("http://elsewhere.example", claims),
        "deactivated": serving.cookie("deactivated"),
        "unverified": serving.cookie("coach", email_verified=False),
        "old": serving.cookie("coach", iat=1_700_000_000),
        "without a name": serving.cookie("coach", sub=None),
        "garbage": "x",
    }
    assert {who: status(address, cookie) for who, cookie in strangers.items()} == dict.fromkeys(strangers, 403)
    assert status(f"{serving.url}/_stcore/metrics", serving.cookie("admin")) == 404
    assert status(f"{serving.url}/_stcore/health", None) == 200


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/nothing", "/api/v2", "/api/interview"])
def test_the_running_program_answers_unknown_api_paths_in_json(serving: Serving, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(serving.url + path, timeout=10)
    with refused.value as answer:
        assert (answer.code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_running_program_serves_the_api(serving: Serving) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{serving.url}/api/v1/candidates", timeout=10)
    with refused.value as answer:
        assert answer.code == 401
    assert status(f"{serving.url}/api/v1/docs", None) == 200
    # A dashboard's cookie is no bearer token.
    assert status(f"{serving.url}/api/v1/candidates", serving.cookie("admin")) == 401
