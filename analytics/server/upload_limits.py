"""Limits on the files that people leave with the server until they save or leave the page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from analytics.server.request_limits import LARGEST_FILE_BODY

KEPT: Final = 400_000_000
KEPT_OF_ONE: Final = 100_000_000
FILES_OF_ONE: Final = 200
_UPLOAD: Final = re.compile(r"(?:^|/)_stcore/upload_file/([^/]+)/[^/]+$")


class UploadLimits:
    """Limits the bytes and the number of files of each person, and the bytes of all, those on their way included.

    `visitor` names who sends a request, and `kept` tells the sizes of the files of each page that is open.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        visitor: Callable[[HTTPConnection], str | None],
        kept: Callable[[], Mapping[str, Iterable[int]]],
        most: int = KEPT,
        most_of_one: int = KEPT_OF_ONE,
        most_files_of_one: int = FILES_OF_ONE,
    ) -> None:
        """Wrap an ASGI program."""
        self.app = app
        self._visitor = visitor
        self._kept = kept
        self._most = most
        self._most_of_one = most_of_one
        self._most_files_of_one = most_files_of_one
        self._owners: dict[str, str] = {}
        self._coming: Counter[str] = Counter()
        self._files_coming: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit or refuse a file; pass everything else on."""
        page = _UPLOAD.search(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if page is None:
            await self.app(scope, receive, send)
            return
        person = self._visitor(HTTPConnection(scope)) or ""
        size = int(Headers(scope=scope).get("content-length", LARGEST_FILE_BODY))
        if refusal := self._refusal(person, size):
            # A browser reads an answer only when it has sent everything.
            while (await receive()).get("more_body"):
                pass
            await refusal(scope, receive, send)
            return
        self._owners[page[1]] = person
        self._coming[person] += size
        self._files_coming[person] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._coming[person] -= size
            self._files_coming[person] -= 1

    def _refusal(self, person: str, size: int) -> PlainTextResponse | None:
        kept = {page: list(sizes) for page, sizes in self._kept().items()}
        self._coming, self._files_coming = +self._coming, +self._files_coming
        self._owners = {page: owner for page, owner in self._owners.items() if page in kept or self._coming[owner]}
        own = [size for page, sizes in kept.items() if self._owners.get(page) == person for size in sizes]
        if (
            sum(own) + self._coming[person] + size > self._most_of_one
            or len(own) + self._files_coming[person] >= self._most_files_of_one
        ):
            sentence = "You have left too many files here. Save or remove some, or close the page, and try again."
            return PlainTextResponse(sentence, 429, {"Retry-After": "120"})
        if sum(map(sum, kept.values())) + self._coming.total() + size > self._most:
            sentence = "Too many files are being added at the moment. Try again in a few minutes."
            return PlainTextResponse(sentence, 503, {"Retry-After": "120"})
        return None
