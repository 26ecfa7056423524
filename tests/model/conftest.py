"""Tests that ask a real model run only when they are asked for: `pytest -m model`."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "model: asks a real language model; run with -m model")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "model" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("model") is not None:
            item.add_marker(pytest.mark.skip(reason="asks a real model: run `make test-model`"))
