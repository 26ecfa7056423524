"""The commands of `python -m analytics`, one module each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final, NamedTuple

from analytics.commands import (
    audit_judge,
    backup,
    demo,
    export,
    forget,
    importing,
    labels,
    regenerate,
    setup,
    uninstall,
)
from analytics.settings import Settings


class Command(NamedTuple):
    """A command: its help text, its arguments, and its function, which returns the exit status."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Settings], int]


COMMANDS: Final = {
    "setup": Command(setup.HELP, setup.add_arguments, setup.run),
    "demo": Command(demo.HELP, demo.add_arguments, demo.run),
    "import": Command(importing.HELP, importing.add_arguments, importing.run),
    "backup": Command(backup.HELP, backup.add_arguments, backup.run),
    "regenerate": Command(regenerate.HELP, regenerate.add_arguments, regenerate.run),
    "export": Command(export.HELP, export.add_arguments, export.run),
    "forget": Command(forget.HELP, forget.add_arguments, forget.run),
    "labels": Command(labels.HELP, labels.add_arguments, labels.run),
    "audit-judge": Command(audit_judge.HELP, audit_judge.add_arguments, audit_judge.run),
    "uninstall": Command(uninstall.HELP, uninstall.add_arguments, uninstall.run),
}
