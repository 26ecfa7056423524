"""`python -m benchmarks.floods`: what others feel, and what the program holds, while one visitor floods it.

All on this machine: the program, its database, the flood and whoever looks meanwhile share its processors. A flood
comes from one address and somebody who looks at a candidate from another. It ends after `--seconds`, and at most 50
of what it does are under way at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import multiprocessing
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

import httpx2
import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException

from analytics.database.engine import create_engine_for
from analytics.demo.load import load_synthetic
from analytics.server.process import prepare_process
from benchmarks import server
from benchmarks.sessions import ADMIN, Address, Visitor, memory, serving, sign_in, visiting_at
from tests.support.dashboard import Dashboard
from tests.support.postgres import PLATFORM

PEOPLE, INTERVIEWS, TRANSCRIPT = 200, 2_000, 20_000
FLOODER: Final = "flooder"
WITHIN: Final = 1.0
_AT_ONCE: Final = 50
_PAGES: Final = 3
_PAUSE: Final = 0.25
_SETTLING: Final = 5.0
_CANDIDATE: Final = Address("candidate", "candidate=1")
_LOOKING, _FLOODING = "127.0.0.2", "127.0.0.3"
_HEAD: Final = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
_FILE: Final = _HEAD + b"x" * 9_000_000 + b"\r\n--b--\r\n"


async def opening_sessions(url: str) -> None:
    """Open sessions, look at a candidate in each and leave."""
    cookies = sign_in(url, FLOODER)

    async def one() -> None:
        async with visiting_at(url, cookies, _FLOODING) as visitor:
            await visitor.ask(_CANDIDATE)

    await _without_end(one)


async def sessions_of_a_stranger(url: str) -> None:
    """Open sessions without signing in, look at the sign-in page and leave."""
    cookies = sign_in(url, None)

    async def one() -> None:
        async with visiting_at(url, cookies, _FLOODING) as visitor:
            await visitor.ask(Address(""))

    await _without_end(one)


async def holding_websockets(url: str) -> None:
    """Open websockets and keep them, and go on where no more may be open."""
    cookies = sign_in(url, FLOODER)
    async with AsyncExitStack() as stack:

        async def one() -> None:
            await stack.enter_async_context(visiting_at(url, cookies, _FLOODING))

        await _without_end(one)


async def reruns(url: str) -> None:
    """Ask three open pages for a candidate again and again, each time in other words."""
    await _ask_without_end(url, "candidate", "candidate=1&asked={}")


async def quotes(url: str) -> None:
    """Ask three open pages for quotes of 20,000 characters that no interview holds."""
    await _ask_without_end(url, "interview", "interview=1&quote={}" + "S" * 20_000)


async def uploads(url: str) -> None:
    """Leave files of 9 MB with the server."""
    cookies, numbers = sign_in(url, FLOODER), itertools.count()
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-Xsrftoken": cookies["_streamlit_xsrf"],
    }
    async with visiting_at(url, cookies, _FLOODING) as visitor, _client() as client:
        await visitor.ask(Address("add"), keep=True)
        sent = map(ForwardMsg.FromString, visitor.messages)
        page = next(one.new_session.initialize.session_id for one in sent if one.WhichOneof("type") == "new_session")

        async def one() -> None:
            await client.put(f"{url}/_stcore/upload_file/{page}/{next(numbers)}", content=_FILE, headers=headers)

        await _without_end(one)


async def tokens(url: str) -> None:
    """Guess tokens of the API, of links to reports and of addresses that end digests."""
    await _fetch_without_end(url, None, "/api/v1/candidates", "/shared/{}", "/unsubscribe/{}")


async def documents_of_a_stranger(url: str) -> None:
    """Fetch what the documentation of the API loads, compressed."""
    await _fetch_without_end(url, None, "/api/v1/openapi.json", "/api/v1/docs-assets/swagger-ui-bundle.js")


async def files(url: str) -> None:
    """Fetch files of pages that there are not."""
    await _fetch_without_end(url, FLOODER, "/media/nothing.pdf")


FLOODS: Final = (
    opening_sessions,
    sessions_of_a_stranger,
    holding_websockets,
    reruns,
    quotes,
    uploads,
    tokens,
    documents_of_a_stranger,
    files,
)


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(local_address=_FLOODING), timeout=130)


async def _without_end(one: Callable[[], Awaitable[None]]) -> None:
    async def again() -> None:
        while True:
            # Whoever is refused comes again.
            with suppress(OSError, WebSocketException, httpx2.HTTPError):
                await one()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(_AT_ONCE):
            tasks.create_task(again())


async def _fetch_without_end(url: str, who: str | None, *places: str) -> None:
    cookies, turns = sign_in(url, who), itertools.cycle(places)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "Accept-Encoding": "gzip"}
    async with _client() as client:

        async def one() -> None:
            token = secrets.token_urlsafe(32)
            address = url + next(turns).format(token)
            # Read as it comes: to unpack it would cost the flood more than the program.
            async with client.stream("GET", address, headers=headers | {"Authorization": f"Bearer {token}"}) as answer:
                async for _ in answer.aiter_raw():
                    pass

        await _without_end(one)


async def _ask_without_end(url: str, page: str, query: str) -> None:
    cookies = sign_in(url, FLOODER)

    async def ask(visitor: Visitor) -> None:
        for number in itertools.count():
            asked = BackMsg()
            asked.rerun_script.page_name, asked.rerun_script.query_string = page, query.format(number)
            await visitor.connection.send(asked.SerializeToString())

    async def read(visitor: Visitor) -> None:
        async for _ in visitor.connection:
            pass

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
        for _ in range(_PAGES):
            visitor = await stack.enter_async_context(visiting_at(url, cookies, _FLOODING))
            tasks.create_task(ask(visitor))
            tasks.create_task(read(visitor))


def _flood(name: str, url: str) -> None:
    prepare_process()
    asyncio.run(next(flood for flood in FLOODS if flood.__name__ == name)(url))


class Felt(NamedTuple):
    """The seconds each page took, the moments that failed, and the bytes the program held, over time."""

    times: list[float]
    failed: int
    held: list[int]


async def look(dashboard: Dashboard, seconds: float) -> Felt:
    """Open a candidate's page again and again in a session of its own, as somebody else."""
    cookies = sign_in(dashboard.url, ADMIN)
    times: list[float] = []
    held = [memory(dashboard)]
    failed, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        asked = time.perf_counter()
        try:
            async with asyncio.timeout(30), visiting_at(dashboard.url, cookies, _LOOKING) as visitor:
                await visitor.ask(_CANDIDATE)
            times.append(time.perf_counter() - asked)
        except (OSError, WebSocketException) as error:
            print(f"    failed: {error!r}", flush=True)
            failed += 1
        await asyncio.sleep(_PAUSE)
        if time.monotonic() > began + len(held) * seconds / 4:
            held.append(memory(dashboard))
    return Felt(times, failed, [*held, memory(dashboard)])


@contextmanager
def _databases(folder: Path) -> Iterator[Iterator[tuple[str, str]]]:
    with server.running() as own:
        own.server.create_database("floods")
        yield iter(
            (("SQLite", f"sqlite:///{folder / 'floods.db'}"), ("PostgreSQL", own.server.url_of("floods", PLATFORM)))
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floods", description="Measure what others feel.")
    parser.add_argument("--seconds", type=float, default=120, help="how long each flood lasts")
    parser.add_argument("--only", nargs="*", choices=[flood.__name__ for flood in FLOODS], help="these floods only")
    options = parser.parse_args()
    chosen = [flood for flood in FLOODS if not options.only or flood.__name__ in options.only]
    admins = f"{ADMIN}@example.org,{FLOODER}@example.org"
    with tempfile.TemporaryDirectory() as folder, _databases(Path(folder)) as databases:
        for name, url in databases:
            load_synthetic(create_engine_for(url, create=True), PEOPLE, INTERVIEWS, transcript_bytes=TRANSCRIPT)
            with serving(Path(folder) / name, "app", DATABASE_URL=url, ADMIN_EMAILS=admins) as dashboard:
                asyncio.run(look(dashboard, 20))
                for flood in chosen:
                    # What else the machine does at the time slows both.
                    before = asyncio.run(look(dashboard, options.seconds / 4))
                    felt = _during(flood, dashboard, options.seconds)
                    time.sleep(_SETTLING)
                    after = memory(dashboard) / 1e6
                    print(f"{name}, {flood.__name__}: {_told(felt)}, {after:.0f} MB after", flush=True)
                    print(f"    without it, just before: {_told(before)}", flush=True)


def _during(flood: Callable[[str], Awaitable[None]], dashboard: Dashboard, seconds: float) -> Felt:
    flooding = multiprocessing.get_context("spawn").Process(target=_flood, args=(flood.__name__, dashboard.url))
    flooding.start()
    try:
        time.sleep(_SETTLING)
        felt = asyncio.run(look(dashboard, seconds))
        if not flooding.is_alive():
            raise RuntimeError(f"{flood.__name__} ended before its time")
        return felt
    finally:
        flooding.kill()
        flooding.join()


def _told(felt: Felt) -> str:
    if not felt.times:
        return f"no page, {felt.failed} failed"
    middle, p95 = np.quantile(felt.times, [0.5, 0.95])
    held = ", ".join(f"{size / 1e6:.0f}" for size in felt.held)
    return (
        f"{len(felt.times)} pages and {felt.failed} failed, median {middle:.2f} s, p95 {p95:.2f} s "
        f"({'within' if p95 <= WITHIN and not felt.failed else 'not within'} {WITHIN:g} s), "
        f"longest {max(felt.times):.2f} s; the program held {held} MB"
    )


if __name__ == "__main__":
    main()
