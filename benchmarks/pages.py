"""The pages through real sessions: what a rerun costs, how many people one process holds, memory, bytes, start."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from itertools import chain
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks import coaching
from benchmarks import sessions as benchmarks_sessions
from benchmarks.dataset import Population
from benchmarks.sessions import Address
from benchmarks.timing import Row, Spread, ratio
from tests.support.chromium import running_browser
from tests.support.dashboard import Dashboard
from tests.support.ports import free_port
from tests.support.postgres import OURS, OwnServer

ANSWERED_WITHIN, SHARE = 1.0, 0.95
CONSTANT, DEFAULTS = "benchmarks.apps.constant", "benchmarks.apps.defaults"


def reruns(own: OwnServer, name: str, population: Population, rounds: int) -> Iterator[Row]:
    """Compare the candidate's page with one that draws the same figures from constants, in turns."""
    url = own.server.url_of(name, OURS)
    people = {interviews: population.with_interviews(interviews)[:2] for interviews in (10, 200)}
    coaching.write(own, name, [coached for _, coached in people.values()], f"{benchmarks_sessions.ADMIN}@example.org")
    constants = " ".join(map(str, chain(*people.values())))
    with (
        tempfile.TemporaryDirectory() as folder,
        benchmarks_sessions.serving(Path(folder), "app", DATABASE_URL=url) as page,
        benchmarks_sessions.serving(
            Path(folder), CONSTANT, DATABASE_URL=url, CONSTANT_CANDIDATES=constants
        ) as constant,
    ):
        for interviews, (usual, coached) in people.items():
            for user_id, what in ((usual, ""), (coached, f", {coaching.NOTES} notes, {coaching.STEPS} steps")):
                address = Address("candidate", f"candidate={user_id}")
                yield _rerun(f"{interviews} interviews{what}", page, constant, address, rounds)
                sent = asyncio.run(_sent(page, address))
                packed = len(zlib.compress(sent, 6))
                yield Row(
                    f"Bytes sent for the candidate's page, {interviews} interviews{what}",
                    "<= 400 kB compressed",
                    f"{len(sent) / 1e3:.0f} kB as it is, {packed / 1e3:.0f} kB compressed; "
                    f"{'a figure needs WebGL' if b'scattergl' in sent else 'no WebGL'}",
                    packed <= 400_000 and b"scattergl" not in sent,
                )


def _rerun(what: str, page: Dashboard, constant: Dashboard, address: Address, rounds: int) -> Row:
    times, cpu = asyncio.run(in_turns({"page": page, "constant": constant}, address, rounds))
    found = ratio(times["page"], times["constant"])
    return Row(
        f"Rerun of the candidate's page, {what}: against the same figures from constants",
        "<= 1.3 x",
        f"{found.shown(' x')}, processor time {cpu['page'] / cpu['constant']:.2f} x; "
        f"{Spread.of(times['page']).shown(' ms', 1e3)} against {Spread.of(times['constant']).shown(' ms', 1e3)}",
        found.median <= 1.3,
    )


def crowds(own: OwnServer, name: str, population: Population, seconds: float) -> Iterator[Row]:
    """Find how many sessions one process holds: as it is, from constants, and under Streamlit's defaults.

    As it is and from constants are tried in turns, so that whatever slows the machine slows both.
    """
    url = own.server.url_of(name, OURS)
    people = population.with_interviews(10)
    addresses = [Address("candidate", f"candidate={user_id}") for user_id in people]
    held = {}
    constant = {"CONSTANT_CANDIDATES": " ".join(map(str, people))}
    for first, variants in (
        (100, {"as it is": ("app", {}), "from constants": (CONSTANT, constant)}),
        (10, {"under Streamlit's defaults": (DEFAULTS, {})}),
    ):
        with tempfile.TemporaryDirectory() as folder, ExitStack() as served:
            searches = {
                label: Search(
                    served.enter_context(
                        benchmarks_sessions.serving(Path(folder), module, DATABASE_URL=url, **settings)
                    ),
                    addresses,
                    first,
                    seconds,
                )
                for label, (module, settings) in variants.items()
            }
            for _ in range(_TRIES):
                for search in searches.values():
                    search.go_on()
        for label, search in searches.items():
            held[label] = search.held.median
            yield Row(
                f"Sessions held by one process, {label} (10 s of thinking, {SHARE:.0%} of reruns under 1 s)",
                "",
                f"{search.held.shown()} of the last {_COUNTED} tries, at {len(people)} candidates; "
                f"{search.each * 1e3:.0f} ms of processor time a rerun",
            )
    for against, goal in (("from constants", 0.9), ("under Streamlit's defaults", 6.0)):
        found = held["as it is"] / held[against]
        yield Row(f"Sessions held, against those {against}", f">= {goal} x", f"{found:.2f} x", found >= goal)


_TRIES, _COUNTED = 22, 16


class Search:
    """The up-and-down method (Dixon and Mood, 1948): more sessions after a try that they held, fewer after another.

    The step is halved wherever the direction turns, down to a sixteenth; the median of the last tries is what is held.
    """

    def __init__(self, dashboard: Dashboard, addresses: Sequence[Address], first: int, seconds: float) -> None:
        """Begin with as many sessions."""
        self._dashboard, self._addresses, self._seconds = dashboard, addresses, seconds
        self._sessions, self._step, self._held = first, 1.0, True
        self._tried: list[int] = []
        self._busy, self._reruns = 0.0, 0

    def go_on(self) -> None:
        """Try once more."""
        load = asyncio.run(
            benchmarks_sessions.crowd(self._dashboard, self._addresses, self._sessions, seconds=self._seconds)
        )
        self._tried.append(self._sessions)
        self._busy += load.busy
        self._reruns += len(load.times)
        held = not load.times or bool(np.quantile(load.times, SHARE) < ANSWERED_WITHIN)
        if held != self._held:
            self._step = max(self._step / 2, 1 / 16)
        self._held = held
        self._sessions = max(round(self._sessions * (1 + self._step if held else 1 / (1 + self._step))), 1)

    @property
    def held(self) -> Spread:
        """Tell how many sessions the last tries were about."""
        return Spread.of(self._tried[-_COUNTED:])

    @property
    def each(self) -> float:
        """Tell the seconds of processor time a rerun took."""
        return self._busy / max(self._reruns, 1)


def memory(own: OwnServer, name: str, population: Population, sessions: int) -> Iterator[Row]:
    """Measure what open sessions hold, and what closed ones leave behind."""
    url = own.server.url_of(name, OURS)
    address = Address("candidate", f"candidate={population.with_interviews(10)[0]}")
    with (
        tempfile.TemporaryDirectory() as folder,
        benchmarks_sessions.serving(Path(folder), "app", DATABASE_URL=url) as dashboard,
    ):
        asyncio.run(benchmarks_sessions.passing(dashboard, address, 50))
        each = asyncio.run(_held_each(dashboard, address, sessions // 5))
        yield Row(
            "Memory per further open session", "<= 3 MB", f"{each / 1e6:.2f} MB ({sessions // 5} open)", each <= 3e6
        )
        # Streamlit keeps those who went for a while, in case they come back: the first ones fill that place.
        asyncio.run(benchmarks_sessions.passing(dashboard, address, sessions))
        before = benchmarks_sessions.memory(dashboard)
        asyncio.run(benchmarks_sessions.passing(dashboard, address, sessions))
        left = benchmarks_sessions.memory(dashboard) - before
        yield Row(
            f"Memory left behind by {sessions:,} sessions that opened and closed",
            "none",
            f"{left / 1e6:.1f} MB in all, {left / sessions / 1e3:.1f} kB a session",
            left <= 0.02 * before,
        )


def demo(rounds: int) -> Iterator[Row]:
    """Measure every page of the demo on SQLite, and a start of the program against Streamlit's own hello page."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with benchmarks_sessions.serving(home, "app", demo=True) as dashboard:
            pages = {
                "candidates": Address(""),
                "candidate": Address("candidate", "candidate=1"),
                "compare": Address("compare", "interviews=1,2,3"),
                "interview": Address("interview", "interview=1"),
                "people": Address("people"),
            }
            times = {
                page: asyncio.run(benchmarks_sessions.reruns(dashboard, address, rounds))
                for page, address in pages.items()
            }
        slowest = max(times, key=lambda page: float(np.median(times[page])))
        yield Row(
            "SQLite demo, any page",
            "<= 100 ms",
            "; ".join(f"{page} {Spread.of(taken).shown(' ms', 1e3)}" for page, taken in times.items()),
            float(np.median(times[slowest])) <= 0.1,
        )
        with running_browser() as browser:
            took: dict[str, list[float]] = {"program": [], "hello": []}
            for _ in range(max(rounds // 6, 3)):
                took["program"].append(_started(browser, home, ["run", "app.py"], "?page=", "[class*=st-key-row_]"))
                took["hello"].append(_started(browser, home, ["hello"], "", "h1"))
        found = ratio(np.array(took["program"]), np.array(took["hello"]))
        yield Row(
            "From a cold start to the first page drawn in a browser, against Streamlit's hello",
            "<= 1.5 x",
            f"{found.shown(' x')}; {Spread.of(took['program']).shown(' s')} against "
            f"{Spread.of(took['hello']).shown(' s')}",
            found.median <= 1.5,
        )


async def in_turns(
    dashboards: dict[str, Dashboard], address: Address, rounds: int
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Time a page of several dashboards in turns, in one session each; also the processor time each took."""
    times: dict[str, list[float]] = {label: [] for label in dashboards}
    async with AsyncExitStack() as stack:
        open_ones = {
            label: await stack.enter_async_context(benchmarks_sessions.visiting(dashboard))
            for label, dashboard in dashboards.items()
        }
        for visitor in open_ones.values():
            for _ in range(8):
                await visitor.ask(address)
        before = {label: benchmarks_sessions.cpu_seconds(dashboard) for label, dashboard in dashboards.items()}
        for number in range(rounds):
            for label in sorted(open_ones, reverse=bool(number % 2)):
                times[label].append(await open_ones[label].ask(address))
        cpu = {
            label: benchmarks_sessions.cpu_seconds(dashboard) - before[label] for label, dashboard in dashboards.items()
        }
    return {label: np.array(taken) for label, taken in times.items()}, cpu


async def _sent(dashboard: Dashboard, address: Address) -> bytes:
    async with benchmarks_sessions.visiting(dashboard) as visitor:
        await visitor.ask(address, keep=True)
        return b"".join(visitor.messages)


async def _held_each(dashboard: Dashboard, address: Address, sessions: int) -> float:
    before = benchmarks_sessions.memory(dashboard)
    async with asyncio.timeout(600):
        opened = [benchmarks_sessions.visiting(dashboard) for _ in range(sessions)]
        entered = [await one.__aenter__() for one in opened]
        for visitor in entered:
            await visitor.ask(address)
        after = benchmarks_sessions.memory(dashboard)
        for one in opened:
            await one.__aexit__(None, None, None)
    return (after - before) / sessions


def _started(browser: Browser, home: Path, arguments: list[str], query: str, drawn: str) -> float:
    """Start a program from nothing and time it until its first page shows what it is about."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", *arguments, "--server.port", str(port), "--server.headless", "true"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home / "app"), "DATA_DIR": str(home / "app" / "data")}
    page = browser.new_page()
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=Path(__file__).parents[1],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                page.goto(f"http://localhost:{port}/{query}")
                break
            except Exception:  # not listening yet
                if process.poll() is not None or time.perf_counter() - began > 60:
                    raise
                time.sleep(0.02)
        page.locator(drawn).first.wait_for()
        return time.perf_counter() - began
    finally:
        page.close()
        process.terminate()
        process.wait(20)
