"""Serves the program below a proxy's path, where everything answers as at the root."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OURS: Final = ("/api", "/shared", "/unsubscribe", "/healthz", "/readyz", "/metrics")
# Streamlit's, which it gives to the whole host.
_FORM_COOKIE: Final = b"_streamlit_xsrf="


class BasePath:
    """Serves our own routes below the path of the pages, which is empty at the root.

    The server puts its own addresses there by itself, and answers any other with a web page.
    """

    def __init__(self, app: ASGIApp, *, base: Callable[[], str]) -> None:
        """Wrap an ASGI program; `base` gives the path, without a slash at its end."""
        self.app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        base = self._base()
        if scope["type"] == "http" and base and scope["path"].startswith(f"{base}/"):
            below = f"{scope['path'].removeprefix(base)}/"
            if below.startswith(tuple(f"{path}/" for path in _OURS)):
                scope = dict(scope) | {"root_path": base}
        await self.app(scope, receive, _cookies_below(base, send) if base else send)


def _cookies_below(base: str, send: Send) -> Send:
    """Keep the cookie that guards forms below the path, as the sign-in's is."""

    async def send_below(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, value.replace(b"; Path=/;", b"; Path=%s;" % base.encode()))
                if name.lower() == b"set-cookie" and value.startswith(_FORM_COOKIE)
                else (name, value)
                for name, value in message.get("headers", [])
            ]
        await send(message)

    return send_below
