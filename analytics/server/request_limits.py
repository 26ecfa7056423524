"""Limits on the size of a request's body and on how long it may take."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from starlette.formparsers import MultiPartParser
from starlette.types import Message, Receive

LARGEST_BODY: Final = 1_000_000
BODY_SECONDS: Final = 20.0
# Where people add files of up to 25 MiB, with what a form takes around them.
LARGEST_FILE_BODY: Final = 27_000_000
FILE_SECONDS: Final = 120.0
_TAKES_FILES: Final = re.compile(r"(^|/)(_stcore/upload_file/[^/]+/[^/]+|api/v1/interviews)$")


def takes_files(path: str) -> bool:
    """Return whether a path accepts files, which may be larger and slower than other requests."""
    return _TAKES_FILES.search(path) is not None


def keep_files_in_memory() -> None:
    """Keep uploaded files in memory instead of the machine's temporary folder."""
    MultiPartParser.spool_max_size = LARGEST_FILE_BODY


class RefusedError(Exception):
    """A request body beyond the limits."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class SizeLimit:
    """A limit on a request body: bytes, and seconds until it is complete."""

    def __init__(self, receive: Receive, largest: int, seconds: float) -> None:
        self._receive = receive
        self._left = largest
        self._until = asyncio.get_running_loop().time() + seconds
        self._complete = False

    async def __call__(self) -> Message:
        """Receive the next message; raises `RefusedError` where the body is too large or too slow."""
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise RefusedError("The request took too long", 408) from None
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self._left < 0:
                raise RefusedError("The request is too large", 413)
        return message
