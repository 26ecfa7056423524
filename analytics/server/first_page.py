"""The HTML page a browser loads first, in place of Streamlit's."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A browser that still holds Streamlit's own page would be told that it has not changed.
_IF_CHANGED: Final = {b"if-none-match", b"if-modified-since"}
_OF_THE_FILE: Final = ("etag", "last-modified", "content-encoding", "vary")


class FirstPage:
    """Serves `page` wherever Streamlit would serve its own page; all other responses pass unchanged.

    Pages have addresses of one part. From a longer one the page would look for its files where there are none, so it
    leads to its last part, where the page is opened or said to be missing.
    """

    def __init__(self, app: ASGIApp, *, page: str) -> None:
        """Wrap an ASGI program."""
        self.app = app
        self._page = page.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let a websocket in."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or "/static/" in scope["path"]:
            await self.app(scope, receive, send)
            return
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _IF_CHANGED]
        is_ours = False

        async def replace(message: Message) -> None:
            nonlocal is_ours
            if message["type"] == "http.response.start" and _is_page(scope, message):
                is_ours = True
                if above := _above(scope):
                    await RedirectResponse(above)(scope, receive, send)
                    return
                headers = MutableHeaders(raw=message["headers"])
                for name in _OF_THE_FILE:
                    del headers[name]
                headers["content-length"] = str(len(self._page))
            elif is_ours:
                if message.get("more_body") or _above(scope):
                    return
                message = {**message, "body": self._page if scope["method"] == "GET" else b""}
            await send(message)

        await self.app(scope, receive, replace)


def _is_page(scope: Scope, start: Message) -> bool:
    """Return whether this answer is Streamlit's page: it is a file, as none of our own pages is."""
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return start["status"] == 200 and kind.startswith("text/html") and isinstance(scope.get("endpoint"), StaticFiles)


def _above(scope: Scope) -> str | None:
    """Return what leads from an address of several parts to its last one; None for an address of one part."""
    *parts, last = scope["path"].removeprefix(scope.get("root_path", "")).strip("/").split("/")
    query = scope["query_string"].decode("latin-1")
    return "../" * len(parts) + quote(last) + (f"?{query}" if query else "") if parts else None
