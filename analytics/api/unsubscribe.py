"""The end of one's digests by the address in each of them, without sign-in.

Only a POST ends them, the mail program's (RFC 8058) or that of the page's button: programs that look at links in
messages must not. An address that nobody was sent answers as one that never was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from limits import RateLimitItemPerMinute
from sqlalchemy.engine import Engine
from starlette.requests import Request
from starlette.responses import Response

from analytics.api.public_pages import PublicPages, plain_page
from analytics.coaching.digests import email_of, unsubscribe
from analytics.database.sessions import reading, writing

MISSES: Final = RateLimitItemPerMinute(30)
_BUTTON: Final = '<form method="post"><button name="List-Unsubscribe" value="One-Click">End my digests</button></form>'


class Unsubscribe(PublicPages):
    """The ASGI program below `/unsubscribe`."""

    busy = "Try again in a moment."
    failed = "This cannot be done at the moment. Try again in a few minutes."

    def __init__(self, engine: Callable[[], Engine]) -> None:
        """Answer from this database."""
        super().__init__()
        self._engine = engine

    def answer(self, request: Request) -> Response:
        """End the digests of a token that is posted; ask first of whoever only looks."""
        token = request.scope["path"].rpartition("/")[2]
        if request.method == "POST":
            with writing(self._engine()) as connection:
                known = unsubscribe(connection, token)
            if known:
                sentence = "You get no more digests. You can have them sent again from your account's menu."
                return plain_page(200, "Digests ended", sentence)
        elif request.method in {"GET", "HEAD"}:
            with reading(self._engine()) as db:
                known = email_of(db, token) is not None
            if known:
                return plain_page(200, "End your digests?", "You will get none from then on.", form=_BUTTON)
        return self._answer_missing(request)

    def _answer_missing(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if not self.limits.hit(MISSES, "miss", address):
            return plain_page(429, "Too many requests", "Wait a minute and try again.", {"Retry-After": "60"})
        return plain_page(404, "Not found", "There is nothing at this address.")
