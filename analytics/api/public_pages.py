"""Pages that anybody may open, without sign-in: a few at a time, so that strangers take little of the program."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from functools import partial
from typing import ClassVar, Final

from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from analytics.api.bounded_threads import BoundedThreads, BusyError
from analytics.database.errors import DatabaseError
from analytics.settings import SettingsError

# So many are answered at a time, whoever asks: strangers take no more of the processors than this.
AT_ONCE: Final = 2
MOST_WAITING: Final = 100
# They fetch nothing, run nothing, and are kept by nobody on the way.
HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_log = logging.getLogger(__name__)


def plain_page(
    status: int, title: str, sentence: str, headers: dict[str, str] | None = None, *, form: str = ""
) -> Response:
    """Answer with a page of one sentence, and perhaps a form below it."""
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title></head><body><h1>{title}</h1><p>{sentence}</p>{form}</body></html>"
    )
    return HTMLResponse(text, status, HEADERS | (headers or {}))


class PublicPages(ABC):
    """An ASGI program that answers in threads of its own; what it keeps of past requests is in `limits`."""

    busy: ClassVar[str]
    failed: ClassVar[str]

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self.limits = FixedWindowRateLimiter(MemoryStorage())
        self._threads = BoundedThreads(AT_ONCE, MOST_WAITING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a websocket is refused."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            answer = await self._threads.run(partial(self.answer, Request(scope)))
        except BusyError:
            answer = plain_page(503, "Not available", self.busy, {"Retry-After": "5"})
        except (DatabaseError, SettingsError) as error:
            _log.warning("A page without sign-in cannot be shown: %s", error)
            answer = plain_page(503, "Not available", self.failed, {"Retry-After": "30"})
        await answer(scope, receive, send)

    @abstractmethod
    def answer(self, request: Request) -> Response:
        """Return the answer to one request, in a thread."""
