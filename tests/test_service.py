"""`InterviewAnalytics` beside InterviewLab's own rules, written down here a second time in plain Python."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics import InterviewAnalytics, NotFoundError, SkillDataPoint
from analytics.access.viewer import Role, Viewer
from analytics.database.sessions import reading
from analytics.demo import rows as demo_rows
from analytics.demo import stories
from analytics.interviewlab.feedback import PLATFORM_FAILURE, State
from analytics.interviewlab.tables import resumes
from analytics.skills import SKILL_KEYS
from tests.support.databases import Database, Databases
from tests.support.platform_rows import add, feedback, interview, person

REFERENCE = datetime(2026, 6, 1, tzinfo=UTC)


class InterviewLab:
    """What the platform answers, from its rows; only for feedback that is as the platform writes it."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def completed(self, user_id: int) -> list[dict[str, Any]]:
        """By the date of the interview, which is when it was completed."""
        mine = [
            row for row in self.rows if row["user_id"] == user_id and row["status"] == "completed" and row["feedback"]
        ]
        return sorted(mine, key=lambda row: (row["completed_at"] or row["created_at"], row["id"]))

    def progression(self, user_id: int) -> dict[str, list[tuple[Any, ...]]]:
        lines: dict[str, list[tuple[Any, ...]]] = {skill: [] for skill in SKILL_KEYS}
        for row in self.completed(user_id):
            for skill in SKILL_KEYS:
                score = self.score(row, skill)
                if score is not None:
                    when = row["completed_at"] or row["created_at"]
                    lines[skill].append((row["id"], row["title"], when, round(score, 2)))
        return lines

    def averages(self, user_id: int) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for skill in SKILL_KEYS:
            scores = [self.score(row, skill) for row in self.completed(user_id)]
            known = [score for score in scores if score is not None]
            found[skill] = round(sum(known) / len(known), 2) if known else None
        return found

    def comparison(self, ids: list[int]) -> dict[str, dict[int, float | None]]:
        by_id = {row["id"]: row for row in self.rows}
        return {
            skill: {i: None if (score := self.score(by_id[i], skill)) is None else round(score, 2) for i in ids}
            for skill in SKILL_KEYS
        }

    def score(self, row: dict[str, Any], skill: str) -> float | None:
        stored = row["feedback"]
        if row["status"] != "completed" or not stored or self.is_placeholder(row, skill):
            return None
        broken_down = (stored.get("skill_breakdown") or {}).get(skill) or {}
        score: float | None = broken_down.get("score", stored.get(f"{skill}_score"))
        return score

    def is_placeholder(self, row: dict[str, Any], skill: str) -> bool:
        """The two things that the platform stores and that are no scores."""
        stored = row["feedback"]
        if skill == "code_quality":
            return stored["code_quality_score"] == 0.0 and stored["code_submissions_count"] == 0
        return PLATFORM_FAILURE in stored.get("weaknesses", [])

    def insights(self, row: dict[str, Any]) -> dict[str, Any]:
        reviews = [
            message["metadata"]
            for message in row["conversation_history"] or []
            if message.get("metadata", {}).get("type") == "code_review"
        ]
        reviews += (row["resume_context"] or {}).get("_sandbox", {}).get("submissions", [])
        qualities = [review["code_quality"]["quality_score"] for review in reviews]
        both = row["started_at"] and row["completed_at"]
        minutes = round((row["completed_at"] - row["started_at"]).total_seconds() / 60, 1) if both else None
        return {
            "title": row["title"],
            "status": row["status"],
            "turn_count": row["turn_count"],
            "duration_minutes": minutes,
            "topics_covered": tuple((row["feedback"] or {}).get("topics_covered", ())),
            "code_submissions": len(reviews),
            "average_code_quality": round(sum(qualities) / len(qualities), 2) if qualities else None,
            "scores": {
                skill: None if (score := self.score(row, skill)) is None else round(score, 2) for skill in SKILL_KEYS
            },
        }

    def of_person(self, user_id: int) -> dict[str, Any]:
        mine = [row for row in self.rows if row["user_id"] == user_id]
        latest_first = sorted(mine, key=lambda row: (row["created_at"], row["id"]), reverse=True)
        completed = [row for row in latest_first if row["status"] == "completed"]
        turns = [row["turn_count"] for row in completed if row["turn_count"]]
        topics: list[str] = []
        for row in completed:
            topics += [topic for topic in row["feedback"]["topics_covered"] if topic not in topics]
        return {
            "total_interviews": len(mine),
            "completed_interviews": len(completed),
            "in_progress_interviews": sum(row["status"] == "in_progress" for row in mine),
            "average_turn_count": round(sum(turns) / len(turns), 1) if turns else 0.0,
            "topics_covered": tuple(topics),
            "recent": [row["id"] for row in completed[:5]],
        }


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest) -> Iterator[SimpleNamespace]:
    """The demo people in a database, and what the platform says about them."""
    databases: Databases = request.getfixturevalue(f"{request.param}_databases")
    with databases.fresh() as database:
        rows = demo_rows.interviews(REFERENCE)
        add(database.platform_engine, people=demo_rows.people(REFERENCE))
        with database.platform_engine.begin() as connection:
            connection.execute(sa.insert(resumes), demo_rows.resumes(REFERENCE))
        add(database.platform_engine, rows=rows)
        with reading(database.engine) as db:
            yield SimpleNamespace(db=db, lab=InterviewLab(rows), rows=rows, ours=InterviewAnalytics())


def lines(progression: dict[str, list[SkillDataPoint]]) -> dict[str, list[tuple[Any, ...]]]:
    return {skill: [point[:4] for point in line] for skill, line in progression.items()}


PEOPLE = range(1, len(stories.STORIES) + 1)


@pytest.mark.parametrize("user_id", PEOPLE)
def test_a_demo_person_is_told_as_the_platform_does(told: SimpleNamespace, user_id: int) -> None:
    progression = told.ours.get_skill_progression(user_id, told.db)
    assert {skill: [point[:4] for point in line] for skill, line in progression.items()} == told.lab.progression(
        user_id
    )
    assert told.ours.get_skill_averages(user_id, told.db) == told.lab.averages(user_id)
    found, wanted = told.ours.get_user_analytics(user_id, told.db), told.lab.of_person(user_id)
    assert [one.id for one in found.recent_interviews] == wanted.pop("recent")
    assert {name: getattr(found, name) for name in wanted} == wanted


def test_every_demo_interview_is_told_as_the_platform_does(told: SimpleNamespace) -> None:
    for row in told.rows:
        found, wanted = told.ours.get_interview_insights(row["id"], told.db), told.lab.insights(row)
        assert {name: getattr(found, name) for name in wanted} == wanted
        scored = {skill: score for skill, score in found.scores.items() if score is not None}
        # A fully scored interview has the overall score that the platform stored.
        if len(scored) == len(SKILL_KEYS):
            assert found.overall_score == pytest.approx(row["feedback"]["overall_score"], abs=0.0051)
        breakdown = told.ours.get_skill_breakdown(row["id"], told.db)
        for skill in SKILL_KEYS:
            stored = ((row["feedback"] or {}).get("skill_breakdown") or {}).get(skill) or {}
            if breakdown[skill].state is State.SCORED:
                assert breakdown[skill].strengths == tuple(stored.get("strengths", ()))
                assert breakdown[skill].recommendations == tuple(stored.get("recommendations", ()))
    ids = [row["id"] for row in told.rows[::7]]
    assert told.ours.get_skill_comparison(ids, told.db) == told.lab.comparison(ids)
    assert list(told.ours.get_skill_comparison(ids[::-1], told.db)["technical"]) == ids[::-1]


def test_what_is_stored_but_is_no_score_is_none_with_its_state(told: SimpleNamespace) -> None:
    placeholders = [row for row in told.rows if PLATFORM_FAILURE in ((row["feedback"] or {}).get("weaknesses") or [])]
    assert len(placeholders) == 3
    for row in placeholders:
        found = told.ours.get_interview_insights(row["id"], told.db)
        assert {found.states[skill] for skill in SKILL_KEYS[:3]} == {State.FAILED}
        assert {found.scores[skill] for skill in SKILL_KEYS[:3]} == {None}
        assert 0.5 not in told.ours.get_skill_comparison([row["id"]], told.db)["technical"].values()
    without_code = [row for row in told.rows if (row["feedback"] or {}).get("code_submissions_count") == 0]
    assert len(without_code) > 5
    for row in without_code:
        found = told.ours.get_interview_insights(row["id"], told.db)
        assert (found.states["code_quality"], found.scores["code_quality"]) == (State.NOT_ASSESSED, None)


def test_ties_round_as_on_the_platform_in_whatever_order_the_rows_lie(database: Database) -> None:
    rng = random.Random(11)
    rows, number = [], 0
    for user_id in range(1, 41):
        for place in rng.sample(range(12), rng.randint(2, 12)):
            number += 1
            moment = REFERENCE + timedelta(days=place)
            scores = [rng.randint(30, 95) / 100 for _ in SKILL_KEYS]
            held = feedback(*scores, topics_covered=[])
            rows.append(
                interview(number, user_id, feedback=held, completed_at=rng.choice([moment, None]), created_at=moment)
            )
    add(database.platform_engine, people=[person(n) for n in range(1, 41)], rows=rows)
    lab, ours = InterviewLab(rows), InterviewAnalytics()
    with reading(database.engine) as db:
        for user_id in range(1, 41):
            assert ours.get_skill_averages(user_id, db) == lab.averages(user_id)
            found = ours.get_skill_progression(user_id, db)
            assert {skill: [point[:4] for point in line] for skill, line in found.items()} == lab.progression(user_id)


CALLS: dict[str, Any] = {
    "progression": lambda ours, db, wanted: ours.get_skill_progression(wanted, db),
    "averages": lambda ours, db, wanted: ours.get_skill_averages(wanted, db),
    "comparison": lambda ours, db, wanted: ours.get_skill_comparison([1, wanted], db),
    "breakdown": lambda ours, db, wanted: ours.get_skill_breakdown(wanted, db),
    "insights": lambda ours, db, wanted: ours.get_interview_insights(wanted, db),
    "analytics": lambda ours, db, wanted: ours.get_user_analytics(wanted, db),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("unknown", [0, -1, 10**6, 2**31, 2**63 - 1, 2**63, 10**30])
def test_an_unknown_id_raises_the_one_documented_exception(told: SimpleNamespace, call: str, unknown: int) -> None:
    with pytest.raises(NotFoundError, match="does not exist, or you do not have access"):
        CALLS[call](told.ours, told.db, unknown)


@pytest.mark.parametrize("call", CALLS)
def test_what_a_viewer_may_not_see_is_as_if_it_were_not_there(told: SimpleNamespace, call: str) -> None:
    hers = next(row["id"] for row in told.rows if row["user_id"] == 2)
    wanted = 2 if call in {"progression", "averages", "analytics"} else hers
    messages = set()
    for viewer, asked in ((Viewer(Role.INTERVIEWEE, user_id=1), wanted), (Viewer(Role.ADMIN), 10**6)):
        with pytest.raises(NotFoundError) as refused:
            CALLS[call](InterviewAnalytics(viewer), told.db, asked)
        messages.add(str(refused.value))
    assert len(messages) == 1
    if call != "comparison":
        assert CALLS[call](InterviewAnalytics(Viewer(Role.INTERVIEWEE, user_id=2)), told.db, wanted)


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_takes_a_fixed_number_of_statements(told: SimpleNamespace, call: str) -> None:
    """However many interviews somebody has: person 1 has thirteen, the eleventh one."""
    counted = []
    by_person = {user: [row["id"] for row in told.rows if row["user_id"] == user] for user in (1, 11)}
    for user_id, ids in by_person.items():
        wanted = user_id if call in {"progression", "averages", "analytics"} else ids[0]
        with counting(told.db) as statements:
            if call == "comparison":
                told.ours.get_skill_comparison(ids[:6], told.db)
            else:
                CALLS[call](told.ours, told.db, wanted)
        counted.append(len(statements))
    assert counted[0] == counted[1] <= 3


class counting:  # noqa: N801 - reads as a verb
    """Count the statements of a session."""

    def __init__(self, db: Session) -> None:
        self._engine, self.statements = db.get_bind().engine, []

    def __enter__(self) -> list[str]:
        sa.event.listen(self._engine, "before_cursor_execute", self._note)
        return self.statements

    def __exit__(self, *_error: object) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements.append(statement)


def test_somebody_without_interviews_has_empty_lines_and_no_zero(database: Database) -> None:
    add(database.platform_engine, people=[person(1)])
    ours = InterviewAnalytics()
    with reading(database.engine) as db:
        assert ours.get_skill_progression(1, db) == {skill: [] for skill in SKILL_KEYS}
        assert ours.get_skill_averages(1, db) == dict.fromkeys(SKILL_KEYS)
        told = ours.get_user_analytics(1, db)
        assert (told.total_interviews, told.average_quality, told.recent_interviews) == (0, None, ())
        assert ours.get_skill_comparison([], db) == {skill: {} for skill in SKILL_KEYS}


def test_a_damaged_interview_does_not_touch_the_others(database: Database) -> None:
    damaged: list[Any] = [[], "text", {}, feedback("0.7", None, 7, -1), {"skill_breakdown": None, "weaknesses": 3}]
    rows = [interview(n, feedback=held) for n, held in enumerate(damaged, 1)]
    rows += [interview(50, feedback=feedback(0.5, 0.6, 0.7, 0.8)), interview(51, conversation_history={"odd": 1})]
    add(database.platform_engine, people=[person(1)], rows=rows)
    ours = InterviewAnalytics()
    with reading(database.engine) as db:
        assert ours.get_skill_averages(1, db) == dict(zip(SKILL_KEYS, (0.5, 0.6, 0.7, 0.8), strict=True))
        assert [point.interview_id for point in ours.get_skill_progression(1, db)["technical"]] == [50]
        assert ours.get_user_analytics(1, db).completed_interviews == 7
        for row in rows:
            found = ours.get_interview_insights(row["id"], db)
            assert all(score is None for score in found.scores.values()) == (row["id"] != 50)
            ours.get_skill_breakdown(row["id"], db)


def test_an_unfinished_interview_is_pending_even_with_feedback(database: Database) -> None:
    add(
        database.platform_engine,
        people=[person(1)],
        rows=[interview(1, status="in_progress", completed_at=None, feedback=feedback(0.5, 0.5, 0.5, 0.5))],
    )
    with reading(database.engine) as db:
        found = InterviewAnalytics().get_interview_insights(1, db)
        assert (set(found.states.values()), found.overall_score, found.duration_minutes) == (
            {State.PENDING},
            None,
            None,
        )
        assert InterviewAnalytics().get_skill_progression(1, db)["technical"] == []
