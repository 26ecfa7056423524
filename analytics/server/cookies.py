"""Sign-in cookies: secured when set; and the page to return to."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import Message, Scope, Send

SIGNED_IN: Final = re.compile(r"(^|/)oauth2callback$")
RETURN_COOKIE: Final = "skill_analytics_return"
_RETURN_SECONDS: Final = 900
# A path of this program, and nothing a browser could read as another host's address.
_OWN_PATH: Final = re.compile(r"/(?!/)[!-\[\]-~]*")
# Led there, the visitor would be signed out again, or sent round in a circle.
_SIGN_IN_PATH: Final = re.compile(r"(^|/)auth(/|$)", re.IGNORECASE)
_LONGEST_RETURN: Final = 2000


def secure_cookies(scope: Scope, send: Send) -> Send:
    """Add the Secure flag for visitors who came over https, as told by the proxy.

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


def remember_page(scope: Scope, send: Send) -> Send:
    """Remember the page a visitor left for the provider."""
    page = urlsplit(Headers(scope=scope).get("referer", ""))
    target = page.path + (f"?{page.query}" if page.query else "")

    async def send_remembering(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_own(target):
            _set_cookie(scope, message, quote(target, safe="/"), _RETURN_SECONDS)
        await send(message)

    return send_remembering


def return_to_page(scope: Scope, send: Send) -> Send:
    """Redirect a visitor coming back from the provider to that page."""
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
    path = target.split("?", 1)[0]
    return not (SIGNED_IN.search(path) or _SIGN_IN_PATH.search(unquote(path)))


def _set_cookie(scope: Scope, message: Message, value: str, seconds: int) -> None:
    path = re.sub(r"(auth/login|oauth2callback)$", "oauth2callback", scope["path"])
    cookie = f"{RETURN_COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    message["headers"] = [*message["headers"], (b"set-cookie", cookie.encode("latin-1"))]
