"""The page's own files come compressed, once compressed for everybody, and nothing else is held back for it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path

import brotli
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from streamlit import file_util
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from analytics.server.compressed_files import CompressedFiles, compress_ahead

STATIC = Path(file_util.get_static_dir())
LARGEST = max((STATIC / "static" / "js").glob("*.js"), key=lambda file: file.stat().st_size)
FILE = f"/static/js/{LARGEST.name}"


@pytest.fixture
def program() -> CompressedFiles:
    """Streamlit's own files, compressed."""

    def never_changing(request: Request) -> Response:
        kind = request.query_params["kind"]
        return Response(b"x" * 1000, media_type=kind, headers={"Cache-Control": "public, immutable"})

    routes = [Route("/never-changing", never_changing), Route("/other", lambda _: PlainTextResponse("x" * 1000))]
    routes.append(Route("/mine", lambda _: FileResponse(LARGEST, headers={"Cache-Control": "private"})))
    return CompressedFiles(Starlette(routes=[*routes, *create_streamlit_static_assets_routes("")]))


@pytest.mark.parametrize(
    ("accepted", "coding", "decode", "share"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress, 0.27),
        ("gzip, deflate", "gzip", gzip.decompress, 0.31),
        ("br;q=0, gzip; q=0.5", "gzip", gzip.decompress, 0.31),
    ],
)
def test_a_file_is_compressed_once_and_is_the_same_file(
    program: CompressedFiles, accepted: str, coding: str, decode: Callable[[bytes], bytes], share: float
) -> None:
    times, below = 0, program.app

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal times
        times += scope["type"] == "http"
        await below(scope, receive, send)

    program.app = counted
    with TestClient(program) as visitor:
        # Whoever reads another coding gets nothing of what is kept in this one.
        visitor.get(FILE, headers={"Accept-Encoding": "gzip" if coding == "br" else "br"})
        times = 0
        answers = [_asked(visitor, accepted) for _ in range(3)]
    assert times == 1
    for answer, content in answers:
        assert decode(content) == LARGEST.read_bytes()
        assert answer.headers["content-encoding"] == coding
        assert int(answer.headers["content-length"]) == len(content) < share * LARGEST.stat().st_size
        assert "Accept-Encoding" in answer.headers["vary"]
        assert "immutable" in answer.headers["cache-control"]


def _asked(visitor: TestClient, accepted: str) -> tuple[httpx2.Response, bytes]:
    """Ask for the file; tells the content as it was sent."""
    with visitor.stream("GET", FILE, headers={"Accept-Encoding": accepted}) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_file_whose_first_reader_left_is_whole_for_the_next(program: CompressedFiles) -> None:
    sent: list[Message] = []

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"accept-encoding", b"gzip")]
    scope = {"type": "http", "method": "GET", "path": FILE, "root_path": "", "query_string": b"", "headers": headers}
    asyncio.run(program(scope, leave, send))
    assert sent == []
    answer = TestClient(program).get(FILE, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == LARGEST.read_bytes()


def test_the_many_spellings_of_a_path_are_not_kept(program: CompressedFiles) -> None:
    with TestClient(program) as visitor:
        for unusual in ("//js/", "/%2E/js/", "///js/", "/js//"):
            answer = visitor.get(FILE.replace("/js/", unusual), headers={"Accept-Encoding": "gzip"})
            assert answer.content == LARGEST.read_bytes(), unusual
    assert program._kept == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Encoding": "identity"},
        {"Accept-Encoding": "gzip;q=0, br;q=0.0"},
        {"Accept-Encoding": "gzip, br", "Range": "bytes=0-9"},
    ],
)
def test_whoever_cannot_read_it_compressed_gets_it_as_it_is(program: CompressedFiles, headers: dict[str, str]) -> None:
    with TestClient(program) as visitor:
        visitor.get(FILE, headers={"Accept-Encoding": "gzip, br"})
        answer = visitor.get(FILE, headers=headers)
    assert "content-encoding" not in answer.headers
    assert answer.content == LARGEST.read_bytes()[: 10 if "Range" in headers else None]


def test_what_may_change_or_is_compressed_already_passes_as_it_is(program: CompressedFiles) -> None:
    with TestClient(program) as visitor:
        for path in ("/", "/other", "/mine", "/static/js/no-such-file.js", "/never-changing?kind=font/woff2"):
            answer = visitor.get(path, headers={"Accept-Encoding": "gzip, br"})
            assert (answer.status_code, "content-encoding" in answer.headers) == (200, False), path
        known = visitor.get("/never-changing?kind=text/css", headers={"Accept-Encoding": "gzip"})
    assert known.headers["content-encoding"] == "gzip"
    # Of an address that no file has, however many are asked for, nothing is kept.
    assert set(program._kept) == {("gzip", "/never-changing")}
    assert gzip.decompress(program._kept["gzip", "/never-changing"][1]["body"]) == b"x" * 1000


@pytest.mark.parametrize(("accepted", "coding"), [("gzip, br", "br"), ("gzip", "gzip")])
def test_what_was_compressed_ahead_is_sent_as_long_as_it_is_the_same_file(
    accepted: str, coding: str, tmp_path: Path
) -> None:
    file, ahead = tmp_path / "page.js", tmp_path / "ahead"
    content = b"".join(b"draw(%d);" % (number * number) for number in range(2_000))
    file.write_bytes(content)
    compress_ahead([file], ahead)
    kept = {path.suffix: path.read_bytes() for path in ahead.iterdir()}
    assert set(kept) == {".br"}
    headers = {"Cache-Control": "public, immutable"}

    def asked() -> bytes:
        """Ask a program that has just started."""
        route = Route("/static/page.js", lambda _: FileResponse(file, media_type="text/javascript", headers=headers))
        program = CompressedFiles(Starlette(routes=[route]), ahead=ahead)
        with TestClient(program).stream("GET", "/static/page.js", headers={"Accept-Encoding": accepted}) as answer:
            assert answer.headers["content-encoding"] == coding
            return b"".join(answer.iter_raw())

    decode = brotli.decompress if coding == "br" else gzip.decompress
    assert asked() == kept.get(f".{coding}", gzip.compress(content, 6, mtime=0))
    assert decode(asked()) == content
    # Of another version of the file, or where nothing is kept, it is made.
    file.write_bytes(b"// newer\n" + content)
    assert decode(asked()) == b"// newer\n" + content
    file.write_bytes(content)
    for path in ahead.iterdir():
        path.unlink()
    assert decode(asked()) == content
