"""`python -m analytics setup`: bring our tables, triggers and summaries into a database, or say what is missing."""

from __future__ import annotations

import argparse
from typing import Final

from analytics.commands.common import add_database_url, database, progress_bar
from analytics.partitions import MOST_PARTITIONS
from analytics.settings import Settings
from analytics.setup import missing, partition, set_up

HELP: Final = "set up skill analytics beside InterviewLab's tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--check", action="store_true", help="change nothing; say what is missing, status 1 if so")
    parser.add_argument(
        "--partitions",
        type=_partitions,
        metavar="N",
        help="deal the scores out to N hash partitions while they are in use, for tens of millions of interviews",
    )
    add_database_url(parser)


def _partitions(written: str) -> int:
    """Read a number of partitions."""
    if not (written.isascii() and written.isdigit() and 2 <= int(written) <= MOST_PARTITIONS):
        raise argparse.ArgumentTypeError(f"a whole number from 2 to {MOST_PARTITIONS} is needed, not {written!r}")
    return int(written)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Set up, or check."""
    with database(arguments, settings) as engine:
        if not arguments.check:
            set_up(engine, progress_bar)
            if arguments.partitions:
                partition(engine, arguments.partitions, progress_bar)
            print("Skill analytics is set up.")
            return 0
        lacking = missing(engine)
        print("\n".join(lacking) or "Nothing is missing.")
        return 1 if lacking else 0
