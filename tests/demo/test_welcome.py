"""The console of the demo: the address once it answers, three people with their reasons, and nothing else."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Engine

from analytics.database.engine import create_engine_for
from analytics.demo.welcome import whom_to_look_at
from tests.support import dashboard
from tests.support.databases import Databases
from tests.support.waiting import wait_until


def test_the_console_names_the_address_and_three_people(tmp_path: Path) -> None:
    with dashboard.serve(tmp_path) as running:
        wait_until(lambda: "Whom to look at first" in running.log, "the people to look at", 120)
        lines = running.log.strip().splitlines()
        assert lines[0].strip() == f"Interview Skill Analytics answers at {running.url}"
        assert lines[3].split()[:2] == ["Ingrid", "Vossberg-Ito"]
        assert all("below target" in line or "−0." in line for line in lines[3:6])
        # What the list says of them, now that all of the demo is there.
        engine = create_engine_for(f"sqlite:///{tmp_path / 'data' / 'demo.db'}")
        assert running.log.strip().endswith(whom_to_look_at(engine).strip())
        engine.dispose()
        # Neither requests nor migrations.
        assert "GET /" not in running.log
        assert "alembic" not in running.log


def test_a_level_brings_what_is_left_out(tmp_path: Path) -> None:
    with dashboard.serve(tmp_path, LOG_LEVEL="info") as running:
        wait_until(lambda: "/_stcore/health" in running.log, "a line about a request")
        assert "Running upgrade" in running.log


def test_where_nobody_needs_attention_nothing_is_said(sqlite_databases: Databases) -> None:
    with sqlite_databases.fresh() as database:
        engine: Engine = database.engine
        assert whom_to_look_at(engine) == ""
