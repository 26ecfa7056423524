"""`python -m analytics uninstall`: remove everything of ours from a database; the platform goes on as before."""

from __future__ import annotations

import argparse
from typing import Final

from analytics.commands.common import add_database_url, add_yes, agrees, database
from analytics.settings import Settings
from analytics.setup.uninstall import count_written_back, is_installed, uninstall

HELP: Final = "remove skill analytics from InterviewLab's database"
_GOES: Final = (
    "This removes our triggers, and our tables with all breakdowns, notes, next steps, goals, roles, jobs and the "
    "audit trail."
)
_GOES_BUT_VERSIONS: Final = (
    "This removes our triggers, notes, next steps, goals, roles, jobs and the audit trail. The breakdowns stay."
)
_WRITTEN_BACK: Final = (
    "{count:,} interviews show a breakdown of ours in InterviewLab's own feedback. Those stay as they are. "
    "What InterviewLab had stored there before is only in our versions."
)
_STAYS: Final = "InterviewLab's rows stay as they are. Stop the dashboard first."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_yes(parser)
    parser.add_argument(
        "--keep-versions", action="store_true", help="keep the breakdowns; a later set-up shows them again"
    )
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Describe what will be removed and kept, ask, and remove it."""
    with database(arguments, settings) as engine:
        if not is_installed(engine):
            print("Skill analytics is not in this database.")
            return 0
        print(_GOES_BUT_VERSIONS if arguments.keep_versions else _GOES)
        if count := count_written_back(engine):
            print(_WRITTEN_BACK.format(count=count))
        print(_STAYS)
        if not agrees(arguments):
            return 1
        uninstall(engine, keep_versions=arguments.keep_versions)
        place = "in the schema skill_analytics" if engine.dialect.name == "postgresql" else "in this file"
    print("Skill analytics is removed.")
    if arguments.keep_versions:
        print(f"The breakdowns are kept {place}, in breakdown_versions and shown_versions.")
    elif engine.dialect.name == "postgresql":
        print("The role of skill analytics and its rights are left to whoever gave them.")
    return 0
