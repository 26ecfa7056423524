"""What stands before every answer of the program and closes what the dashboard's server leaves open.

* Files behind the pages (downloads) go only to people who may come in; the server's own metrics go to nobody.
* A visitor's websocket messages that would act on the whole process are dropped.
* Cookies carry `Secure` whenever the visitor came over https.
* After signing in, people arrive at the page whose link they opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Admits = Callable[[HTTPConnection], bool]
Takes = Callable[[bytes], bool]

_METRICS: Final = re.compile(r"(^|/)_stcore/metrics/?$")
# Not the files of the page itself, which lie in a folder of the same name.
_FILES: Final = re.compile(r"(?<!/static)/media/")
_SIGNING_IN: Final = re.compile(r"(^|/)auth/login$")
_SIGNED_IN: Final = re.compile(r"(^|/)oauth2callback$")
RETURN_COOKIE: Final = "skill_analytics_return"
_RETURN_SECONDS: Final = 900
# A path of this program, and nothing a browser could read as another host's address.
_OWN_PATH: Final = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")
_LONGEST_RETURN: Final = 2000


class Guard:
    """Stand before the whole program.

    `admits` tells whether a request comes from somebody who may come in; it may wait for the database. `takes` tells
    whether a message of a visitor's websocket is one that visitors may send.
    """

    def __init__(self, app: ASGIApp, *, admits: Admits, takes: Takes) -> None:
        """Guard a program."""
        self.app = app
        self._admits = admits
        self._takes = takes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or stand beside a websocket."""
        if scope["type"] == "websocket":
            await self.app(scope, self._sifted(receive), _secured(scope, send))
        elif scope["type"] == "http":
            await self._http(scope, receive, _secured(scope, send))
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if _METRICS.search(path):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        elif _FILES.search(path) and not await to_thread.run_sync(self._admits, HTTPConnection(scope)):
            await PlainTextResponse("Sign in first", 403)(scope, receive, send)
        elif _SIGNING_IN.search(path):
            await self.app(scope, receive, _remembering(scope, send))
        elif _SIGNED_IN.search(path):
            await self.app(scope, receive, _returning(scope, send))
        else:
            await self.app(scope, receive, send)

    def _sifted(self, receive: Receive) -> Receive:
        async def sift() -> Message:
            while True:
                message = await receive()
                data = message.get("bytes") if message["type"] == "websocket.receive" else None
                if data is None or self._takes(data):
                    return message

        return sift


def _secured(scope: Scope, send: Send) -> Send:
    """Mark the cookies of a visitor who came over https, whichever proxy says so.

    A visitor who lies about it gets cookies that their own browser keeps back, and harms nobody else.
    """
    forwarded = Headers(scope=scope).get("x-forwarded-proto", "").split(",")[0].strip().lower()
    if forwarded != "https" and scope["scheme"] not in {"https", "wss"}:
        return send

    async def send_secured(message: Message) -> None:
        if "headers" in message:
            message["headers"] = [
                (name, value + b"; Secure")
                if name.lower() == b"set-cookie" and b"; secure" not in value.lower()
                else (name, value)
                for name, value in message["headers"]
            ]
        await send(message)

    return send_secured


def _remembering(scope: Scope, send: Send) -> Send:
    """Remember, on the way to the provider, which page the visitor was on."""
    page = urlsplit(Headers(scope=scope).get("referer", ""))
    target = page.path + (f"?{page.query}" if page.query else "")

    async def send_remembering(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_own(target):
            _set_cookie(scope, message, quote(target, safe="/"), _RETURN_SECONDS)
        await send(message)

    return send_remembering


def _returning(scope: Scope, send: Send) -> Send:
    """Lead the visitor, back from the provider, to the page they were on."""
    target = unquote(HTTPConnection(scope).cookies.get(RETURN_COOKIE, ""))

    async def send_returning(message: Message) -> None:
        if message["type"] == "http.response.start" and target:
            if 300 <= message["status"] < 400 and _is_own(target):
                MutableHeaders(raw=message["headers"])["location"] = target
            _set_cookie(scope, message, "", 0)
        await send(message)

    return send_returning


def _is_own(target: str) -> bool:
    if len(target) > _LONGEST_RETURN or not _OWN_PATH.fullmatch(target):
        return False
    return not _SIGNED_IN.search(target.split("?", 1)[0])


def _set_cookie(scope: Scope, message: Message, value: str, seconds: int) -> None:
    path = re.sub(r"(auth/login|oauth2callback)$", "oauth2callback", scope["path"])
    cookie = f"{RETURN_COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    message["headers"] = [*message["headers"], (b"set-cookie", cookie.encode("latin-1"))]
