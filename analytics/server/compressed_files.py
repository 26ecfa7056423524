"""Static files compressed once, ahead or at the first request: a browser loads 9 MB of them before the first chart."""

from __future__ import annotations

import asyncio
import gzip
import posixpath
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import brotli
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TYPES: Final = ("text/javascript", "application/javascript", "text/css", "application/json", "image/svg+xml")


# The smallest first. All files of Streamlit take 0.4 s of a processor at quality 5, and 0.5 s at level 6. Quality 7
# takes twice as long and saves 2%; level 9 takes a quarter longer and saves 0.3%.
_CODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


def compress_ahead(files: Iterable[Path], folder: Path) -> None:
    """Compress files for programs that are given this folder, which is made.

    Only as every browser takes them over https, and as small as that gets: quality 11 saves a tenth and takes a minute.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        body = file.read_bytes()
        _place(folder, "br", body).write_bytes(brotli.compress(body, quality=11))


def _place(folder: Path, coding: str, body: bytes) -> Path:
    """Name the place of a compressed file after its content, so that it is never that of another version."""
    return folder / f"{sha256(body).hexdigest()}.{coding}"


class CompressedFiles:
    """Compresses immutable responses and caches the result.

    Such an answer is marked `immutable`: its address holds a hash of its content. Streamlit compresses everything else
    by itself. What is kept is bounded by the files there are (in each coding 7 MB for all, 3 MB for those that our
    pages load); a file asked for by an unusual path is sent as it is. What `compress_ahead` has put into the folder
    `ahead` is not compressed again.
    """

    def __init__(self, app: ASGIApp, *, ahead: Path | None = None) -> None:
        """Wrap an ASGI program."""
        self.app = app
        self._ahead = ahead
        self._kept: dict[tuple[str, str], list[Message]] = {}
        # One at a time: visitors who come together wait for the same files.
        self._compressing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let a websocket in."""
        is_read = scope["type"] == "http" and scope["method"] == "GET" and _has_one_spelling(scope["path"])
        coding = _best_coding(Headers(scope=scope)) if is_read else None
        if not coding:
            await self.app(scope, receive, send)
            return
        key = (coding, scope["path"])
        if key not in self._kept and not await self._keep(key, scope, receive, send):
            return
        for message in self._kept[key]:
            # What stands before us adds headers, so each answer has its own.
            await send({**message, "headers": list(message.get("headers", []))})

    async def _keep(self, key: tuple[str, str], scope: Scope, receive: Receive, send: Send) -> bool:
        """Compress the answer and keep it; tells False where it has been sent as it is, or whoever asked has gone."""
        start: Message = {}
        parts: list[bytes] = []
        is_whole = False

        async def collect(message: Message) -> None:
            nonlocal is_whole
            if message["type"] == "http.response.start" and _never_changes(message):
                start.update(message)
            elif start and message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                is_whole = not message.get("more_body", False)
            else:
                await send(message)

        await self.app(scope, receive, collect)
        # A file is read no further for a browser that left the page meanwhile. What there is of it is nobody's answer.
        if not is_whole:
            return False
        async with self._compressing:
            if key not in self._kept:
                self._kept[key] = await to_thread.run_sync(self._compress, key[0], start, b"".join(parts))
        return True

    def _compress(self, coding: str, start: Message, body: bytes) -> list[Message]:
        if self._ahead is not None:
            with suppress(OSError):
                return _compressed(start, coding, _place(self._ahead, coding, body).read_bytes())
        return _compressed(start, coding, _CODINGS[coding](body))


def _has_one_spelling(path: str) -> bool:
    """Return whether this is the usual way to write a path: `/a//b` and `/a/./b` lead to the same file without end."""
    return posixpath.normpath(path) == path


def _best_coding(headers: Headers) -> str | None:
    """Return the coding to answer in, if any: browsers take brotli only over HTTPS and from their own machine."""
    if "range" in headers:
        return None
    wanted = [part.replace(" ", "").partition(";q=") for part in headers.get("accept-encoding", "").split(",")]
    accepted = {name for name, _, quality in wanted if quality.strip("0.") or not quality}
    return next((coding for coding in _CODINGS if coding in accepted), None)


def _never_changes(start: Message) -> bool:
    headers = Headers(raw=start.get("headers", []))
    return (
        start["status"] == 200
        and "immutable" in headers.get("cache-control", "")
        and headers.get("content-type", "").startswith(_TYPES)
        and "content-encoding" not in headers
    )


def _compressed(start: Message, coding: str, content: bytes) -> list[Message]:
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["Content-Encoding"] = coding
    headers["Content-Length"] = str(len(content))
    headers.add_vary_header("Accept-Encoding")
    # Each form of a file has its own tag, and no part of it can be asked for.
    del headers["etag"]
    del headers["accept-ranges"]
    return [{**start, "headers": headers.raw}, {"type": "http.response.body", "body": content}]
