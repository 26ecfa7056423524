"""The platform's front end keeps its one address: nginx sends what is about skills here, the rest to the platform."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.support import nginx
from tests.support.ports import free_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
# What InterviewLab's own API has, as far as it lies close to ours.
THEIRS = (
    "/api/v1/interviews",
    "/api/v1/interviews/",
    "/api/v1/interviews?status=completed",
    "/api/v1/interviews/7",
    "/api/v1/interviews/7/start",
    "/api/v1/interviews/7/complete",
    "/api/v1/interviews/7/skillset",
    "/api/v1/interviews/analytics",
    "/api/v1/auth/login",
    "/api/v1/resumes/analytics/1",
    "/api/v1/candidates/7",
    "/",
    "/jobs/1",
)


def ours() -> list[str]:
    """Every path of ours, with numbers for names; `/interviews` itself is the platform's there."""
    paths = json.loads((ROOT / "tests" / "api" / "openapi.json").read_text())["paths"]
    return [
        re.sub(r"\{\w+\}", "7", path if path.startswith("/api") else f"/api/v1{path}")
        for path in paths
        if path != "/interviews"
    ]


def echoing(name: str) -> HTTPServer:
    server = HTTPServer()

    def answer(request: Request) -> Response:
        told = {"by": name, "path": request.full_path.rstrip("?"), "host": request.headers["Host"]}
        return Response(json.dumps(told), headers={"Content-Type": "application/json"})

    server.expect_request(re.compile(".*")).respond_with_handler(answer)
    server.start()
    return server


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = nginx.executable()
    if program is None:
        pytest.skip(nginx.MISSING)
    (snippet,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
    port = free_port()
    us, platform = echoing("us"), echoing("platform")
    site = (
        f"upstream skill_analytics {{ server 127.0.0.1:{us.port}; }}\n"
        f"upstream interviewlab {{ server 127.0.0.1:{platform.port}; }}\n"
        f"server {{ listen 127.0.0.1:{port};\n{snippet}}}\n"
    )
    try:
        with nginx.running(program, tmp_path_factory.mktemp("nginx"), site):
            url = f"http://localhost:{port}"
            wait_until(lambda: answers(url), "nginx")
            yield url
    finally:
        us.stop()
        platform.stop()


def answers(url: str) -> bool:
    try:
        return bool(told(url, "/"))
    except urllib.error.URLError:
        return False


def told(url: str, path: str) -> dict[str, str]:
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        return dict(json.load(answer))


def test_what_is_about_skills_comes_here_and_the_rest_stays_there(address: str) -> None:
    assert len(ours()) > 10
    for path in (*ours(), "/api/v1/interviews/analytics/skills/progression?user_id=7"):
        assert told(address, path) == {"by": "us", "path": path, "host": address.removeprefix("http://")}
    for path in THEIRS:
        assert told(address, path)["by"] == "platform", path
