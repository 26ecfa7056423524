"""`python -m analytics config`: print every setting, where it comes from, and what is wrong with it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Final

from analytics.breakdown.model_settings import ModelSettings
from analytics.delivery.settings import DeliverySettings
from analytics.environment import EnvironmentSettings
from analytics.settings import Settings, SettingsError

HELP: Final = "show every setting and where it comes from, with secrets masked"
_KINDS: Final[tuple[type[EnvironmentSettings], ...]] = (Settings, ModelSettings, DeliverySettings)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--check", action="store_true", help="exit with 1 if a setting cannot be used")


def run(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> int:
    """Print the settings, valid or not."""
    settings = [setting for kind in _KINDS for setting in kind.describe(environment)]
    names, texts = (max(len(setting[column]) for setting in settings) for column in (0, 1))
    for setting in settings:
        print(f"{setting.variable:<{names}}  {setting.text:<{min(texts, 60)}}  {setting.source}")
    wrong = []
    for kind in _KINDS:
        try:
            found = kind.from_environment(environment)
        except SettingsError as error:
            wrong.append(str(error))
        else:
            for warning in found.warnings if isinstance(found, Settings) else ():
                print(f"\nWarning: {warning}")
    print("\n" + ("\n".join(wrong) or "All settings can be used."))
    return 1 if wrong and arguments.check else 0
