"""Start-up in the order a visitor needs: static files, then pages, then everything else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Final

from anyio import to_thread
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

_PAGE_FILES: Final = "/static/"


class HoldUntilReady:
    """Serves static files at once and holds all other requests until the program is ready.

    A browser loads and reads those files, which tell nothing about anybody, while the program is still importing.
    """

    def __init__(self, app: ASGIApp, *, prepared: asyncio.Event) -> None:
        """Wrap an ASGI program that is ready once `prepared` is set."""
        self.app = app
        self._prepared = prepared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let a websocket in."""
        if scope["type"] == "websocket" or (scope["type"] == "http" and not _is_page_file(scope["path"])):
            await self._prepared.wait()
        await self.app(scope, receive, send)


def _is_page_file(path: str) -> bool:
    return path == "/" or path.startswith(_PAGE_FILES)


class LazyMount(BaseRoute):
    """A mounted program created by `make` or by its first request, so that its imports delay no page."""

    def __init__(self, path: str, make: Callable[[], ASGIApp]) -> None:
        """Wrap the program that `make` returns, made for the first request."""
        self.path = path
        self._make = make
        self._made: ASGIApp | None = None
        self._making = threading.Lock()

    def make(self) -> ASGIApp:
        """Create the program, once."""
        with self._making:
            if self._made is None:
                self._made = self._make()
            return self._made

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for this program."""
        below = f"{scope['path'].removeprefix(scope.get('root_path', ''))}/".startswith(f"{self.path}/")
        return (Match.FULL if below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        made = await to_thread.run_sync(self.make) if self._made is None else self._made
        await made(scope, receive, send)
