"""The running demo and its database."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Page
from sqlalchemy import Engine

from analytics.database.engine import create_engine_for
from analytics.demo.load import load_demo
from analytics.formatting import day
from analytics.interviewlab.tables import interviews
from tests.support.chromium import settled


def fill(folder: Path) -> Path:
    """Put the whole demo where the program looks for it, so that nothing is made behind its first page any more."""
    data = folder / "data"
    data.mkdir()
    engine = create_engine_for(f"sqlite:///{data / 'demo.db'}", create=True)
    load_demo(engine)
    engine.dispose()
    return data


def filled_once(shared: Path) -> Path:
    """Return a folder of the whole demo, made by whoever of those that run side by side asks first.

    Filling it takes longer than anything else in the start of a program.
    """
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = shared / "demo"
        if not done.exists():
            making = shared / "demo-in-the-making"
            making.mkdir()
            fill(making)
            making.rename(done)
        return done / "data"


@dataclass
class Demo:
    """The running demo and its database."""

    url: str
    engine: Engine

    def open(self, page: Page, path: str = "/") -> Page:
        """Open a page and wait until all of it is there."""
        page.goto(self.url + path)
        return settled(page)

    def day_of(self, interview_id: int) -> str:
        """Return the day of an interview as pages show it; the demo's days move with the calendar."""
        with self.engine.connect() as connection:
            return day(connection.scalars(sa.select(interviews.c.started_at).filter_by(id=interview_id)).one())
