"""`python -m benchmarks`: measure everything side by side and write RESULTS.md; `--quick` takes about a minute."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from analytics.setup.install import set_up
from benchmarks import candidate, cohort, judges, reports, results, roster, server, triggers
from benchmarks import pages as pages_of
from benchmarks.dataset import Population
from benchmarks.timing import Row
from tests.support.postgres import OwnServer

RESULTS = Path(__file__).with_name("RESULTS.md")


@dataclass(frozen=True)
class Size:
    """How much is measured, and how often."""

    long_transcripts: Population
    small: Population
    judged: Population
    large: Population
    rounds: int
    coached: int
    thorough: bool
    seconds: float
    sessions: int


FULL = Size(
    long_transcripts=Population(1_000, 10_000, transcript=20_000),
    small=Population(1_000, 10_000),
    judged=Population(10_000, 100_000),
    large=Population(100_000, 1_000_000),
    rounds=200,
    coached=2_000,
    seconds=12.0,
    sessions=1_000,
    thorough=True,
)
QUICK = Size(
    long_transcripts=Population(200, 4_000, transcript=20_000),
    small=Population(200, 4_000),
    judged=Population(400, 6_000),
    large=Population(2_000, 20_000),
    rounds=40,
    coached=200,
    seconds=8.0,
    sessions=100,
    thorough=False,
)


def data(size: Size) -> Iterator[results.Section]:
    """Measure what needs PostgreSQL only."""
    rounds = size.rounds
    with server.running() as own:
        server.create(own, "long", size.long_transcripts)
        yield (
            "What the triggers cost the platform",
            triggers.measure(own, "long", size.long_transcripts.people, rounds, thorough=size.thorough),
        )
        _set_up(own, "long")
        yield (
            "One person, against psycopg alone: 20 kB transcripts",
            candidate.against_psycopg(own, "long", size.long_transcripts, rounds),
        )
        yield (
            "One person, against whole rows through the ORM: 20 kB transcripts",
            candidate.against_whole_rows(own, "long", size.long_transcripts, max(rounds // 4, 10)),
        )
        own.server.drop_database("long")
        yield "Three judges and coaches' verdicts", judges.measure(own, size.judged, max(rounds // 4, 10))
        server.create(own, "small", size.small)
        _set_up(own, "small")
        server.create(own, "large", size.large)
        yield "The whole cohort", cohort.prepare(own, "large", size.large)
        own.server.execute("VACUUM ANALYZE", database="large")
        yield (
            "One person, as data grows",
            candidate.as_data_grows(own, ("small", size.small), ("large", size.large), rounds),
        )
        yield "Keeping up", cohort.refresh(own, "large", size.large, max(rounds // 20, 3))
        # As PostgreSQL does by itself within a minute, once 2% of the summaries were written anew.
        own.server.execute("VACUUM ANALYZE", database="large")
        yield (
            "The roster",
            roster.measure(own, "large", size.large, size.coached, max(rounds // 20, 3), thorough=size.thorough),
        )


def _set_up(own: OwnServer, name: str) -> None:
    engine = server.our_engine(own, name)
    set_up(engine)
    engine.dispose()
    own.server.execute("VACUUM ANALYZE", database=name)


def pages(size: Size) -> Iterator[results.Section]:
    """Measure what a visitor feels."""
    with server.running() as own:
        server.create(own, "pages", size.small)
        _set_up(own, "pages")
        yield "A page against constants", pages_of.reruns(own, "pages", size.small, size.rounds // 4)
        yield "Reports", reports.made(own, "pages", size.small, max(size.rounds // 20, 3))
        if not size.thorough:
            return
        yield "Memory", pages_of.memory(own, "pages", size.small, size.sessions)
        yield "The demo", pages_of.demo(max(size.rounds // 8, 5))
        yield "Many people looking", pages_of.crowds(own, "pages", size.small, size.seconds)


PARTS: dict[str, Callable[[Size], Iterator[results.Section]]] = {"data": data, "pages": pages}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure everything side by side.")
    parser.add_argument("--quick", action="store_true", help="a quick look, in about a minute; writes no RESULTS.md")
    parser.add_argument("--part", choices=PARTS, help="this part only; writes no RESULTS.md")
    options = parser.parse_args()
    size = QUICK if options.quick else FULL
    parts = [options.part] if options.part else list(PARTS)
    report = results.Report()
    lasting = not options.quick and not options.part
    for part in parts:
        for title, rows in PARTS[part](size):
            report.measure(title, rows, show=_show)
            if lasting:
                RESULTS.write_text(report.text(finished=False), encoding="utf-8")
    if lasting:
        RESULTS.write_text(report.text(), encoding="utf-8")
        print(f"Written to {RESULTS}")
    sys.exit(0)


def _show(row: Row) -> None:
    print(
        f"{results.MARKS[row.met]:>4} {row.what}: {row.measured}" + (f" [goal {row.goal}]" if row.goal else ""),
        flush=True,
    )


if __name__ == "__main__":
    main()
