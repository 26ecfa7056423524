"""What the commands share: opening the database, and progress bars."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Never

from sqlalchemy.engine import Engine
from tqdm import tqdm

from analytics.columns import LARGEST_ID
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError
from analytics.settings import Settings
from analytics.setup.backfill import SetupProgress

_NOTHING_YET: Final = (
    "There is no data here yet. Start the program once (make run, or make own), or name a database: --database-url, "
    "DATABASE_URL."
)


def add_database_url(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the database."""
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="the database to work on (default: DATABASE_URL, else the workspace of OWNER_EMAIL, else the demo)",
    )


def add_yes(parser: argparse.ArgumentParser) -> None:
    """Add the option `--yes`, which skips the question of `agrees`."""
    parser.add_argument("--yes", action="store_true", help="do not ask")


def agrees(arguments: argparse.Namespace) -> bool:
    """Ask whether to remove what was just described; without an answer, do not."""
    if arguments.yes:
        return True
    try:
        said = input("Remove it? [yes/no] ")
    except EOFError:
        said = ""
    if said.strip().lower() in {"y", "yes"}:
        return True
    print("Nothing was removed. Answer yes, or pass --yes.", file=sys.stderr)
    return False


def platform_id(written: str) -> int:
    """Parse the id of a row of InterviewLab's, as an argument."""
    # As many digits as the largest id has, so that no number is too long to be read.
    if not (written.isascii() and written.isdecimal() and 0 < int(written[:11]) <= LARGEST_ID):
        raise argparse.ArgumentTypeError(f"{written[:20]!r} is no id; write its number")
    return int(written)


@contextmanager
def database(arguments: argparse.Namespace, settings: Settings, *, create: bool = False) -> Iterator[Engine]:
    """Open the database a command was given; creates an SQLite file if `create` says so."""
    try:
        engine = create_engine_for(arguments.database_url or settings.direct_url, create=create)
    except DatabaseError:
        if arguments.database_url or settings.database_url is not None:
            raise
        raise DatabaseError(_NOTHING_YET) from None
    try:
        yield engine
    finally:
        engine.dispose()


def progress_bar(task: str) -> SetupProgress:
    """Show the progress of a task; on a terminal only."""
    bar: tqdm[Never] = tqdm(desc=task.replace("_", " ").capitalize(), unit="", disable=None)

    def show(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return show
