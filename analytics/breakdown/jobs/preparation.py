"""Prepares interviews in child processes, within limits of time and memory.

What people wrote may be odd enough to take minutes or gigabytes: here that costs one small process, and neither the
program nor another person's job. The processes know no database and no key; they are kept for the next interview.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Final

from analytics.breakdown.jobs.source import StoredInterview, prepare_stored
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.reading.prepare import PreparedInterview

_ROOT: Final = Path(__file__).parents[3]
_LOOK_SECONDS: Final = 0.1
_KEPT: Final = 4
_HANDED_ON: Final = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH")


class PreparationError(Exception):
    """An interview could not be prepared within the limits; the message says so."""


class StoppedError(Exception):
    """The run was cancelled."""


@dataclass(frozen=True, slots=True)
class _Process:
    process: subprocess.Popen[bytes]
    connection: Connection

    @property
    def took_too_long(self) -> bool:
        return self.process.returncode == -signal.SIGALRM

    @property
    def was_killed(self) -> bool:
        return (self.process.returncode or 0) < 0 and not self.took_too_long

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.connection.close()


class Preparation:
    """Prepares interviews, each within `seconds` and `megabytes`; safe to use from several threads."""

    def __init__(self, *, seconds: float = 8.0, megabytes: int = 2048) -> None:
        self._seconds = seconds
        self._megabytes = megabytes
        self._idle: list[_Process] = []
        self._lock = threading.Lock()

    def prepare(
        self, stored: StoredInterview, settings: ModelSettings, *, stopped: Callable[[], bool] = lambda: False
    ) -> PreparedInterview:
        """Prepare an interview; raises `PreparationError`, or `StoppedError` soon after `stopped` returns true."""
        prepared = self._prepare(stored, settings, stopped)
        # The rubric as it is told to the model here, whatever its file holds by now.
        return prepared.model_copy(update={"rubric_hash": settings.rubric.hash})

    def _prepare(
        self, stored: StoredInterview, settings: ModelSettings, stopped: Callable[[], bool]
    ) -> PreparedInterview:
        # The key and the rubric stay here: nothing is asked there, and a relative path means another file.
        request = json.dumps([stored, settings.model_dump(exclude={"api_key", "rubric_file"})]).encode()
        worker = self._take_idle() or self._begin()
        with suppress(EOFError, OSError):
            return self._hand_over(worker, request, stopped)
        if worker.was_killed:
            # By somebody else, while it waited or since.
            worker = self._begin()
            with suppress(EOFError, OSError):
                return self._hand_over(worker, request, stopped)
        within = f" within {self._seconds:g} s" if worker.took_too_long else ""
        raise PreparationError(f"This interview could not be read{within}. Nothing was sent or changed.")

    def _hand_over(self, worker: _Process, request: bytes, stopped: Callable[[], bool]) -> PreparedInterview:
        try:
            worker.connection.send_bytes(request)
            while not worker.connection.poll(_LOOK_SECONDS):
                if stopped():
                    raise StoppedError
            prepared = PreparedInterview.model_validate_json(worker.connection.recv_bytes())
        except BaseException:
            worker.kill()
            raise
        self._give_back(worker)
        return prepared

    def close(self) -> None:
        """End the idle child processes."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()

    def _take_idle(self) -> _Process | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _begin(self) -> _Process:
        here, there = Pipe()
        command = [sys.executable, "-m", __name__, str(there.fileno()), str(self._seconds), str(self._megabytes)]
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(there.fileno(),),
            # Ctrl-C at a terminal is for the program, which lets it finish.
            process_group=0,
        )
        there.close()
        return _Process(process, here)

    def _give_back(self, worker: _Process) -> None:
        with self._lock:
            if len(self._idle) < _KEPT:
                self._idle.append(worker)
                return
        worker.kill()


def main(handle: int, seconds: float, megabytes: int) -> None:
    """Prepare whatever arrives until the other end closes; a request that takes too long ends the process."""
    memory = megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Whoever waits for a page comes first.
    os.nice(5)
    with Connection(handle) as connection:
        while True:
            try:
                request = connection.recv_bytes()
            except EOFError:
                return
            # The signal's own doing ends the process, whatever it is at: a pattern is not interrupted otherwise.
            signal.setitimer(signal.ITIMER_REAL, seconds)
            reply = _answer(request)
            signal.setitimer(signal.ITIMER_REAL, 0)
            connection.send_bytes(reply)


def _answer(request: bytes) -> bytes:
    stored, settings = json.loads(request)
    return prepare_stored(StoredInterview(*stored), ModelSettings(**settings)).model_dump_json().encode()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
