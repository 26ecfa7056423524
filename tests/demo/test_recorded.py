"""Recorded answers: the demo's breakdowns made from them by the pipeline, and made again by a press."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.breakdown.assessment.plain_text import plain
from analytics.breakdown.assessment.result import RECORDED_ANALYST, InterviewFeedback
from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.reading.transcript import transcript_hash
from analytics.breakdown.versions.save import save
from analytics.database.engine import create_engine_for
from analytics.database.schema import breakdown_versions
from analytics.demo import rows
from analytics.demo.load import load_demo
from analytics.demo.recorded import RecordedInterview, Recording
from analytics.interviewlab.tables import interviews
from analytics.skills import SKILL_KEYS
from tests.support.doubles import SETTINGS, Double

RECORDING = Recording.read()
# The stories' scores have hundredths, and five levels give twentieths.
CLOSE = 0.05
FEWEST = 14
OF_EACH = pytest.mark.parametrize("recorded", RECORDING.interviews, ids=lambda each: each.title)
NAMES = {person["id"]: person["full_name"] for person in rows.people()}


@cache
def stored() -> dict[str, dict[str, Any]]:
    """Give the demo's completed interviews by the key recorded answers have."""
    return {
        transcript_hash(row["conversation_history"], row["resume_context"])[:32]: row
        for row in rows.interviews()
        if row["status"] == "completed"
    }


def replayed(row: dict[str, Any], generator: FeedbackGenerator | None = None) -> InterviewFeedback:
    generator = generator or FeedbackGenerator(ModelSettings(), recorded=RECORDING)
    return generator.generate_feedback(
        row["conversation_history"],
        row["resume_context"],
        row["job_description"],
        names=(NAMES[row["user_id"]],),
        title=row["title"],
    )


def test_the_story_people_have_recorded_answers() -> None:
    recorded = {stored()[each.transcript]["user_id"] for each in RECORDING.interviews}
    assert len(RECORDING.interviews) >= FEWEST
    assert len(recorded) >= FEWEST - 4


@OF_EACH
def test_recorded_answers_are_read_and_quote_the_conversation(recorded: RecordedInterview) -> None:
    row = stored()[recorded.transcript]
    made = replayed(row)
    assert row["title"] == recorded.title
    assert made.provenance.analyst == RECORDED_ANALYST
    assert not made.provenance.model
    assert not made.provenance.host
    said = "\n".join(
        text
        for turn in [*row["conversation_history"], *_submissions(row)]
        for text in (turn.get("content", ""), turn.get("code", ""), turn.get("metadata", {}).get("code", ""))
    )
    for skill in made.skill_breakdown.values():
        assert len(skill.claims) + len(skill.dropped) == sum(
            len(recorded.points(skill.skill)[name])
            for name in ("strengths", "weaknesses", "recommendations", "missed", "wordings")
        )
        for claim in skill.claims:
            assert claim.quotes
            assert all(quote.text in said for quote in claim.quotes)
    assert made.priorities
    assert len(made.priorities) == len(recorded.priorities)
    assert made.skill_breakdown["communication"].better_wordings
    assert any(skill.missed_opportunities for skill in made.skill_breakdown.values())


def _submissions(row: dict[str, Any]) -> list[dict[str, Any]]:
    sandbox = (row["resume_context"] or {}).get("_sandbox", {})
    return list(sandbox.get("submissions", []))


@OF_EACH
def test_scores_stay_those_of_the_story_and_have_a_range(recorded: RecordedInterview) -> None:
    row = stored()[recorded.transcript]
    made = replayed(row)
    for key in SKILL_KEYS:
        skill = made.skill_breakdown[key]
        if skill.score is None:
            assert row["feedback"][f"{key}_score"] == 0.0
            continue
        assert abs(skill.score - row["feedback"][f"{key}_score"]) <= CLOSE
        assert skill.low is not None
        assert skill.high is not None
        assert skill.low <= skill.score <= skill.high
        assert not skill.bounded


def test_some_claims_fall_and_some_are_marked() -> None:
    made = [replayed(stored()[each.transcript]) for each in RECORDING.interviews]
    skills = [skill for each in made for skill in each.skill_breakdown.values()]
    faults = {fault for skill in skills for fault in skill.faults}
    assert {"misquotes", "unsupported", "character"} <= faults
    assert any(claim.support == "partly" for skill in skills for claim in skill.claims)
    # Most of what a coach wrote stands.
    assert sum(len(skill.dropped) for skill in skills) < sum(len(skill.claims) for skill in skills) / 10


def test_a_recorded_priority_is_a_recorded_claim() -> None:
    for recorded in RECORDING.interviews:
        texts = {
            plain(entry["text"])
            for skill in SKILL_KEYS
            for name in ("weaknesses", "missed")
            for entry in recorded.points(skill)[name]
        }
        assert {plain(entry["text"]) for entry in recorded.priorities} <= texts


def test_the_demo_holds_the_versions_and_a_press_gives_the_same(tmp_path: Path) -> None:
    engine = create_engine_for(f"sqlite:///{tmp_path / 'demo.db'}", create=True)
    load_demo(engine)
    load_demo(engine)
    sources = sa.select(breakdown_versions.c.interview_id, breakdown_versions.c.source)
    with engine.connect() as connection:
        made = [row.interview_id for row in connection.execute(sources) if row.source == "model"]
        first = stored()[RECORDING.interviews[0].transcript]
        feedback = connection.execute(
            sa.select(interviews.c.feedback).where(interviews.c.id == first["id"])
        ).scalar_one()
    assert sorted(made) == sorted(stored()[each.transcript]["id"] for each in RECORDING.interviews)
    again = replayed(first)
    assert feedback["communication_score"] == again.skill_breakdown["communication"].score
    saved = save(engine, first["id"], again, version_id="pressed", by="coach", write_back=True)
    assert saved is not None
    assert saved.shown
    assert not saved.poorer
    assert again.skill_breakdown == replayed(first).skill_breakdown


def test_nothing_recorded_means_nothing_replayed() -> None:
    known = {each.transcript for each in RECORDING.interviews}
    other = next(row for key, row in stored().items() if key not in known)
    assert replayed(other).provenance.analyst != RECORDED_ANALYST
    row = stored()[RECORDING.interviews[0].transcript]
    asked = FeedbackGenerator(SETTINGS, client=Double(lambda call: "no answer"), recorded=RECORDING)
    # A model that is connected is asked, and its failure is not papered over.
    assert replayed(row, asked).provenance.analyst != RECORDED_ANALYST
    assert replayed(row, asked).overall is None
