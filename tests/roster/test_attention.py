"""Why a candidate needs attention, how pressing that is, and how it is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED
from analytics.cohort import Cohort, usual
from analytics.columns import now
from analytics.database.schema import candidate_summaries
from analytics.database.sessions import reading
from analytics.roster import ranking, refresh
from analytics.roster.attention import (
    DEFAULT_TARGETS,
    Attention,
    CandidateState,
    Level,
    Reason,
    attention_key,
    judge,
    reason_words,
)
from analytics.roster.order import Sort
from analytics.roster.page import RosterRow, page
from analytics.skills import SKILL_KEYS
from analytics.trends import analysis
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person

MOMENT = now()
EVERYBODY = Cohort(noise=usual().noise, cutoff=0.02)


def standing(
    days: float | None = 1, *, failed: bool = False, **skills: tuple[float, float, float, int, float]
) -> CandidateState:
    """A candidate by skill: level, half its interval, change, label and p; the others are well above target."""
    fine = (0.95, 0.02, 0.0, analysis.STEADY, 0.8)
    held = {key: skills.get(key, fine) for key in SKILL_KEYS}
    return CandidateState(
        levels={key: Level(now, error, change) for key, (now, error, change, _, _) in held.items()},
        labels={key: one[3] for key, one in held.items()},
        p={key: one[4] for key, one in held.items()},
        last_interview_at=None if days is None else MOMENT - timedelta(days=days),
        last_failed=failed,
    )


def kinds(who: CandidateState, cohort: Cohort = EVERYBODY) -> list[tuple[Attention, str | None]]:
    return [(reason.kind, reason.skill) for reason in judge(who, DEFAULT_TARGETS, cohort, MOMENT).reasons]


def severity(who: CandidateState) -> float:
    return judge(who, DEFAULT_TARGETS, EVERYBODY, MOMENT).severity


def test_a_level_within_its_interval_of_the_target_is_not_below_it() -> None:
    assert kinds(standing(technical=(0.79, 0.05, 0.0, analysis.STEADY, 0.8))) == []
    assert kinds(standing(technical=(0.70, 0.05, 0.0, analysis.STEADY, 0.8))) == [(Attention.BELOW_TARGET, "technical")]
    assert kinds(standing(technical=(0.70, 0.05, 0.2, analysis.IMPROVING, 0.001))) == []


def test_nobody_is_named_for_being_average() -> None:
    usual_here = Cohort(
        noise=usual().noise,
        averages=dict.fromkeys(SKILL_KEYS, (0.66,) * 201),
        sizes=dict.fromkeys(SKILL_KEYS, 300),
        cutoff=0.02,
    )
    average = standing(technical=(0.65, 0.03, 0.0, analysis.STEADY, 0.8))
    assert kinds(average, usual_here) == []
    assert kinds(standing(technical=(0.55, 0.03, 0.0, analysis.STEADY, 0.8)), usual_here) != []


def test_average_is_what_people_of_the_same_judge_are() -> None:
    figures = {
        judge: dict.fromkeys(SKILL_KEYS, (300.0, *[median] * 201)) for judge, median in (("a", 0.66), ("b", 0.5))
    }
    two_judges = Cohort(noise=usual().noise, cutoff=0.02, crowds=figures)
    level = standing(technical=(0.58, 0.03, 0.0, analysis.STEADY, 0.8))
    by = {judge: level._replace(judges=dict.fromkeys(SKILL_KEYS, judge)) for judge in ("a", "b")}
    assert kinds(by["a"], two_judges) == [(Attention.BELOW_TARGET, "technical")]
    # The stricter judge's people are all there: this one is above most of them.
    assert kinds(by["b"], two_judges) == []


def test_a_decline_counts_where_it_stands_in_a_list_and_names_its_skill_once() -> None:
    declining = standing(communication=(0.5, 0.05, -0.3, analysis.DECLINING, 0.001))
    assert kinds(declining) == [(Attention.DECLINING, "communication")]
    assert kinds(standing(communication=(0.9, 0.05, -0.3, analysis.DECLINING, 0.04))) == []


def test_larger_and_surer_declines_further_below_and_longer_silence_are_more_pressing() -> None:
    small = standing(technical=(0.9, 0.05, -0.1, analysis.DECLINING, 0.001))
    large = standing(technical=(0.9, 0.05, -0.3, analysis.DECLINING, 0.001))
    surer = standing(technical=(0.9, 0.05, -0.3, analysis.DECLINING, 0.00001))
    below = standing(technical=(0.5, 0.05, -0.3, analysis.DECLINING, 0.00001))
    silent = standing(43, technical=(0.5, 0.05, -0.3, analysis.DECLINING, 0.00001))
    longer = standing(100, technical=(0.5, 0.05, -0.3, analysis.DECLINING, 0.00001))
    failed = standing(100, failed=True, technical=(0.5, 0.05, -0.3, analysis.DECLINING, 0.00001))
    assert severity(standing()) == 0
    weighed = [severity(who) for who in (small, large, surer, below, silent, longer, failed)]
    assert weighed == sorted(set(weighed))


def test_time_alone_changes_it_at_the_next_step_and_never_after_the_last() -> None:
    for days, step in ((3, 30), (31, 60), (65, 90), (100, 180)):
        who = standing(days)
        assert who.last_interview_at is not None
        assert judge(who, DEFAULT_TARGETS, EVERYBODY, MOMENT).until == who.last_interview_at + timedelta(days=step)
    assert judge(standing(400), DEFAULT_TARGETS, EVERYBODY, MOMENT).until is None


def test_of_equally_pressing_candidates_the_first_by_name_comes_first() -> None:
    keys = [attention_key(s, *who) for s, who in ((0.4, ("zoe", "z@x")), (0.4, ("ann", "a@x")), (0.9, ("yve", "y@x")))]
    assert [key.split()[1] for key in sorted(keys)] == ["yve", "ann", "zoe"]
    assert len(attention_key(9.0, "n" * 255, "e" * 255)) <= 255


@pytest.mark.parametrize(
    ("reason", "days", "words"),
    [
        (Reason(Attention.DECLINING, "communication", -0.3027), 1, "Communication −0.30"),
        (Reason(Attention.BELOW_TARGET, "code_quality", 0.12), 1, "Code quality 0.12 below target"),
        (Reason(Attention.SILENT), 43, "No interview for 43 days"),
        (Reason(Attention.SILENT), None, "No interview yet"),
        (Reason(Attention.FAILED), 1, "Scoring failed"),
        (Reason(Attention.REVIEW, "technical", MOMENT.timestamp() - 3.5 * 86_400), 1, "Asked for a review 3 days ago"),
        (Reason(Attention.REVIEW, "technical", MOMENT.timestamp()), 1, "Asked for a review today"),
    ],
)
def test_a_reason_in_words(reason: Reason, days: int | None, words: str) -> None:
    last = None if days is None else MOMENT - timedelta(days=days)
    assert reason_words(reason, last, MOMENT) == words


def roster(database: Database) -> list[RosterRow]:
    with reading(database.engine) as db:
        return page(TRUSTED, db, sort=Sort.ATTENTION, descending=True).rows


def test_the_worst_stands_first_and_equals_by_name(database: Database) -> None:
    last = now() - timedelta(days=2)
    people = [(1, "Zoe", 0.9), (2, "Ann", 0.9), (3, "Low", 0.4)]
    rows = [
        interview(
            20 * user + n, user, feedback=feedback(0.9, technical, 0.9, 0.9), completed_at=last - timedelta(days=n)
        )
        for user, _, technical in people
        for n in range(10)
    ]
    add(database.platform_engine, people=[person(user, full_name=name) for user, name, _ in people], rows=rows)
    with database.engine.begin() as connection:
        refresh.refresh(connection)
    listed = roster(database)
    assert [row.name for row in listed] == ["Low", "Ann", "Zoe"]
    assert [reason.skill for reason in listed[0].reasons] == ["technical"]
    assert listed[1].reasons == listed[2].reasons == ()
    with reading(database.engine) as db:
        assert [row.name for row in page(TRUSTED, db, sort=Sort.ATTENTION).rows] == ["Zoe", "Ann", "Low"]


def test_other_targets_and_passing_time_change_reasons_and_order(database: Database) -> None:
    last = now() - timedelta(days=2)
    rows = [
        interview(n, feedback=feedback(0.9, 0.7, 0.9, 0.9), completed_at=last - timedelta(days=n)) for n in range(1, 11)
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    with database.engine.begin() as connection:
        refresh.refresh(connection)
    assert [reason.kind for reason in roster(database)[0].reasons] == [Attention.BELOW_TARGET]
    ranking.reassess(database.engine, {**DEFAULT_TARGETS, "technical": 0.5})
    assert roster(database)[0].reasons == ()
    with database.engine.begin() as connection:
        long_ago = {"last_interview_at": now() - timedelta(days=31), "attention_until": now() - timedelta(days=1)}
        connection.execute(sa.update(candidate_summaries).values(**long_ago))
    ranking.reassess(database.engine, {**DEFAULT_TARGETS, "technical": 0.5})
    assert [reason.kind for reason in roster(database)[0].reasons] == [Attention.SILENT]
    with reading(database.engine) as db:
        assert db.execute(sa.select(candidate_summaries.c.attention_until)).scalar_one() > now()


def test_somebody_with_five_thousand_interviews_holds_nobody_up(database: Database) -> None:
    scores = ((0.4, 0.5, 0.6, 0.7), (0.6, 0.5, 0.4, 0.3), (0.5, 0.9, 0.1, 0.5))
    moment = now() - timedelta(days=1)
    many = [
        interview(n, feedback=feedback(*scores[n % 3]), completed_at=moment - timedelta(hours=n))
        for n in range(1, 5_001)
    ]
    other = [interview(5_000 + n, 2, feedback=feedback(0.5, 0.6, 0.7, 0.8), completed_at=moment) for n in range(1, 6)]
    add(database.platform_engine, people=[person(1), person(2)], rows=[*many, *other])
    began = now()
    with database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass
    with reading(database.engine) as db:
        rows = {row.user_id: row for row in page(TRUSTED, db).rows}
    # Seconds on a busy machine; the full matrices took minutes and gigabytes.
    assert now() - began < timedelta(seconds=30)
    assert rows[1].completed == 5_000
    assert rows[2].overall == pytest.approx(0.64)
    assert len(rows[1].recent_overall) == 12
