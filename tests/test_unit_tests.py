"""What `make check` runs needs Python alone."""

from __future__ import annotations

import pytest

# Names of this tree's conftest alone: a folder may call something else a page or a visitor.
NEED_MORE = {"database", "platform_database", "postgres_url", "world"}


def test_no_unit_test_asks_for_more_than_python(request: pytest.FixtureRequest) -> None:
    units = [item for item in request.session.items if item.get_closest_marker("heavy") is None]
    assert request.node in units
    asking = [item.nodeid for item in units if not NEED_MORE.isdisjoint(getattr(item, "fixturenames", ()))]
    assert asking == []
