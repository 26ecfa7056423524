"""Synthetic people: as many as asked for, and stored as InterviewLab stores them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics.demo import synthetic
from analytics.interviewlab import tables
from analytics.interviewlab.conversation import Speaker, read_conversation
from analytics.interviewlab.feedback import State, read_feedback

REFERENCE = datetime(2026, 3, 17, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(("people", "interviews"), [(40, 903), (500, 300), (1, 1200), (3, 0)])
def test_there_are_exactly_as_many_as_asked_for(people: int, interviews: int) -> None:
    batches = list(synthetic.synthetic(people, interviews, batch=250, reference=REFERENCE))
    users = [user for batch, _ in batches for user in batch]
    rows = [row for _, batch in batches for row in batch]
    assert [user["id"] for user in users] == list(range(1, people + 1))
    assert [row["id"] for row in rows] == list(range(1, interviews + 1))
    assert all(len(batch) <= 250 for _, batch in batches)
    assert len({user["email"] for user in users}) == people
    assert all(set(row) == set(tables.interviews.columns.keys()) for row in rows)
    assert all(set(user) == set(tables.users.columns.keys()) for user in users)
    known: set[int] = set()
    for batch, made in batches:
        known |= {user["id"] for user in batch}
        assert {row["user_id"] for row in made} <= known  # no row before its person


def test_a_seed_gives_the_same_and_another_something_else() -> None:
    one, same, other = (list(synthetic.synthetic(5, 50, seed, reference=REFERENCE)) for seed in (7, 7, 8))
    assert one == same
    assert one != other


def test_the_json_is_read_as_what_it_says() -> None:
    states: Counter[tuple[str, State]] = Counter()
    levels = []
    sandboxes = 0
    for _, rows in synthetic.synthetic(60, 1500, reference=REFERENCE):
        for row in rows:
            context = json.loads(row["resume_context"] or "null")
            held = read_conversation(json.loads(row["conversation_history"]), context)
            assert held.skipped == 0
            sandboxes += context is not None
            if row["status"] == "completed":
                assert len(held.submissions) == json.loads(row["feedback"])["code_submissions_count"]
            times = [turn.at for turn in held.turns if turn.at is not None]
            assert len(times) == len(held.turns)
            assert not times or row["started_at"] < times[0] <= times[-1]
            spoken = sum(turn.speaker is Speaker.CANDIDATE for turn in held.turns)
            assert spoken == row["turn_count"]
            stored = json.loads(row["feedback"]) if row["feedback"] else None
            assert (stored is not None) == (row["status"] == "completed") == (row["completed_at"] is not None)
            found = read_feedback(stored, completed=row["status"] == "completed")
            for skill, read in found.skills.items():
                states[skill, read.state] += 1
                if read.score is not None and skill == "technical":
                    levels.append(read.score)
                    assert stored is not None
                    detail = stored.get("skill_breakdown", {}).get(skill, {"score": read.score})
                    assert detail["score"] == read.score
            if stored and stored["code_submissions_count"] and found.skills["technical"].state is State.SCORED:
                assert stored["overall_score"] == pytest.approx(found.overall, abs=1e-4)
            moments = [row[name] for name in ("created_at", "started_at", "completed_at") if row[name]]
            assert moments == sorted(moments)
            assert REFERENCE - timedelta(days=366) < moments[0] <= moments[-1] < REFERENCE
    assert {state for _, state in states} == set(State)
    assert states["technical", State.NOT_ASSESSED] == 0
    assert states["code_quality", State.NOT_ASSESSED] > 100
    assert len(set(levels)) > 50
    assert sandboxes > 100


@pytest.mark.parametrize("size", [2_000, 20_000])
def test_transcripts_have_about_the_size_asked_for(size: int) -> None:
    lengths = [
        len(row["conversation_history"])
        for _, rows in synthetic.synthetic(20, 300, transcript_bytes=size)
        for row in rows
        if row["status"] != "pending"
    ]
    assert 0.9 * size < np.mean(lengths) < 1.6 * size
