"""`python -m analytics demo`: fill an empty database with demo people."""

from __future__ import annotations

import argparse
from typing import Final

from analytics.commands.common import add_database_url, database, progress_bar
from analytics.filling import fill_demo
from analytics.settings import Settings

HELP: Final = "fill an empty database with demo people"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Fill the database."""
    with database(arguments, settings) as engine:
        fill_demo(engine, progress_bar)
        print("The demo people are there.")
    return 0
