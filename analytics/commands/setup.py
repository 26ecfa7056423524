"""`python -m analytics setup`: create our tables, triggers and summaries, or say what is missing."""

from __future__ import annotations

import argparse
from typing import Final

from analytics.commands.common import add_database_url, database, progress_bar
from analytics.database.sessions import writing
from analytics.interviewlab.tables import create_platform
from analytics.scores.partitions import MOST_PARTITIONS
from analytics.settings import Settings
from analytics.setup.install import list_missing, partition, set_up

HELP: Final = "set up skill analytics beside InterviewLab's tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--check", action="store_true", help="change nothing; say what is missing, and exit with 1 if anything is"
    )
    parser.add_argument(
        "--create",
        action="store_true",
        help="also make InterviewLab's tables in a database without them, for interviews of your own",
    )
    parser.add_argument(
        "--partitions",
        type=_partitions,
        metavar="N",
        help="split the table of scores into N hash partitions while it is in use, for tens of millions of interviews",
    )
    add_database_url(parser)


def _partitions(written: str) -> int:
    """Read a number of partitions."""
    if not (written.isascii() and written.isdigit() and 2 <= int(written) <= MOST_PARTITIONS):
        raise argparse.ArgumentTypeError(f"a whole number from 2 to {MOST_PARTITIONS} is needed, not {written!r}")
    return int(written)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Set up, or check."""
    with database(arguments, settings, create=arguments.create) as engine:
        if not arguments.check:
            if arguments.create:
                with writing(engine) as connection:
                    create_platform(connection)
            set_up(engine, progress_bar)
            if arguments.partitions:
                partition(engine, arguments.partitions, progress_bar)
            print("Skill analytics is set up.")
            return 0
        lacking = list_missing(engine, write_back=settings.write_back)
        print("\n".join(lacking) or "Nothing is missing.")
        return 1 if lacking else 0
