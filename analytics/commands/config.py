"""`python -m analytics config`: print every setting, where it comes from, and what is wrong with it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Final

from analytics.breakdown.model_settings import ModelSettings
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError
from analytics.delivery.settings import DeliverySettings
from analytics.environment import EnvironmentSettings
from analytics.settings import Settings, SettingsError

HELP: Final = "show every setting and where it comes from, with secrets masked"
_KINDS: Final[tuple[type[EnvironmentSettings], ...]] = (Settings, ModelSettings, DeliverySettings)
_ADDRESSES: Final = ("DATABASE_URL", "DATABASE_READ_URL", "DATABASE_DIRECT_URL")


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
            if isinstance(found, Settings):
                wrong += _wrong_addresses(found)
                for warning in found.warnings:
                    print(f"\nWarning: {warning}")
    print("\n" + ("\n".join(wrong) or "All settings can be used."))
    return 1 if wrong and arguments.check else 0


def _wrong_addresses(settings: Settings) -> list[str]:
    """Return a sentence for each address that names no database; none is connected to."""
    sentences = []
    for variable, url in settings.secrets().items():
        if variable in _ADDRESSES:
            try:
                create_engine_for(url, setting=variable, create=False).dispose()
            except DatabaseError as error:
                sentences.append(str(error))
    return sentences
