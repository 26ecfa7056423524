"""`python -m analytics demo`: fill an empty database with demo people."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from analytics.commands.common import add_database_url, database, progress_bar
from analytics.demo.load import load_demo, load_synthetic
from analytics.settings import Settings

HELP: Final = "fill an empty database with demo people"
MOST_INTERVIEWS: Final = 1_000_000
_USUAL_PER_PERSON: Final = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_database_url(parser)
    group = parser.add_argument_group("any number of synthetic people instead of those with a story")
    group.add_argument("--people", type=_whole(MOST_INTERVIEWS), metavar="N", help="how many people")
    group.add_argument(
        "--interviews",
        type=_whole(MOST_INTERVIEWS),
        metavar="M",
        help=f"how many interviews they have in all, up to {MOST_INTERVIEWS:,} (default: {_USUAL_PER_PERSON} each)",
    )
    group.add_argument(
        "--transcript-bytes",
        type=_whole(1_000_000),
        metavar="B",
        default=2_000,
        help="the size of a transcript in bytes (default: 2000)",
    )


def _whole(most: int) -> Callable[[str], int]:
    def number(written: str) -> int:
        if not written.isdecimal() or not 1 <= int(written) <= most:
            raise argparse.ArgumentTypeError(f"{written!r} is not a whole number from 1 to {most:,}")
        return int(written)

    return number


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Fill the database."""
    with database(arguments, settings, create=True) as engine:
        if arguments.people is None and arguments.interviews is None:
            load_demo(engine, progress_bar)
            print("The demo people are there.")
            return 0
        people = arguments.people or max(1, arguments.interviews // _USUAL_PER_PERSON)
        interviews = arguments.interviews or min(people * _USUAL_PER_PERSON, MOST_INTERVIEWS)
        load_synthetic(
            engine, people, interviews, transcript_bytes=arguments.transcript_bytes, progress_of=progress_bar
        )
        print(f"{people:,} people with {interviews:,} interviews are there.")
    return 0
