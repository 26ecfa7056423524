"""The command line: `python -m analytics COMMAND`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from analytics.commands import COMMANDS
from analytics.database import DatabaseError
from analytics.importing import ImportFileError
from analytics.settings import Settings, SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status: 0 when all is well, 1 with a sentence when not, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog="python -m analytics", description="Interview skill analytics.")
    chosen = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(chosen.add_parser(name, help=command.help, description=f"{command.help.capitalize()}."))
    parsed = parser.parse_args(arguments)
    try:
        return COMMANDS[parsed.command].run(parsed, Settings.from_environment())
    except (DatabaseError, SettingsError, ImportFileError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. The same command goes on from here.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
