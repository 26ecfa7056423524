"""Guards taken out, to show that the tests would notice."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
import sqlalchemy as sa


def scoped_modules() -> list[ModuleType]:
    """Every module that builds statements with the scope."""
    return [
        module for name, module in sys.modules.items() if name.startswith("analytics.") and hasattr(module, "scope")
    ]


def forget_statements() -> None:
    for module in scoped_modules():
        for held in vars(module).values():
            if hasattr(held, "cache_clear"):
                held.cache_clear()


def without_scope(patch: pytest.MonkeyPatch) -> None:
    for module in scoped_modules():
        patch.setattr(module, "scope", lambda _role, _column: sa.true())
    forget_statements()
