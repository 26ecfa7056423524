"""The demo people: their stories hold, and their interviews read like interviews."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from analytics.demo import rows as demo_rows
from analytics.demo import stories
from analytics.interviewlab import tables
from analytics.interviewlab.conversation import (
    SANDBOX,
    Conversation,
    Speaker,
    is_checkpoint,
    read_conversation,
    without_sandbox,
)
from analytics.interviewlab.feedback import Reason, State, read_feedback
from analytics.skills import SKILL_KEYS
from analytics.trends import analysis

REFERENCE = datetime(2026, 3, 17, 15, 30, tzinfo=UTC)
LABELS = {
    analysis.IMPROVING: stories.IMPROVING,
    analysis.DECLINING: stories.DECLINING,
    analysis.STEADY: stories.STEADY,
    analysis.NOT_ENOUGH: stories.NOT_ENOUGH,
}
# Scores from which an answer must not be a weak one, and below which it must not be a strong one.
GOOD, POOR = 0.8, 0.44


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return demo_rows.interviews(REFERENCE)


@pytest.fixture(scope="module")
def finished(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["status"] == "completed"]


@pytest.fixture(scope="module")
def of_story(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {story.key: [] for story in stories.STORIES}
    for row in rows:
        found[stories.STORIES[row["user_id"] - 1].key].append(row)
    return found


def said(row: dict[str, Any], role: str) -> list[str]:
    return [message["content"] for message in row["conversation_history"] if message["role"] == role]


def conversation(row: dict[str, Any]) -> Conversation:
    return read_conversation(row["conversation_history"], row["resume_context"])


def kept_in_sandbox(row: dict[str, Any]) -> list[dict[str, Any]]:
    context = row["resume_context"] or {}
    return [dict(submission) for submission in context.get(SANDBOX, {}).get("submissions", [])]


def kept_in_messages(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        message["metadata"]
        for message in row["conversation_history"]
        if message.get("metadata", {}).get("type") == "code_review"
    ]


def scored(of_story: dict[str, list[dict[str, Any]]], skill: str) -> np.ndarray:
    """The table `trends.analyse` wants, read from the stored feedback by the program's own reader."""
    table = np.full((len(of_story), max(map(len, of_story.values()))), np.nan)
    for person, rows in enumerate(of_story.values()):
        done = [row for row in rows if row["status"] == "completed"]
        for i, row in enumerate(done):
            score = read_feedback(row["feedback"]).skills[skill].score
            table[person, i] = np.nan if score is None else score
    return table


def test_there_are_people_enough_for_medians(rows: list[dict[str, Any]]) -> None:
    people = demo_rows.people(REFERENCE)
    assert 20 <= len(people) <= 25
    assert 150 <= len(rows) <= 200
    assert len({person["full_name"] for person in people}) == len({person["email"] for person in people}) == len(people)
    assert all(person["email"].endswith("@example.org") for person in people)
    assert {person["hashed_password"] for person in people} == {"!"}  # no hash of any scheme
    assert {row["user_id"] for row in rows} <= {person["id"] for person in people}
    assert {resume["id"] for resume in demo_rows.resumes(REFERENCE)} == {row["resume_id"] for row in rows} - {None}


def test_rows_have_the_columns_of_the_platform(rows: list[dict[str, Any]]) -> None:
    for table, made in (
        (tables.users, demo_rows.people(REFERENCE)),
        (tables.resumes, demo_rows.resumes(REFERENCE)),
        (tables.interviews, rows),
    ):
        assert all(set(row) == set(table.columns.keys()) for row in made)
        for column in table.columns:
            assert column.nullable or all(row[column.name] is not None for row in made), column
        assert [row["id"] for row in made] == sorted({row["id"] for row in made})
    assert json.loads(json.dumps([row["feedback"] for row in rows], allow_nan=False))


def test_the_same_rows_come_out_each_time_moved_by_whole_days(rows: list[dict[str, Any]]) -> None:
    assert demo_rows.interviews(REFERENCE.replace(hour=1)) == rows
    moved = timedelta(days=100)

    def shifted(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: shifted(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [shifted(each) for each in value]
        if name == "timestamp":
            return (datetime.fromisoformat(value) + moved).isoformat(timespec="microseconds")
        return value + moved if isinstance(value, datetime) else value

    assert demo_rows.interviews(REFERENCE + moved) == [shifted(row) for row in rows]
    assert demo_rows.people(REFERENCE + moved) == [shifted(row) for row in demo_rows.people(REFERENCE)]


def test_interviews_lie_within_the_year_and_in_order(rows: list[dict[str, Any]]) -> None:
    joined = {person["id"]: person["created_at"] for person in demo_rows.people(REFERENCE)}
    midnight = REFERENCE.replace(hour=0, minute=0)
    for row in rows:
        moments = [row[name] for name in ("created_at", "started_at", "completed_at", "updated_at") if row[name]]
        assert moments == sorted(moments)
        assert midnight - timedelta(days=365) <= joined[row["user_id"]] < moments[0]
        assert moments[-1] < midnight
        assert all(moment.utcoffset() == timedelta(0) for moment in moments)
    for story, earlier, later in (
        (earlier["user_id"], earlier, later)
        for user in joined
        for earlier, later in pairwise([row for row in rows if row["user_id"] == user and row["completed_at"]])
    ):
        assert earlier["completed_at"] < later["started_at"], story


@pytest.mark.parametrize("skill", SKILL_KEYS)
def test_the_program_tells_every_story_as_stated(of_story: dict[str, list[dict[str, Any]]], skill: str) -> None:
    table = scored(of_story, skill)
    told = [LABELS[int(label)] for label in analysis.analyse(table).label]
    assert told == [story.courses[skill].trend for story in stories.STORIES]


@pytest.mark.parametrize("skill", SKILL_KEYS)
def test_the_stories_do_not_hang_on_the_cohort(of_story: dict[str, list[dict[str, Any]]], skill: str) -> None:
    for row, story in zip(scored(of_story, skill), stories.STORIES, strict=True):
        assert LABELS[int(analysis.analyse(row[None, :]).label[0])] == story.courses[skill].trend, story.key


def test_a_naive_reader_of_the_stored_numbers_would_tell_some_wrong(
    of_story: dict[str, list[dict[str, Any]]],
) -> None:
    """Otherwise the stories with placeholders would test nothing."""

    def naive(key: str, skill: str) -> str:
        values = [row["feedback"][f"{skill}_score"] for row in of_story[key] if row["feedback"]]
        return LABELS[int(analysis.analyse(np.array([values])).label[0])]

    assert naive("failed_scoring", "technical") != stories.STEADY
    assert naive("code_never_assessed", "code_quality") == stories.STEADY  # at 0.0
    assert naive("steady_riser", "code_quality") != stories.IMPROVING


def test_every_kind_of_story_is_there(of_story: dict[str, list[dict[str, Any]]]) -> None:
    def done(key: str) -> list[dict[str, Any]]:
        return [row for row in of_story[key] if row["status"] == "completed"]

    trends_told = Counter(course.trend for story in stories.STORIES for course in story.courses.values())
    assert set(trends_told) == set(LABELS.values())
    assert len(done("two_interviews")) == 2
    assert len(done("newcomer")) == 1
    assert done("none_finished") == []
    assert {row["status"] for row in of_story["none_finished"]} == {"pending", "in_progress", "cancelled"}
    assert min(row["feedback"]["technical_score"] for row in done("expert")) >= 0.9
    noisy = [row["feedback"]["technical_score"] for row in done("flat_but_noisy")]
    assert max(noisy) - min(noisy) > 0.3
    late = [row["feedback"]["technical_score"] for row in done("late_bloomer")]
    assert max(late[:5]) - min(late[:5]) < 0.15 < late[-1] - late[4]
    breakdowns = ["skill_breakdown" in row["feedback"] for row in done("mixed_format")]
    assert breakdowns == sorted(breakdowns)
    assert set(breakdowns) == {False, True}
    dates = [row["started_at"].date() for row in done("flat_but_noisy")]
    assert len(set(dates)) == len(dates) - 1
    assert "Improves" in next(story.tells for story in stories.STORIES if story.key == "steady_riser")


def test_unfinished_interviews_hold_nothing_that_could_be_scored(rows: list[dict[str, Any]]) -> None:
    unfinished = [row for row in rows if row["status"] != "completed"]
    assert unfinished
    for row in unfinished:
        assert row["feedback"] is None
        assert row["completed_at"] is None
        if row["status"] == "pending":
            assert (row["started_at"], row["conversation_history"], row["turn_count"]) == (None, [], 0)
        else:
            assert row["conversation_history"][-2]["role"] == "assistant"
            assert is_checkpoint(row["conversation_history"][-1])


def test_feedback_is_what_the_platform_would_have_stored(finished: list[dict[str, Any]]) -> None:
    for row in finished:
        feedback, submissions = row["feedback"], conversation(row).submissions
        stored = [feedback[f"{skill}_score"] for skill in SKILL_KEYS]
        assert all(0 <= score <= 1 for score in stored)
        assert feedback["code_submissions_count"] == len(submissions)
        assert feedback["average_code_quality"] == feedback["code_quality_score"]
        assert (feedback["code_quality_score"] == 0) == (not submissions)
        assert feedback["topics_covered"]
        qualities = [submission.quality for submission in submissions if submission.quality is not None]
        assert len(qualities) == len(submissions)
        assert not qualities or feedback["code_quality_score"] == pytest.approx(np.mean(qualities), abs=0.011)
        if read_feedback(feedback).skills["technical"].reason is not Reason.PLATFORM_FAILED:
            weighed = 0.25 * stored[0] + 0.30 * stored[1] + 0.25 * stored[2] + 0.20 * stored[3]
            assert feedback["overall_score"] == pytest.approx(weighed, abs=1e-4)
            assert feedback["summary"].startswith(row["title"])


def test_states_follow_from_what_is_stored(of_story: dict[str, list[dict[str, Any]]]) -> None:
    failed = [read_feedback(row["feedback"]).skills for row in of_story["failed_scoring"]]
    assert [skills["technical"].state for skills in failed].count(State.FAILED) == 3
    assert failed[-1]["technical"].state is failed[-2]["technical"].state is State.FAILED
    for row in of_story["code_never_assessed"]:
        skills = read_feedback(row["feedback"]).skills
        assert skills["code_quality"].state is State.NOT_ASSESSED
        assert row["feedback"]["skill_breakdown"]["code_quality"] == {
            "score": 0.0,
            "strengths": [],
            "weaknesses": [],
            "recommendations": [],
        }
        assert skills["technical"].state is State.SCORED


def test_breakdowns_are_specific_and_fit_the_level(finished: list[dict[str, Any]]) -> None:
    everything: Counter[str] = Counter()
    for row in finished:
        for skill, detail in row["feedback"].get("skill_breakdown", {}).items():
            parts = [detail[part] for part in ("strengths", "weaknesses", "recommendations")]
            points = [point for part in parts for point in part]
            assert len(points) == len(set(points))
            assert all(len(part) <= 3 for part in parts)
            everything.update(points)
            if detail["strengths"] or detail["weaknesses"]:
                assert detail["score"] == row["feedback"][f"{skill}_score"]
                assert detail["strengths"] or detail["score"] < GOOD
                assert detail["weaknesses"] or detail["score"] > POOR
    assert len(everything) > 250
    assert max(everything.values()) < len(finished) / 5  # no phrase for every occasion


def test_no_placeholder_is_left(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        prose = [
            row["title"],
            row["job_description"],
            json.dumps(without_sandbox(row["resume_context"])),
            *said(row, "assistant"),
        ]
        prose += [*said(row, "user"), json.dumps(row["feedback"])]
        for text in prose:
            assert not re.search(r"\$[a-zA-Z]|\$\{|\{\w+\}|\bTODO\b|lorem|  ", text), text


def test_transcripts_read_like_interviews(finished: list[dict[str, Any]]) -> None:
    for row in finished:
        messages = [message for message in row["conversation_history"] if message["role"] != "system"]
        roles = [message["role"] for message in messages]
        assert roles == ["assistant", "user"] * (len(roles) // 2) + ["assistant"]
        assert 8 <= row["turn_count"] <= 20
        assert row["turn_count"] == roles.count("user")
        paragraphs = [message["content"] for message in messages]
        assert len(set(paragraphs)) == len(paragraphs)
        assert all(re.match("'?[A-Z0-9]", text) for text in paragraphs)
        assert all(text.rstrip("'")[-1] in ".?!" for text in paragraphs), paragraphs
        assert all("?" in text or "." in text for text in said(row, "assistant"))
        # Enough words in enough answers for each skill to be assessed, as a breakdown needs.
        assert sum(len(text.split()) for text in said(row, "user")) > 160
    assert len({row["turn_count"] for row in finished}) >= 4
    assert len({row["title"] for row in finished}) > 40
    assert len({question for row in finished for question in said(row, "assistant")}) > 250


def test_sentences_are_short_enough_to_quote(finished: list[dict[str, Any]]) -> None:
    sentences = [
        sentence for row in finished for text in said(row, "user") for sentence in re.split(r"(?<=[.?!]) ", text)
    ]
    lengths = sorted(len(sentence.split()) for sentence in sentences)
    assert lengths[-1] <= 75
    assert 8 <= lengths[len(lengths) // 2] <= 25


def test_better_scores_come_with_fuller_answers(finished: list[dict[str, Any]]) -> None:
    lengths: dict[bool, list[int]] = defaultdict(list)
    for row in finished:
        feedback = row["feedback"]
        lowest, highest = (f(feedback[f"{skill}_score"] for skill in SKILL_KEYS[:3]) for f in (min, max))
        if highest < 0.6 or lowest > GOOD:
            lengths[lowest > GOOD] += [len(text.split()) for text in said(row, "user")]
    assert np.mean(lengths[True]) > 1.7 * np.mean(lengths[False])


def test_the_same_person_seldom_says_the_same(of_story: dict[str, list[dict[str, Any]]]) -> None:
    for key, rows in of_story.items():
        answers = [text for row in rows for text in said(row, "user") if len(text.split()) > 12]
        assert not answers or len(set(answers)) > 0.85 * len(answers), key
        for earlier, later in pairwise(rows):
            asked_again = set(said(earlier, "assistant")[:-1]) & set(said(later, "assistant")[:-1])
            assert not asked_again, key


def test_histories_have_the_shape_interviewlab_writes(finished: list[dict[str, Any]]) -> None:
    for row in finished:
        *messages, last = row["conversation_history"]
        assert is_checkpoint(last)
        assert last["metadata"]["checkpoint_id"] in last["content"]
        assert not any(is_checkpoint(message) for message in messages)
        assert all({"role", "content", "timestamp"} <= set(message) for message in messages)
        read = conversation(row)
        assert (read.skipped, len(read.turns)) == (0, len(messages))  # the checkpoint is no turn and no loss
        moments = [turn.at for turn in read.turns if turn.at is not None]
        assert len(moments) == len(messages)
        assert moments == sorted(set(moments))
        assert row["started_at"] < moments[0] < moments[-1] < row["completed_at"]
        if row["resume_context"]:
            resume = without_sandbox(row["resume_context"])
            assert isinstance(resume, dict)
            assert all(isinstance(text, str) for text in resume.values())


def test_code_moves_from_the_conversation_to_the_sandbox(finished: list[dict[str, Any]]) -> None:
    in_messages = [row for row in finished if kept_in_messages(row)]
    in_sandbox = [row for row in finished if kept_in_sandbox(row)]
    assert len(in_messages) > 20
    assert len(in_sandbox) > 20
    assert max(row["started_at"] for row in in_messages) < min(row["started_at"] for row in in_sandbox)
    for row in in_sandbox:
        assert not kept_in_messages(row)
        read = conversation(row)
        assert len(read.submission_turns) == len(kept_in_sandbox(row))
        # The code belongs to the interviewer's next question, and the remark before it says that it was submitted.
        for turn in read.submission_turns:
            assert turn.speaker is Speaker.INTERVIEWER
            assert len(read.turns[turn.message - 1].said.split()) < 12
        if "skill_breakdown" in row["feedback"] and row["feedback"]["strengths"]:
            for skill in SKILL_KEYS:
                stored = row["feedback"][f"{skill}_feedback"]
                assert row["feedback"]["skill_breakdown"][skill] == {
                    "score": row["feedback"][f"{skill}_score"],
                    **stored,
                }


def test_code_submissions_are_code_with_a_review(finished: list[dict[str, Any]]) -> None:
    languages: Counter[str] = Counter()
    for row in finished:
        for submission in kept_in_messages(row) + kept_in_sandbox(row):
            languages[submission["language"]] += 1
            assert len(submission["code"].strip().splitlines()) >= 5
            assert submission["execution_result"]["success"] == (submission["execution_result"]["exit_code"] == 0)
            review = submission["code_quality"]
            kinds = ("correctness_score", "efficiency_score", "readability_score", "best_practices_score")
            assert all(0 <= review[kind] <= 1 for kind in ("quality_score", *kinds))
            assert abs(np.mean([review[kind] for kind in kinds]) - review["quality_score"]) < 0.02
            assert review["strengths"]
            assert review["feedback"]
            if submission["language"] == "python":
                ast.parse(submission["code"])
    assert set(languages) == {"python", "javascript", "typescript", "java", "go", "sql"}


def test_questions_about_code_fit_the_code(finished: list[dict[str, Any]]) -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    for turns in (conversation(row).turns for row in finished):
        for place, turn in enumerate(turns):
            if turn.submission:
                asked[turns[place + (turn.speaker is Speaker.CANDIDATE)].said].add(turn.submission.code)
    assert len(asked) > 25
    assert all("sort" in code for question, codes in asked.items() if "you sort" in question for code in codes)
    assert all(" for " in code for question, codes in asked.items() if "you loop" in question for code in codes)


def test_nothing_is_shared_between_rows(rows: list[dict[str, Any]]) -> None:
    one = demo_rows.interviews(REFERENCE)
    one[0]["conversation_history"][0]["content"] = "changed"
    one[0]["feedback"]["strengths"].clear()
    one[0]["feedback"]["topics_covered"].clear()
    assert demo_rows.interviews(REFERENCE) == rows
