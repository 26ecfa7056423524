"""`python -m analytics setup`: bring our tables, triggers and summaries into a database, or say what is missing."""

from __future__ import annotations

import argparse
from typing import Final

from analytics.commands.common import add_database_url, database, progress_bar
from analytics.settings import Settings
from analytics.setup import missing, set_up

HELP: Final = "set up skill analytics beside InterviewLab's tables"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--check", action="store_true", help="change nothing; say what is missing, status 1 if so")
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Set up, or check."""
    with database(arguments, settings) as engine:
        if not arguments.check:
            set_up(engine, progress_bar)
            print("Skill analytics is set up.")
            return 0
        lacking = missing(engine)
        print("\n".join(lacking) or "Nothing is missing.")
        return 1 if lacking else 0
