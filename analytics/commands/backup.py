"""`python -m analytics backup`: copy a workspace's file while the program runs."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from analytics.commands.common import database
from analytics.database.errors import describe
from analytics.settings import Settings

HELP: Final = "copy the database's file while the program runs (SQLite)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to write; it must not be there yet")
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="the database to copy (default: DATABASE_URL, else your own workspace's file, else the demo's)",
    )


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Copy the file, whole and as it stands at one moment."""
    own = settings.data_dir / "own.db"
    if arguments.database_url is None and settings.database_url is None and own.exists():
        arguments.database_url = f"sqlite:///{own.resolve()}"
    with database(arguments, settings) as engine:
        if engine.dialect.name != "sqlite":
            print("This database is on a PostgreSQL server. Copy it with pg_dump.", file=sys.stderr)
            return 1
        try:
            descriptor = os.open(arguments.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            print(f"{arguments.file} is there already. Name a new file.", file=sys.stderr)
            return 1
        except OSError as error:
            print(f"{arguments.file} cannot be written: {error.strerror}.", file=sys.stderr)
            return 1
        os.close(descriptor)
        try:
            with engine.connect() as connection, closing(sqlite3.connect(arguments.file)) as copy:
                driver_connection = connection.connection.driver_connection
                assert isinstance(driver_connection, sqlite3.Connection)
                driver_connection.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
        except (SQLAlchemyError, sqlite3.Error) as error:
            arguments.file.unlink()  # half a copy is none
            print(describe(error), file=sys.stderr)
            return 1
    print(f"Copied to {arguments.file}.")
    return 0
