"""The demo, running once for each file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parts import dashboard


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dashboard.Dashboard]:
    with dashboard.serve(tmp_path_factory.mktemp("demo")) as running:
        yield running
