"""Recorded answers: the demo's breakdowns made from them by the pipeline, and made again by a press."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
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
from analytics.demo.load import load_demo, save_recorded
from analytics.demo.recorded import RecordedInterview, Recording
from analytics.interviewlab.tables import interviews
from analytics.skills import SKILL_KEYS
from tests.support.doubles import SETTINGS, Double

RECORDING = Recording.read()
# The stories' scores have hundredths, and five levels give twentieths.
CLOSE = 0.05
FEWEST = 60
# What falls shall fall for what it says, and not because of an id that is not there or a claim too many.
SLIPS = {
    "no_id",
    "unknown_id",
    "not_code",
    "not_speech",
    "no_question",
    "no_weakness",
    "too_many",
    "duplicate",
    "restates",
}
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


@cache
def made_of(transcript: str) -> InterviewFeedback:
    """Give what the pipeline makes of recorded answers, made once for all tests."""
    return replayed(stored()[transcript])


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
    # All who have a completed interview.
    assert recorded == {row["user_id"] for row in stored().values()}


def test_the_judge_changes_once_in_a_persons_line() -> None:
    known = {each.transcript for each in RECORDING.interviews}
    of_people: dict[int, list[bool]] = defaultdict(list)
    for key, row in sorted(stored().items(), key=lambda item: item[1]["completed_at"]):
        if "Unable to generate" not in str(row["feedback"]["weaknesses"]):
            of_people[row["user_id"]].append(key in known)
    for recorded in of_people.values():
        assert recorded == sorted(recorded)


@OF_EACH
def test_recorded_answers_are_read_and_quote_the_conversation(recorded: RecordedInterview) -> None:
    row = stored()[recorded.transcript]
    made = made_of(recorded.transcript)
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
        assert not SLIPS & set(skill.faults)
        assert len(skill.claims) + len(skill.dropped) == sum(
            len(recorded.points(skill.skill)[name])
            for name in ("strengths", "weaknesses", "recommendations", "missed", "wordings")
        )
        for claim in skill.claims:
            assert claim.quotes
            assert all(quote.text in said for quote in claim.quotes)
    assert [review.id for review in made.questions] == [
        review["question"] for review in recorded.points("communication")["questions"]
    ]
    assert made.priorities
    assert len(made.priorities) == len(recorded.priorities)
    assert made.skill_breakdown["communication"].better_wordings
    for part in ("strengths", "weaknesses", "recommendations", "missed_opportunities"):
        assert any(getattr(skill, part) for skill in made.skill_breakdown.values()), part
    # Never poorer than what InterviewLab wrote, so that it is shown.
    written = row["feedback"].get("skill_breakdown", {}).values()
    assert sum(len(skill.weaknesses) + len(skill.recommendations) for skill in made.skill_breakdown.values()) >= sum(
        len(skill["weaknesses"]) + len(skill["recommendations"]) for skill in written
    )


def _submissions(row: dict[str, Any]) -> list[dict[str, Any]]:
    sandbox = (row["resume_context"] or {}).get("_sandbox", {})
    return list(sandbox.get("submissions", []))


@OF_EACH
def test_scores_stay_those_of_the_story_and_have_a_range(recorded: RecordedInterview) -> None:
    row = stored()[recorded.transcript]
    made = made_of(recorded.transcript)
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
    made = [made_of(each.transcript) for each in RECORDING.interviews]
    skills = [skill for each in made for skill in each.skill_breakdown.values()]
    faults = {fault for skill in skills for fault in skill.faults}
    assert {"misquotes", "unsupported", "character", "number", "praise", "interviewer"} <= faults
    assert any(claim.support == "partly" for skill in skills for claim in skill.claims)
    # Most of what a coach wrote stands.
    assert sum(len(skill.dropped) for skill in skills) < sum(len(skill.claims) for skill in skills) / 10


def recorded_claims(recorded: RecordedInterview) -> Iterator[tuple[str, dict[str, Any]]]:
    for skill in SKILL_KEYS:
        for name, entries in recorded.points(skill).items():
            # What was said for each question may be said of the same answer given elsewhere.
            yield from ((name, entry) for entry in entries if name != "questions")


def test_no_two_interviews_share_a_sentence() -> None:
    said: dict[str, set[str]] = defaultdict(set)
    for recorded in RECORDING.interviews:
        texts = [entry["reason"] for entry in recorded.priorities]
        for name, entry in recorded_claims(recorded):
            told = [entry[key] for key in ("text", "practise", "notice") if key in entry]
            # A better wording keeps what the candidate said, and somebody else may have said it too.
            texts += told if name == "wordings" else [each for text in told for each in re.split(r"(?<=[.?!]) ", text)]
        for text in texts:
            said[plain(text).casefold()].add(recorded.transcript)
    assert len(said) > 25 * FEWEST
    assert [text for text, where in said.items() if len(where) > 1] == []


def test_a_recorded_priority_is_a_recorded_claim() -> None:
    for recorded in RECORDING.interviews:
        texts = {
            plain(entry["text"])
            for skill in SKILL_KEYS
            for name in ("weaknesses", "missed")
            for entry in recorded.points(skill)[name]
        }
        assert {plain(entry["text"]) for entry in recorded.priorities} <= texts


@pytest.mark.heavy
def test_a_first_start_makes_the_latest_versions_a_press_the_same_and_the_others_follow(tmp_path: Path) -> None:
    engine = create_engine_for(f"sqlite:///{tmp_path / 'demo.db'}", create=True)
    for _ in range(2):
        load_demo(engine, latest_only=True)
    of_people = {row["id"]: row["user_id"] for row in stored().values()}
    first = made_versions(engine)
    assert sorted(of_people[number] for number in first) == sorted(set(of_people.values()))
    shown = stored()[RECORDING.interviews[0].transcript]
    with engine.connect() as connection:
        feedback = connection.execute(
            sa.select(interviews.c.feedback).where(interviews.c.id == shown["id"])
        ).scalar_one()
    again = replayed(shown)
    assert feedback["communication_score"] == again.skill_breakdown["communication"].score
    saved = save(engine, shown["id"], again, version_id="pressed", by="coach", write_back=True)
    assert saved is not None
    assert saved.shown
    assert not saved.poorer
    assert again.skill_breakdown == made_of(RECORDING.interviews[0].transcript).skill_breakdown
    # All the others but one are out of the way.
    other = max({stored()[each.transcript]["id"] for each in RECORDING.interviews} - set(first))
    with engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id != other).values(status="cancelled"))
    for _ in range(2):
        save_recorded(engine, write_back=True)
    assert made_versions(engine) == sorted([*first, shown["id"], other])


def made_versions(engine: sa.Engine) -> list[int]:
    made = sa.select(breakdown_versions.c.interview_id).where(breakdown_versions.c.source == "model")
    with engine.connect() as connection:
        return sorted(connection.execute(made).scalars())


def test_nothing_recorded_means_nothing_replayed() -> None:
    known = {each.transcript for each in RECORDING.interviews}
    other = next(row for key, row in stored().items() if key not in known)
    assert replayed(other).provenance.analyst != RECORDED_ANALYST
    row = stored()[RECORDING.interviews[0].transcript]
    asked = FeedbackGenerator(SETTINGS, client=Double(lambda call: "no answer"), recorded=RECORDING)
    # A model that is connected is asked, and its failure is not papered over.
    assert replayed(row, asked).provenance.analyst != RECORDED_ANALYST
    assert replayed(row, asked).overall is None
