"""The demo's page Judge compares the platform with people, and finds the leniency that is in the levels."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.access.viewer import TRUSTED
from analytics.agreement.figures import Calibration
from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading, writing
from analytics.demo.load import load_demo
from analytics.interviewlab.tables import create_platform
from analytics.judges import PLATFORM_JUDGE
from analytics.skills import SKILL_KEYS
from analytics.views.judge import view_judge
from tests.support.platform_rows import add, person


def test_the_demo_does_not_go_among_other_people(tmp_path: Path) -> None:
    engine = create_engine_for(f"sqlite:///{tmp_path}/own.db")
    with writing(engine) as connection:
        create_platform(connection)
    add(engine, people=[person(1)])
    with pytest.raises(DatabaseError, match="only go into an empty one"):
        load_demo(engine)
    engine.dispose()


@pytest.mark.heavy
def test_the_platform_is_calibrated_and_lenient(tmp_path: Path) -> None:
    engine = create_engine_for(f"sqlite:///{tmp_path}/demo.db")
    load_demo(engine, latest_only=True)
    with reading(engine) as db:
        view = view_judge(TRUSTED, db)
    # Whoever adds somebody to the demo starts it again.
    add(engine, people=[person(500)])
    load_demo(engine)
    engine.dispose()
    platform = next(one for one in view.judges if one.judge == PLATFORM_JUDGE)
    for skill in SKILL_KEYS:
        told = platform.of(skill).agreement
        assert told.standing is Calibration.CALIBRATED, skill
        # No more than half a level: these people judge like the platform, and somewhat lower.
        assert told.leniency is not None
        assert -0.05 < told.leniency.value < 0.5
