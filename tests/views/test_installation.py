"""The tab *Setup*: each part with a tick, or the very statement or setting that helps; for admins alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access.viewer import NotAllowedError
from analytics.breakdown.jobs.job import JobState
from analytics.breakdown.model_settings import ModelSettings
from analytics.columns import now
from analytics.database.schema import breakdown_jobs, breakdown_versions
from analytics.delivery.settings import DeliverySettings
from analytics.settings import Settings
from analytics.views.installation import Part, installation
from tests.support.databases import Database
from tests.support.postgres import OURS
from tests.support.world import World, version

MODEL = ModelSettings(base_url="http://localhost:11434/v1", model="small")


def parts(
    world: World, who: str = "admin", *, model: ModelSettings = MODEL, jobs: str | None = None, write_back: bool = True
) -> dict[str, Part]:
    described = installation(
        world.viewer(who),
        world.database.engine,
        settings=Settings(database_url=world.database.url, write_back=write_back),
        model=model,
        delivery=DeliverySettings(),
        jobs=jobs,
        sign_in=True,
    )
    return {part.name: part for part in described}


def failed_job(world: World, sentence: str) -> None:
    moment = now() - timedelta(minutes=1)
    values = {
        "id": "job", "interview_id": 101, "pressed_by": "a", "pressed_at": moment, "finished_at": moment,
        "state": JobState.FAILED, "cancel_requested": False, "progress": "{}", "sentence": sentence,
    }  # fmt: skip
    with world.database.engine.begin() as connection:
        connection.execute(sa.insert(breakdown_jobs).values(values))


def test_everything_in_order_is_said_part_by_part(world: World) -> None:
    world.database.allow_adding()
    told = parts(world)
    assert [part.sentence for part in told.values() if not part.in_order] == []
    assert told["Database"].sentence.startswith(("PostgreSQL 1", "SQLite 3"))
    assert told["Language model"].sentence == "small at localhost:11434. It has not been asked yet."
    assert "Communication 0.80" in told["Targets"].sentence


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_missing_right_is_its_grant(world: World, database: Database) -> None:
    database.allow_adding()
    with database.platform_engine.begin() as connection:
        connection.exec_driver_sql(f"REVOKE INSERT ON interviews FROM {OURS}")
        connection.exec_driver_sql(f"REVOKE UPDATE ON interviews FROM {OURS}")
    told = parts(world)
    assert f"GRANT INSERT, UPDATE ON interviews TO {OURS};" in told["Adding interviews"].sentence
    assert f"GRANT UPDATE (feedback) ON interviews TO {OURS};" in told["Write-back"].sentence
    assert parts(world, write_back=False)["Write-back"].in_order


def test_what_the_model_did_last_counts(world: World) -> None:
    assert not parts(world, model=ModelSettings())["Language model"].in_order
    failed_job(world, "The model's server refused the key.")
    told = parts(world)["Language model"]
    assert (told.in_order, told.at is not None) == (False, True)
    assert told.sentence.endswith("The last breakdown failed: The model's server refused the key.")
    # An answer since then makes it good again.
    with world.database.engine.begin() as connection:
        connection.execute(sa.insert(breakdown_versions), [version(101, 1, 0) | {"source": "model"}])
    assert parts(world)["Language model"].in_order


def test_jobs_that_do_not_run_say_why(world: World) -> None:
    told = parts(world, jobs="Another program holds the job store.")
    assert (told["Jobs"].in_order, told["Jobs"].sentence) == (False, "Another program holds the job store.")


def test_nobody_but_an_admin_is_told(world: World) -> None:
    for who in ("coach", "interviewee"):
        with pytest.raises(NotAllowedError):
            parts(world, who)
