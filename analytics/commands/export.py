"""`python -m analytics export`: print everything we hold about a person, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Final

from analytics.access.personal_data import PrivacyError, export_person
from analytics.commands.common import add_database_url, database, platform_id
from analytics.settings import Settings

HELP: Final = "write all that skill analytics holds about a person, as JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--user", type=platform_id, required=True, metavar="ID", help="the person's id in InterviewLab's users"
    )
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Write the export to standard output."""
    with database(arguments, settings) as engine:
        try:
            export = export_person(engine, arguments.user)
        except PrivacyError as error:
            print(error, file=sys.stderr)
            return 1
    print(json.dumps(export, ensure_ascii=False, indent=2, default=str))
    return 0
