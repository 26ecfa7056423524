"""A candidate's report as PDF: from the database to the bytes that somebody takes away."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from analytics.access.viewer import TRUSTED
from analytics.report.pdf import report_pdf
from analytics.settings import Settings
from analytics.views.report import view_report
from benchmarks import server
from benchmarks.dataset import Population
from benchmarks.timing import Row, Spread, timed
from tests.support.postgres import OwnServer


def made(own: OwnServer, name: str, population: Population, rounds: int) -> Iterator[Row]:
    """Time a report of few interviews and one of many, and weigh it."""
    engine = server.our_engine(own, name)
    targets = Settings().targets
    for interviews in (10, 200):
        user_id = population.with_interviews(interviews)[0]
        pdf = b""

        def make(user_id: int = user_id) -> None:
            nonlocal pdf
            with Session(engine) as db:
                report = view_report(TRUSTED, user_id, targets, db)
            assert report is not None
            pdf = report_pdf(report)

        took = Spread.of(timed(make, rounds))
        yield Row(
            f"A report as PDF, {interviews} interviews",
            "<= 2 s and < 300 kB",
            f"{took.shown(' s')}; {len(pdf) / 1e3:.0f} kB",
            took.median <= 2 and len(pdf) < 300_000,
        )
    engine.dispose()
