"""A model's server in the SDK's own transport: what it answers is written down beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2

from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.model_settings import ModelSettings
from tests.support.doubles import CALL, POINTS
from tests.support.model_server import envelope

KEY = "sk-test-key-that-must-not-leak-4242"
OPENAI = ModelSettings(api_key=KEY, model="m", timeout=5)
OTHER = ModelSettings(api_key=KEY, base_url="http://model.test/v1", model="m", timeout=5)

Handler = Callable[[httpx2.Request], httpx2.Response]


class ScriptedServer:
    """Answers requests in their order, the last answer again and again; keeps what it was asked."""

    def __init__(self, *answers: httpx2.Response | Exception | Handler) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[httpx2.Headers] = []
        self.paths: list[str] = []
        self.pauses: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(json.loads(request.read()))
        self.headers.append(request.headers)
        self.paths.append(str(request.url))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx2.Response) else answer(request)

    def client(self, settings: ModelSettings = OTHER) -> ModelClient:
        return ModelClient(settings, transport=httpx2.MockTransport(self), pause=self.pauses.append)


def spoken(text: str | None, protocol: str = "/chat/completions", **how: Any) -> Handler:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json=envelope(protocol, how, text, (40, 8)))

    return answer


def error(status: int, code: str | None = None, message: str = f"bad {KEY}", **headers: str) -> Handler:
    def answer(request: httpx2.Request) -> httpx2.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.Response(status, json={"error": {"message": message, "code": code}}, headers=names)

    return answer


GOOD = spoken(json.dumps(POINTS))


def asked(
    *answers: httpx2.Response | Exception | Handler, settings: ModelSettings = OTHER, call: Call = CALL
) -> tuple[Reply, ScriptedServer]:
    server = ScriptedServer(*answers)
    return server.client(settings).ask(call), server
