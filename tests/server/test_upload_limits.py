"""Files that people leave with the server: bounded for each of them and in all, and refused in words."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Sequence

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from analytics.server.upload_limits import KEPT_OF_ONE, UploadLimits
from tests.support.serving import Serving
from tests.support.websocket import visiting


class Store:
    """A program that keeps what it is sent, as long as pages are open."""

    def __init__(self) -> None:
        self.pages: dict[str, list[int]] = {}
        self.waits = asyncio.Event()
        self.waits.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = len((await receive())["body"])
        await self.waits.wait()
        self.pages.setdefault(scope["path"].split("/")[-2], []).append(size)
        await send({"type": "http.response.start", "status": 204, "headers": []})


def bounded(store: Store) -> UploadLimits:
    def visitor(request: HTTPConnection) -> str | None:
        return request.headers.get("cookie")

    return UploadLimits(
        store, visitor=visitor, kept=lambda: store.pages, most=250, most_of_one=100, most_files_of_one=4
    )


async def put(program: UploadLimits, who: str, page: str, size: int, *, says_size: bool = True) -> tuple[int, str]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * size}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"cookie", who.encode()), *([(b"content-length", b"%d" % size)] if says_size else [])]
    path = f"/below/_stcore/upload_file/{page}/file"
    await program({"type": "http", "method": "PUT", "path": path, "headers": headers}, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent).decode()


async def put_all(program: UploadLimits, files: Sequence[tuple[str, str, int]]) -> list[int]:
    return [(await put(program, *file))[0] for file in files]


def test_what_one_person_leaves_is_bounded_over_all_their_pages() -> None:
    async def run() -> None:
        store = Store()
        program = bounded(store)
        assert await put_all(program, [("ann", "a1", 60), ("ann", "a2", 40)]) == [204, 204]
        status, sentence = await put(program, "ann", "a3", 1)
        assert (status, "too many files" in sentence) == (429, True)
        # Nobody else is refused for it, and who leaves a page has room again.
        assert (await put(program, "bob", "b1", 100))[0] == 204
        del store.pages["a1"]
        assert await put_all(program, [("ann", "a3", 60), ("ann", "a3", 1)]) == [204, 429]

    asyncio.run(run())


def test_many_small_files_and_files_of_unknown_size_are_bounded() -> None:
    async def run() -> None:
        program = bounded(Store())
        assert await put_all(program, [("ann", "a1", 1)] * 6) == [204] * 4 + [429] * 2
        assert (await put(program, "bob", "b1", 1, says_size=False))[0] == 429

    asyncio.run(run())


def test_what_all_leave_is_bounded_and_what_is_on_its_way_counts() -> None:
    async def run() -> None:
        store = Store()
        program = bounded(store)
        store.waits.clear()
        on_their_way = [asyncio.create_task(put(program, who, who, 80)) for who in ("ann", "bob", "cyd")]
        await asyncio.sleep(0)
        assert (await put(program, "ann", "a2", 30))[0] == 429
        status, sentence = await put(program, "dan", "dan", 30)
        assert (status, "in a few minutes" in sentence) == (503, True)
        store.waits.set()
        assert [status for status, _ in await asyncio.gather(*on_their_way)] == [204] * 3
        assert (await put(program, "dan", "dan", 5))[0] == 204
        store.pages.clear()
        assert (await put(program, "ann", "a2", 100))[0] == 204

    asyncio.run(run())


@pytest.mark.parametrize("size", [9_000_000])
def test_a_coach_fills_no_servers_memory(serving: Serving, size: int) -> None:
    cookie = serving.cookie("coach")
    with urllib.request.urlopen(f"{serving.url}/_stcore/health", timeout=10) as answer:
        cookies = answer.headers.get_all("set-cookie") or []
    xsrf = next(each.split(";")[0].split("=", 1)[1] for each in cookies if each.startswith("_streamlit_xsrf"))
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"x" * size + b"\r\n--b--\r\n"
    )
    statuses: list[int] = []
    with visiting(serving.url, cookie) as visitor:
        session = visitor.run(page="add").session_id
        for number in range(KEPT_OF_ONE // size + 3):
            request = urllib.request.Request(
                f"{serving.url}/_stcore/upload_file/{session}/{number}", body, method="PUT",
                headers={
                    "Content-Type": "multipart/form-data; boundary=b", "X-Xsrftoken": xsrf,
                    "Cookie": f"_streamlit_xsrf={xsrf}; _streamlit_user={cookie}",
                },
            )  # fmt: skip
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    statuses.append(answer.status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
    fitting = KEPT_OF_ONE // size
    assert statuses[: fitting - 1] == [204] * (fitting - 1)
    assert statuses[-2:] == [429, 429]
