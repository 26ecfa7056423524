"""Restricts a personal workspace to this machine."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# What a proxy says about whom it speaks for.
_FORWARDING: Final = frozenset({"forwarded", "via", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip"})
_REFUSAL: Final = "This workspace is for the machine it runs on. Open it there, under http://localhost."


class LocalOnly:
    """Refuses requests that are not, or claim not to be, from this machine, while `active` returns true.

    A proxy on this machine is known by what it forwards: the name it was asked under, its own headers, or the page that
    a browser's script comes from.
    """

    def __init__(self, app: ASGIApp, *, active: Callable[[], bool]) -> None:
        """Wrap an ASGI program."""
        self.app = app
        self._active = active

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let a websocket in."""
        if scope["type"] not in {"http", "websocket"} or not self._active() or is_local(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(_REFUSAL, 403)(scope, receive, send)


def is_local(scope: Scope) -> bool:
    """Return whether a request comes from this machine, is addressed to it, and was made by a page of it."""
    headers = Headers(scope=scope)
    if any(name in _FORWARDING or name.startswith("x-forwarded") for name in headers):
        return False
    hosts = headers.getlist("host")
    pages = [*headers.getlist("origin"), *headers.getlist("referer")]
    named = [f"//{host}" for host in hosts]
    return bool(hosts) and _is_loopback(scope.get("client")) and all(map(_is_here, (*named, *pages)))


def _is_here(address: str) -> bool:
    try:
        return (urlsplit(address).hostname or "").rstrip(".") in _NAMES
    except ValueError:
        return False


def _is_loopback(client: tuple[str, int] | None) -> bool:
    try:
        address = ip_address(client[0]) if client else None
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and address.is_loopback
