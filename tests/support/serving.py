"""The program, running for the small world."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from tests.support import dashboard
from tests.support.websocket import claims_of, sign_in_cookie
from tests.support.world import ISSUER, PEOPLE, World


@dataclass
class Serving:
    """The program, running for the small world."""

    url: str
    world: World
    dashboard: dashboard.Dashboard

    def cookie(self, who: str, **claims: object) -> str | None:
        """The cookie of somebody who has just signed in; nobody has none."""
        if who == "nobody":
            return None
        return sign_in_cookie(self.url, claims_of(PEOPLE[who].key, ISSUER, **claims))


def status(url: str, cookie: str | None = None) -> int:
    headers = {} if cookie is None else {"Cookie": f"_streamlit_user={cookie}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """A program that reads a request to its end."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)
