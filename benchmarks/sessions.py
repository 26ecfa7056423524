"""Visitors without browsers: websocket sessions that ask for pages as the browser does, many of them at once."""

from __future__ import annotations

import asyncio
import random
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.support.dashboard import Dashboard, launched
from tests.support.ports import free_port
from tests.support.websocket import COOKIE_SECRET, claims_of, sign_in_cookie

ADMIN, ISSUER = "admin", "https://provider.example"
_FINISHED = "script_finished"
# The key of what a page that failed shows.
_FAILED = b"failure_"
# Messages that end a run are short; only those are read.
_LONGEST_END = 200


@dataclass(frozen=True)
class Address:
    """A page to ask for: its name in the address, and the query."""

    page: str
    query: str = ""


@contextmanager
def serving(folder: Path, module: str, *, demo: bool = False, **settings: str) -> Iterator[Dashboard]:
    """Serve a variant of the program: on a database, ready for an admin who has signed in, or as the demo."""
    port = free_port()
    home = folder / module
    secrets = home / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True, exist_ok=True)
    text = (
        ""
        if demo
        else (
            f'[auth]\nredirect_uri = "http://localhost:{port}/oauth2callback"\ncookie_secret = "{COOKIE_SECRET}"\n'
            'client_id = "dashboard"\nclient_secret = "a client secret that is used nowhere"\n'
            f'server_metadata_url = "{ISSUER}/.well-known/openid-configuration"\n'
        )
    )
    secrets.write_text(text)
    command = [sys.executable, "-m", "uvicorn", f"{module}:app", "--host", "localhost", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning"]
    environment = {"DATA_DIR": str(home / "data"), "ADMIN_EMAILS": f"{ADMIN}@example.org"}
    with launched(command, home, port, **environment | settings) as dashboard:
        _wait_until_whole(dashboard)
        yield dashboard


def _wait_until_whole(dashboard: Dashboard, seconds: float = 60) -> None:
    """Wait until the last part of the program, which no page waits for, has started too."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        with suppress(urllib.error.HTTPError), urllib.request.urlopen(f"{dashboard.url}/readyz", timeout=10):
            return
        time.sleep(0.2)
    raise RuntimeError(f"The dashboard was not ready within {seconds:.0f} s:\n{dashboard.log}")


def cpu_seconds(dashboard: Dashboard) -> float:
    """Tell the processor time that the program has taken so far."""
    times = psutil.Process(dashboard.process.pid).cpu_times()
    return float(times.user + times.system)


def memory(dashboard: Dashboard) -> int:
    """Tell how much memory the program holds for itself, in bytes."""
    return int(psutil.Process(dashboard.process.pid).memory_full_info().uss)


@dataclass
class Visitor:
    """One session; `received` counts the bytes of the last run."""

    connection: ClientConnection
    received: int = 0
    messages: list[bytes] = field(default_factory=list)

    async def ask(self, address: Address, *, keep: bool = False) -> float:
        """Ask for a page and wait until it has been sent whole; gives the seconds it took."""
        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.query_string = address.page, address.query
        self.received, self.messages = 0, []
        began = time.perf_counter()
        await self.connection.send(asked.SerializeToString())
        while True:
            data = await self.connection.recv()
            assert isinstance(data, bytes)
            if _FAILED in data:
                raise RuntimeError(f"The page {address.page} failed, which takes less time than to show it")
            self.received += len(data)
            if keep:
                self.messages.append(data)
            if len(data) <= _LONGEST_END and ForwardMsg.FromString(data).WhichOneof("type") == _FINISHED:
                return time.perf_counter() - began


def sign_in(url: str, who: str | None = ADMIN) -> dict[str, str]:
    """Get the cookies of somebody who signed in, or of a stranger."""
    with urllib.request.urlopen(f"{url}/_stcore/health", timeout=60) as answer:
        cookies = dict(cookie.split(";")[0].split("=", 1) for cookie in answer.headers.get_all("set-cookie") or [])
    return cookies | ({} if who is None else {"_streamlit_user": sign_in_cookie(url, claims_of(who, ISSUER))})


@asynccontextmanager
async def visiting(dashboard: Dashboard) -> AsyncIterator[Visitor]:
    """Open a session as somebody who signed in."""
    async with visiting_at(dashboard.url, sign_in(dashboard.url)) as visitor:
        yield visitor


@asynccontextmanager
async def visiting_at(url: str, cookies: Mapping[str, str], from_address: str | None = None) -> AsyncIterator[Visitor]:
    """Open a session with these cookies, from an address of this machine."""
    xsrf = [cookies["_streamlit_xsrf"]] if "_streamlit_xsrf" in cookies else []
    options = {} if from_address is None else {"local_addr": (from_address, 0)}
    async with connect(
        f"ws://{urlsplit(url).netloc}/_stcore/stream",
        origin=Origin(url),
        additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        subprotocols=[Subprotocol(name) for name in ("streamlit", *xsrf)],
        max_size=None,
        open_timeout=60,
        compression=None,
        **options,
    ) as connection:
        yield Visitor(connection)


async def reruns(dashboard: Dashboard, address: Address, rounds: int, *, warming: int = 5) -> list[float]:
    """Time reruns of a page in one session."""
    async with visiting(dashboard) as visitor:
        return [await visitor.ask(address) for _ in range(rounds + warming)][warming:]


@dataclass(frozen=True)
class Load:
    """What many sessions felt: seconds of each rerun, and the seconds of processor time the program took."""

    times: list[float]
    busy: float


async def passing(dashboard: Dashboard, address: Address, sessions: int) -> None:
    """Open sessions and close them again, a few at a time."""
    turn = asyncio.Semaphore(4)

    async def one() -> None:
        async with turn, visiting(dashboard) as visitor:
            await visitor.ask(address)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(sessions):
            tasks.create_task(one())


async def crowd(
    dashboard: Dashboard, addresses: Sequence[Address], sessions: int, *, think: float = 10.0, seconds: float = 30.0
) -> Load:
    """Hold sessions open, each of which asks again after some seconds of thinking (exponential), for a while."""
    rng = random.Random(sessions)
    times: list[float] = []
    beginning = asyncio.Event()

    async def one(address: Address) -> None:
        async with visiting(dashboard) as visitor:
            await visitor.ask(address)
            arrived.append(1)
            await beginning.wait()
            end = time.monotonic() + seconds
            while True:
                pause = rng.expovariate(1 / think)
                if time.monotonic() + pause > end:
                    return
                await asyncio.sleep(pause)
                times.append(await visitor.ask(address))

    arrived: list[int] = []
    async with asyncio.TaskGroup() as tasks:
        for place in range(sessions):
            tasks.create_task(one(addresses[place % len(addresses)]))
            await asyncio.sleep(0.01)
        while len(arrived) < sessions:
            await asyncio.sleep(0.1)
        before = cpu_seconds(dashboard)
        beginning.set()
    return Load(times, cpu_seconds(dashboard) - before)
