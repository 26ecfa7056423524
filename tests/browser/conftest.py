"""The demo in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.database.engine import create_engine_for
from tests.support import dashboard
from tests.support.demo import Demo


@pytest.fixture(scope="module")
def demo(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The program as a newcomer finds it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(filled, folder / "data")
    with dashboard.serve(folder) as running:
        engine = create_engine_for(f"sqlite:///{folder / 'data' / 'demo.db'}")
        yield Demo(running.url, engine)
        engine.dispose()
        print(running.log)
