"""The statements of a read, and what PostgreSQL read for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.database.sessions import reading


class Reading:
    """The statements that something sends, each with what PostgreSQL read for it."""

    def __init__(self, engine: sa.Engine, ask: Callable[[Session], object]) -> None:
        sent: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            sent.append((statement, parameters))

        sa.event.listen(engine, "before_cursor_execute", note)
        with reading(engine) as db:
            ask(db)
        sa.event.remove(engine, "before_cursor_execute", note)
        self.statements = [statement for statement, _ in sent]
        with engine.connect() as connection:
            self._plans = [
                connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
                .scalar_one()[0]["Plan"]
                for statement, parameters in sent
            ]  # fmt: skip

    @property
    def scans(self) -> list[dict[str, Any]]:
        """Every reading of a table or index."""
        return [node for plan in self._plans for node in _nodes(plan) if "Scan" in node["Node Type"]]

    @property
    def whole_tables(self) -> set[str]:
        """The tables that were gone through from one end to the other."""
        return {node["Relation Name"] for node in self.scans if node["Node Type"] == "Seq Scan"}

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.scans if "Index Name" in node}

    @property
    def rows(self) -> float:
        """How many rows were looked at, also those that a filter threw away."""
        return sum(
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in self.scans
        )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
