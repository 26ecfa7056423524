"""Serves the program below a proxy's path, where everything answers as at the root."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_OURS: Final = ("/api", "/shared", "/unsubscribe", "/healthz", "/readyz", "/metrics")


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
        await self.app(scope, receive, send)
