"""What fails on this side of the connection, or between here and the server, is called by its name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from tests.support.doubles import CALL
from tests.support.model_server import ModelServer
from tests.support.ports import free_port

KEY = "sk-0123456789abcdef"
_ASK = """
from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.model_settings import ModelSettings
from tests.support.doubles import CALL
reply = ModelClient(ModelSettings.from_environment()).ask(CALL)
print(reply.outcome, reply.detail)
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with ModelServer() as server:
        yield server


def asked(url: str, key: str = KEY) -> tuple[Outcome | None, str, list[float]]:
    pauses: list[float] = []
    settings = ModelSettings(api_key=key, base_url=url, model="m", timeout=20)
    reply = ModelClient(settings, pause=pauses.append).ask(CALL)
    assert KEY not in repr(reply)
    return reply.outcome, reply.detail, pauses


def test_without_any_of_it_the_server_answers(server: ModelServer) -> None:
    assert asked(server.url) == (None, "", [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("all_proxy", "socks://user:hidden-word@127.0.0.1:7890/"),
        ("ALL_PROXY", "socks5://user:hidden-word@127.0.0.1:7890"),
        ("HTTP_PROXY", "ftp://hidden-word:21"),
    ],
)
def test_a_proxy_that_cannot_be_one_is_named(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    outcome, detail, pauses = asked(server.url)
    assert (outcome, pauses) == (Outcome.PROXY, [])
    assert name.lower().removesuffix("_proxy") in detail
    assert "hidden-word" not in detail
    assert server.requests == []


def test_a_proxy_that_does_not_answer_is_named(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    assert asked(server.url)[0] is Outcome.PROXY
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert asked(server.url)[0] is None
    # The proxy is not to blame for a server that it has nothing to do with.
    assert asked(f"http://127.0.0.1:{free_port()}/v1")[0] is Outcome.UNREACHABLE


@pytest.mark.parametrize("key", [f"“{KEY}”", f"{KEY}\u200b", f"{KEY}\n4567", f"{KEY} 4567", f"ключ{KEY}"])
def test_a_key_that_no_header_can_hold_is_named(server: ModelServer, key: str) -> None:
    outcome, _, pauses = asked(server.url, key)
    assert (outcome, pauses) == (Outcome.BAD_KEY, [])
    assert "OPENAI_API_KEY" in Outcome.BAD_KEY.sentence
    assert server.requests == []


@pytest.mark.parametrize("name", ["SSL_CERT_FILE"])
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_certificates_that_is_none_is_named(
    server: ModelServer, tmp_path: Path, name: str, content: str | None
) -> None:
    path = tmp_path / "authorities.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    environment = {"OPENAI_BASE_URL": server.url, "OPENAI_MODEL": "m", "OPENAI_API_KEY": KEY, name: str(path)}
    run = subprocess.run(
        [sys.executable, "-c", _ASK],
        cwd=Path(__file__).parents[3],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("certificate ")
    assert name in run.stdout
    assert server.requests == []


def test_a_server_without_a_certificate_is_not_trusted(server: ModelServer) -> None:
    outcome, _, pauses = asked(server.url.replace("http:", "https:"))
    assert (outcome, pauses) == (Outcome.CERTIFICATE, [])


def test_a_name_that_nobody_knows_is_named(server: ModelServer) -> None:
    assert asked("http://no-such-host.invalid/v1")[0] is Outcome.UNKNOWN_HOST
