"""What a breakdown of a stored interview is expected to cost."""

from __future__ import annotations

import json
import time

import sqlalchemy as sa

from analytics.breakdown import FeedbackGenerator
from analytics.breakdown.jobs import selection
from analytics.breakdown.jobs.source import LONGEST_ESTIMATED, forecast_of
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from tests.support import world
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, message
from tests.support.jobs import give_conversations


def test_a_very_long_interview_is_not_read_to_tell_its_cost(database: Database, people: world.World) -> None:
    generator = FeedbackGenerator(SETTINGS)
    give_conversations(database)
    said = "I measured the cache at noon, since it was slow. "
    talk = json.dumps([message("assistant", "Why?"), message("user", said * (25 * LONGEST_ESTIMATED // len(said)))])
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 102).values(conversation_history=talk))
    with reading(database.engine) as db:
        short = forecast_of(db, 101, generator)
        began = time.process_time()
        assert forecast_of(db, 102, generator) is None
        # Reading it takes ten times as long.
        assert time.process_time() - began < 5
        assert forecast_of(db, 999_999, generator) is None
        assert short is not None
        assert short.calls > 0
        # Of several, the long one counts like those that were read.
        both = selection.estimate(db, [101, 102], generator)
    assert (both.calls, both.tokens) == (2 * short.calls, 2 * short.tokens)
