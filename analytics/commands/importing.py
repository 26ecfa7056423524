"""`python -m analytics import FILE.jsonl`: bring in interviews of a team that has no InterviewLab."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from analytics.commands.common import add_database_url, database, progress_bar
from analytics.importing import import_file
from analytics.settings import Settings

HELP: Final = "bring in interviews from a file with one JSON object a line (docs/import.md)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE.jsonl", help="the file")
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Bring the file in."""
    with database(arguments, settings) as engine:
        done = import_file(engine, arguments.file, progress_bar)
    print(
        f"Interviews: {done.new:,} brought in, {done.changed:,} brought up to date, {done.unchanged:,} were there "
        f"already. New people: {done.people:,}."
    )
    return 0
