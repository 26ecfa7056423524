"""`python -m analytics labels`: import levels that people gave, from a CSV."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from analytics.access.viewer import TRUSTED
from analytics.agreement.labels import LabelsError, import_labels
from analytics.commands.common import add_database_url, database
from analytics.database.sessions import writing
from analytics.settings import Settings

HELP: Final = "bring in levels that people gave, from a CSV with the columns id, skill, level (docs/judge.md)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the CSV: an interview's id, a skill, a level from 1 to 5"
    )
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Import all levels of the file, or print what is wrong line by line."""
    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        print(f"{arguments.file} cannot be read: {error.strerror}.", file=sys.stderr)
        return 1
    with database(arguments, settings) as engine, writing(engine) as db:
        try:
            done = import_labels(TRUSTED, db, data)
        except LabelsError as error:
            print(error, file=sys.stderr)
            return 1
    print(done.sentence)
    return 0
