"""`make scale`: two copies behind nginx, a primary and its replica; one copy and the replica are killed under load.

Everything is real and on loopback: PostgreSQL with streaming replication, the program as `make run` starts it, nginx
with `deploy/nginx.conf`, visitors who hold websockets, a platform that goes on writing, breakdowns made by a model
server that takes its time. What is found out is printed and written into `docs/scaling.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import numpy as np
import psutil
import sqlalchemy as sa
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

from analytics.database.schema import breakdown_jobs, breakdown_versions
from analytics.interviewlab.tables import users
from analytics.setup.install import list_missing, set_up
from benchmarks import server
from benchmarks.dataset import Population
from benchmarks.sessions import ADMIN, ISSUER, Address, Visitor
from tests.support import nginx
from tests.support.api_client import platform_token
from tests.support.dashboard import ROOT, Dashboard, launched
from tests.support.model_server import ModelServer
from tests.support.ports import free_port
from tests.support.postgres import OURS, OwnServer, own_server
from tests.support.secrets import API_KEY
from tests.support.standby import standby_of
from tests.support.websocket import COOKIE_SECRET, claims_of, sign_in_cookie
from tests.support.world import SECRET, feedback

NAME = "scale"
DOCUMENT = ROOT / "docs" / "scaling.md"
MARKS = ("<!-- measured by make scale -->\n", "<!-- end of what make scale measured -->")
PEOPLE, INTERVIEWS = 200, 3_000
ADMINS = 4
# The platform writes into this one interview and the API is asked for it, again and again.
WRITTEN = INTERVIEWS
# A page that is this late is one that failed.
LATEST = 30.0
CALL_SECONDS = 0.4
# What must be found, however busy the machine is.
PROMISED = {
    "interactions that failed, from the first page on": "0",
    "scores written by the platform and asked for at once": r"\d+: 0 shown too old, .*",
    "breakdowns asked for, by how they ended": r"\d+ finished",
    "versions that came of them": r"\d+: \+0 against one each",
    "what `setup --check` misses afterwards": "nothing",
}


@dataclass(frozen=True)
class Size:
    """How many sessions, how long each of the three phases takes, and how many breakdowns are asked for."""

    sessions: int
    phase: float
    jobs: int
    think: float = 5.0


@dataclass
class Felt:
    """What visitors and programs felt: seconds of each interaction by phase, and what went wrong."""

    phase: str = "at rest"
    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    broken: dict[str, set[str]] = field(default_factory=dict)
    cut_short: int = 0
    back: list[float] = field(default_factory=list)
    writes: int = 0
    stale: int = 0
    retried: int = 0

    def answered(self, seconds: float) -> None:
        self.times.setdefault(self.phase, []).append(seconds)

    def broke(self, session: str, asking: bool) -> None:
        self.broken.setdefault(self.phase, set()).add(session)
        self.cut_short += asking

    def failed(self) -> None:
        self.wrong[self.phase] = self.wrong.get(self.phase, 0) + 1


@dataclass(frozen=True)
class Stack:
    """Everything that runs."""

    url: str
    copies: list[Dashboard]
    primary: OwnServer
    replica: psutil.Process
    engine: sa.Engine


def found_nginx() -> str:
    """Find nginx, or say that it is needed."""
    program = nginx.executable()
    if program is None:
        sys.exit(nginx.MISSING)
    return program


@contextmanager
def running(size: Size, program: str) -> Iterator[Stack]:
    """Start everything, and end what is left of it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        primary = stack.enter_context(own_server(server.SETTINGS | {"wal_retrieve_retry_interval": "200ms"}))
        primary.server.create_roles()
        server.create(primary, NAME, Population(PEOPLE, INTERVIEWS))
        engine = server.our_engine(primary, NAME)
        set_up(engine)
        standby = stack.enter_context(standby_of(primary))
        standby.catch_up()
        # A model that thinks for a while, so that a copy dies in the middle of breakdowns.
        model = stack.enter_context(ModelServer([{"hang": CALL_SECONDS} for _ in range(200 * size.jobs)]))
        proxy, ports = free_port(), [free_port(), free_port()]
        url = f"http://localhost:{proxy}"
        admins = [ADMIN, *(f"person{number}" for number in range(1, ADMINS + 1))]
        settings = {
            "DATABASE_URL": primary.server.url_of(NAME, OURS),
            "DATABASE_READ_URL": standby.server.url_of(NAME, OURS),
            "ADMIN_EMAILS": ",".join(f"{name}@example.org" for name in admins),
            "PLATFORM_JWT_SECRET": SECRET,
            "OPENAI_API_KEY": API_KEY,
            "OPENAI_BASE_URL": model.url,
            "OPENAI_MODEL": "double",
            "MODEL_SAMPLES": "1",
        }
        copies = []
        for port in ports:
            home = folder / f"copy-{port}"
            secrets = home / ".streamlit" / "secrets.toml"
            secrets.parent.mkdir(parents=True)
            # The same secret in both, so that each knows the sign-ins of the other.
            secrets.write_text(
                f'[auth]\nredirect_uri = "{url}/oauth2callback"\ncookie_secret = "{COOKIE_SECRET}"\n'
                'client_id = "dashboard"\nclient_secret = "a client secret that is used nowhere"\n'
                f'server_metadata_url = "{ISSUER}/.well-known/openid-configuration"\n'
            )
            command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
            copies.append(stack.enter_context(launched(command, home, port, **settings)))
        web = folder / "nginx"
        web.mkdir()
        stack.enter_context(nginx.running(program, web, nginx.site(proxy, ports)))
        assert standby._process is not None
        yield Stack(url, copies, primary, psutil.Process(standby._process.pid), engine)
        engine.dispose()


@asynccontextmanager
async def entered(client: httpx2.AsyncClient, url: str, cookies: dict[str, str]) -> AsyncIterator[Visitor]:
    """Open a session through nginx as a browser does, with the cookies that it has and gets."""
    answer = await client.get(f"{url}/_stcore/health", headers={"Cookie": _header(cookies)})
    answer.raise_for_status()
    for given in answer.headers.get_list("set-cookie"):
        name, _, value = given.partition(";")[0].partition("=")
        cookies[name] = value
    xsrf = cookies.get("_streamlit_xsrf")
    async with connect(
        url.replace("http://", "ws://") + "/_stcore/stream",
        origin=Origin(url),
        additional_headers={"Cookie": _header(cookies)},
        subprotocols=[Subprotocol(name) for name in ("streamlit", xsrf) if name],
        max_size=None,
        open_timeout=10,
        compression=None,
    ) as connection:
        yield Visitor(connection)


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


_LOST = (OSError, WebSocketException, httpx2.HTTPError)


async def visit(
    stack: Stack,
    client: httpx2.AsyncClient,
    felt: Felt,
    address: Address,
    shows: str,
    think: float,
    over: asyncio.Event,
) -> None:
    """Look at a page again and again; when the connection breaks, come back to the same address at once."""
    rng = random.Random(address.query)
    cookies = {"_streamlit_user": sign_in_cookie(stack.url, claims_of(ADMIN, ISSUER))}
    lost: float | None = None
    asking = False
    while not over.is_set():
        try:
            async with entered(client, stack.url, cookies) as visitor:
                while not over.is_set():
                    began, asking = time.monotonic(), lost is None
                    async with asyncio.timeout(LATEST):
                        await visitor.ask(address, keep=True)
                    asking = False
                    if shows.encode() not in b"".join(visitor.messages) or _is_error(visitor):
                        felt.failed()
                    elif lost is not None:
                        felt.back.append(time.monotonic() - lost)
                        lost = None
                    else:
                        felt.answered(time.monotonic() - began)
                    await _think(visitor, rng.expovariate(1 / think), over)
        except TimeoutError:
            felt.failed()
        except _LOST:
            if lost is None:
                lost = time.monotonic()
                felt.broke(address.query, asking)
            await asyncio.sleep(0.1)
    if lost is not None:
        felt.failed()


def _is_error(visitor: Visitor) -> bool:
    read = map(ForwardMsg.FromString, visitor.messages)
    return any(message.delta.new_element.WhichOneof("type") == "exception" for message in read)


async def _think(visitor: Visitor, seconds: float, over: asyncio.Event) -> None:
    """Do nothing for a while; raises ConnectionError as soon as the connection breaks, as a browser notices it."""
    closed = asyncio.create_task(visitor.connection.wait_closed())
    ended = asyncio.create_task(over.wait())
    done, left = await asyncio.wait({closed, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    if closed in done and ended not in done:
        raise ConnectionError


async def write(stack: Stack, felt: Felt, over: asyncio.Event) -> None:
    """Write as the platform does, and ask the API at once: it must show what was written."""
    platform = server.platform_engine(stack.primary, NAME)
    change = sa.text("UPDATE interviews SET feedback = CAST(:feedback AS json), status = 'completed' WHERE id = :id")
    headers = {"Authorization": f"Bearer {platform_token(1)}"}
    async with httpx2.AsyncClient(base_url=stack.url, timeout=LATEST, headers=headers) as client:
        while not over.is_set():
            felt.writes += 1
            score = felt.writes % 100 / 100
            await asyncio.to_thread(_change, platform, change, score)
            while True:
                try:
                    answer = await client.get(f"/api/v1/interviews/{WRITTEN}/skills")
                    answer.raise_for_status()
                    break
                except httpx2.HTTPError:
                    felt.retried += 1
                    await asyncio.sleep(0.05)
            felt.stale += answer.json()["skill_breakdown"]["technical"]["score"] != score
            await asyncio.sleep(0.1)
    platform.dispose()


def _change(platform: sa.Engine, change: sa.TextClause, score: float) -> None:

    with platform.begin() as connection:
        connection.execute(change, {"feedback": json.dumps(feedback(score, "nothing")), "id": WRITTEN})


async def press(stack: Stack, interviews: list[int]) -> dict[int, str]:
    """Ask for breakdowns through nginx, by turns for several people; gives the jobs."""
    jobs: dict[int, str] = {}
    async with httpx2.AsyncClient(base_url=stack.url, timeout=LATEST) as client:
        for place, interview_id in enumerate(interviews):
            headers = {"Authorization": f"Bearer {platform_token(1 + place % ADMINS)}"}
            answer = await client.post(f"/api/v1/interviews/{interview_id}/skills/regenerate", headers=headers)
            answer.raise_for_status()
            jobs[interview_id] = answer.json()["id"]
    return jobs


async def ended(engine: sa.Engine, jobs: dict[int, str]) -> float:
    """Wait until all jobs have ended; gives the seconds."""
    began = time.monotonic()
    left = sa.select(sa.func.count()).where(
        breakdown_jobs.c.id.in_(jobs.values()), breakdown_jobs.c.finished_at.is_(None)
    )
    while True:
        with engine.connect() as connection:
            if connection.execute(left).scalar_one() == 0:
                return time.monotonic() - began
        if time.monotonic() - began > 180:
            return float("inf")
        await asyncio.sleep(0.2)


def reads(copy: Dashboard) -> dict[str, int]:
    """Tell who answered a copy's reads so far."""
    with urllib.request.urlopen(f"{copy.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(r'^skill_analytics_reads_total\{server="(\w+)"\} ([0-9.e+]+)', text, re.MULTILINE)
    return {name: int(float(number)) for name, number in found}


async def measure(stack: Stack, size: Size) -> list[tuple[str, str]]:
    """Put the load on, kill one copy and the replica, and tell what came of it."""
    felt, over = Felt(), asyncio.Event()
    with stack.engine.connect() as connection:
        people = sa.select(users.c.id, users.c.full_name).order_by(users.c.id).limit(size.sessions)
        names = {row.id: row.full_name for row in connection.execute(people)}
        completed = (
            connection.execute(
                sa.text(
                    "SELECT id FROM interviews WHERE status = 'completed' AND conversation_history IS NOT NULL "
                    "AND length(feedback::text) > 1000 ORDER BY id LIMIT :count"
                ),
                {"count": size.jobs},
            )
            .scalars()
            .all()
        )
    told: list[tuple[str, str]] = []
    # A client is dear to make: all visitors share one, without its cookies.
    async with httpx2.AsyncClient(timeout=10) as client, asyncio.TaskGroup() as tasks:
        for user_id, name in names.items():
            address = Address("candidate", f"candidate={user_id}")
            tasks.create_task(visit(stack, client, felt, address, name, size.think, over))
            await asyncio.sleep(0.05)
        tasks.create_task(write(stack, felt, over))
        await asyncio.sleep(size.phase)
        felt.phase, felt.times = "both copies", {}
        await asyncio.sleep(size.phase)
        jobs = await press(stack, list(completed))
        await asyncio.sleep(1.0)
        with stack.engine.connect() as connection:
            unfinished = connection.execute(
                sa.select(sa.func.count()).where(
                    breakdown_jobs.c.id.in_(jobs.values()), breakdown_jobs.c.finished_at.is_(None)
                )
            ).scalar_one()
        killed, left = stack.copies
        felt.phase = "one copy killed"
        killed.process.kill()
        took = await ended(stack.engine, jobs)
        await asyncio.sleep(size.phase)
        told.append(
            (
                "sessions on the copy that was killed",
                f"{len(felt.broken.get(felt.phase, ()))} of {size.sessions}; {felt.cut_short} interactions cut short",
            )
        )
        back = np.array(felt.back or [np.inf])
        told.append(
            (
                "until the same session showed its page again",
                f"median {np.median(back):.2f} s, longest {back.max():.2f} s ({len(felt.back)} came back)",
            )
        )
        told.append(("breakdowns under way when the copy was killed", f"{unfinished} of {len(jobs)}"))
        told.append(("until the last of them had ended", f"{took:.0f} s"))
        before, felt.phase = reads(left), "replica killed too"
        for process in [stack.replica, *stack.replica.children()]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await asyncio.sleep(size.phase)
        after = reads(left)
        over.set()
    told.append(("reads answered by the replica while it stood, by the copy that is left", _share(before)))
    told.append(
        (
            "reads that began on the replica and ended on the primary",
            f"{after.get('moved', 0) - before.get('moved', 0)}",
        )
    )
    told.append(("sessions that broke when the replica was killed", f"{len(felt.broken.get(felt.phase, ()))}"))
    told.append(("interactions that failed, from the first page on", f"{sum(felt.wrong.values())}"))
    for phase, times in felt.times.items():
        median, late = np.quantile(times, [0.5, 0.95])
        told.append(
            (
                f"interactions, {phase}",
                f"{len(times)}: median {median * 1e3:.0f} ms, 95% within {late * 1e3:.0f} ms, "
                f"{felt.wrong.get(phase, 0)} failed",
            )
        )
    told.append(
        (
            "scores written by the platform and asked for at once",
            f"{felt.writes}: {felt.stale} shown too old, {felt.retried} requests asked again",
        )
    )
    told += list(_accounts(stack, jobs))
    return told


def _share(counted: dict[str, int]) -> str:
    whole = counted.get("replica", 0) + counted.get("primary", 0)
    return f"{counted.get('replica', 0)} of {whole}"


def _accounts(stack: Stack, jobs: dict[int, str]) -> Iterator[tuple[str, str]]:
    """Count what became of the jobs, and whether the copy of the scores is exact."""
    states = sa.select(breakdown_jobs.c.state, sa.func.count()).where(breakdown_jobs.c.id.in_(jobs.values()))
    made = sa.select(sa.func.count()).where(
        breakdown_versions.c.interview_id.in_(jobs), breakdown_versions.c.source == "model"
    )
    with stack.engine.connect() as connection:
        ended = connection.execute(states.group_by(breakdown_jobs.c.state)).all()
        versions = connection.execute(made).scalar_one()
    yield "breakdowns asked for, by how they ended", ", ".join(f"{count} {state}" for state, count in ended)
    yield "versions that came of them", f"{versions}: {versions - len(jobs):+d} against one each"
    lacking = list_missing(stack.engine)
    yield "what `setup --check` misses afterwards", "; ".join(lacking) or "nothing"


def report(told: list[tuple[str, str]], size: Size) -> str:
    """Write down what was found out."""
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores for everything, {size.sessions} sessions that think "
        f"{size.think:g} s, {INTERVIEWS:,} interviews, load of the machine {os.getloadavg()[0]:.1f} at the end.\n\n"
    )
    return head + "| what | measured |\n| --- | --- |\n" + "".join(f"| {what} | {found} |\n" for what, found in told)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.multi_instance", description="Try many copies on one machine."
    )
    parser.add_argument("--quick", action="store_true", help="a quick look; leaves docs/scaling.md as it is")
    options = parser.parse_args()
    size = Size(12, 6.0, 6) if options.quick else Size(30, 20.0, 20, think=8.0)
    with running(size, found_nginx()) as stack:
        told = asyncio.run(measure(stack, size))
    for what, found in told:
        print(f"{what}: {found}")
    broken = [what for what, found in told if what in PROMISED and not re.fullmatch(PROMISED[what], found)]
    if broken:
        sys.exit(f"Not as promised: {'; '.join(broken)}")
    if not options.quick:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        DOCUMENT.write_text(f"{before}{MARKS[0]}\n{report(told, size)}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
