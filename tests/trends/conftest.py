"""What the tests of trends share."""

from __future__ import annotations

import pytest

from tests.trends import simulation


@pytest.fixture(scope="session")
def measured() -> list[simulation.Row]:
    """The error rates, measured once with fewer numbers of interviews than in docs/trends.md."""
    return simulation.simulate(people=3000, counts=(4, 6, 13, 30), seed=41)
