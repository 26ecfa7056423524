"""`python -m analytics forget`: remove a person from our tables."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from analytics.access.personal_data import PrivacyError, forget
from analytics.access.viewer import TRUSTED
from analytics.commands.common import add_database_url, add_yes, agrees, database, platform_id
from analytics.database.sessions import reading
from analytics.queries.candidates import candidate
from analytics.settings import Settings

HELP: Final = "remove a person from the tables of skill analytics"
_GOES: Final = (
    "This removes all that skill analytics holds about {who}: scores, breakdowns and their jobs, notes, next steps, "
    "goals, links, and the name in the audit trail. It cannot be undone."
)
_STAYS: Final = (
    "InterviewLab still holds: {rows}, and perhaps resumes. Delete them there as well, and then run this once more: "
    "until then copies come back whenever InterviewLab writes to them."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--user", type=platform_id, required=True, metavar="ID", help="the person's id in InterviewLab's users"
    )
    add_yes(parser)
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Name the person, ask, delete their data, and say what stays."""
    with database(arguments, settings) as engine:
        with reading(engine) as db:
            person = candidate(TRUSTED, db, arguments.user)
        who = f"user {arguments.user}" + (f", {person.name} ({person.email})" if person else "")
        print(_GOES.format(who=who))
        if not agrees(arguments):
            return 1
        try:
            done = forget(engine, arguments.user)
        except PrivacyError as error:
            print(error, file=sys.stderr)
            return 1
    print(f"Removed from {done.removed:,} rows of skill analytics.")
    rows = ", ".join(f"{count:,} in {table}" for table, count in done.platform.items() if count)
    print(_STAYS.format(rows=rows) if rows else "InterviewLab holds nothing more about this person.")
    print("The job engine keeps what a model answered for a day after a job has ended; backups keep what they hold.")
    return 0
