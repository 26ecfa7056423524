"""The command line: `python -m analytics COMMAND`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from analytics.commands import COMMANDS, config
from analytics.database.errors import DatabaseError, describe
from analytics.importing.jsonl import ImportFileError
from analytics.settings import Settings, SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 for success, 1 after printing an error, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m analytics", description="Interview skill analytics.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(commands.add_parser(name, help=command.help, description=_sentence(command.help)))
    config.add_arguments(commands.add_parser("config", help=config.HELP, description=_sentence(config.HELP)))
    parsed = parser.parse_args(arguments)
    try:
        if parsed.command == "config":  # which shows settings that no other command would start with
            status = config.run(parsed)
        else:
            status = COMMANDS[parsed.command].run(parsed, Settings.from_environment())
        sys.stdout.flush()  # a pipe that was closed shows here, and not when the process ends
        return status
    except (DatabaseError, SettingsError, ImportFileError) as error:
        print(error, file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(describe(error), file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever reads the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        named = error.filename or "A file"
        print(f"{named} cannot be read or written: {error.strerror or error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. The same command goes on from here.", file=sys.stderr)
        return 130


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


if __name__ == "__main__":
    os.umask(0o077)  # what a command writes, such as an export, is for its owner only
    sys.exit(main())
