"""The real program, started as a reader would start it: `streamlit run app.py` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import secrets
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Dashboard:
    """A running dashboard: its address, its process and the file it logs to."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        """What it has printed so far."""
        return self.log_file.read_text(errors="replace")

    def stop(self) -> None:
        """Ask it to stop, and make it when it does not."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def build_command(port: int) -> list[str]:
    """Return the README's command for one port."""
    return [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]


@contextmanager
def serve(folder: Path, **settings: str) -> Iterator[Dashboard]:
    """Run the dashboard on a free port until the block ends.

    `settings` are its environment variables. It sees nothing else of this machine's environment, and `folder` is its
    home and, unless DATA_DIR is given, the place for its data.
    """
    port = free_port()
    command = build_command(port)
    with launched(command, folder, port, **{"DATA_DIR": str(folder / "data")} | settings) as dashboard:
        yield dashboard


@contextmanager
def launched(
    command: list[str], folder: Path, port: int, *, below: str = "", root: Path = ROOT, **settings: str
) -> Iterator[Dashboard]:
    """Run any command that starts the dashboard on `port`, wait until it answers, and stop it when the block ends.

    `root` is where the program stands.
    """
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"} | settings
    log_file = folder / f"dashboard-{port}.log"
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    dashboard = Dashboard(f"http://localhost:{port}", process, log_file)
    try:
        _wait_for(dashboard, below)
        yield dashboard
    finally:
        dashboard.stop()
    # Reached where nothing else is wrong: what it logged and stored holds none of what it was trusted with.
    assert secrets.found_in(folder) == []


def _wait_for(dashboard: Dashboard, below: str, seconds: float = 90) -> None:
    give_up = time.monotonic() + seconds
    while not _answers(f"{dashboard.url}{below}/_stcore/health"):
        if dashboard.process.poll() is not None:
            raise RuntimeError(f"The dashboard stopped before it answered:\n{dashboard.log}")
        if time.monotonic() > give_up:
            raise RuntimeError(f"The dashboard did not answer within {seconds:.0f} s:\n{dashboard.log}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
