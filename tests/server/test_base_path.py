"""Below a path, such as a proxy's, our own addresses answer as at the root and never with a web page."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path

from tests.support import dashboard
from tests.support.ports import free_port


def asked(url: str, **headers: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read().decode()


def test_below_a_path_everything_answers_as_at_the_root(tmp_path: Path) -> None:
    port = free_port()
    command = dashboard.build_command(port)
    command += ["--server.baseUrlPath", "lab/dash"]
    database = f"postgresql://u:p@127.0.0.1:{free_port()}/none"
    with dashboard.launched(
        command, tmp_path, port, below="/lab/dash", DATA_DIR=str(tmp_path / "data"), DATABASE_URL=database
    ) as running:
        for base in (running.url, f"{running.url}/lab/dash"):
            assert asked(f"{base}/healthz")[0] == 200
            # A machine that looks after it often knows no name.
            assert asked(f"{base}/healthz", host="10.1.2.3:8501")[0] == 200
            assert asked(f"{base}/api/v1/candidates", host="10.1.2.3:8501")[0] == 421
            status, kind, body = asked(f"{base}/readyz")
            assert (status, kind, json.loads(body)["status"]) == (503, "application/json", "not ready")
            assert asked(f"{base}/api/v1/candidates")[0] == 401
            status, kind, _ = asked(f"{base}/api/v1/nonsense")
            assert (status, kind) == (404, "application/problem+json")
            assert asked(f"{base}/api")[0] == 404
            status, kind, figures = asked(f"{base}/metrics")
            assert (status, kind) == (200, "text/plain")
            assert figures.startswith("# HELP ")
            document = json.loads(asked(f"{base}/api/v1/openapi.json")[2])
            assert document["openapi"]
            assert re.search(r'request_seconds_count\{kind="api",status="4xx"\} [1-9]', figures)
            # What only looks like one of ours is none.
            assert asked(f"{base}/healthzy")[1] != "application/json"
