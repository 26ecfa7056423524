"""Bridges between judges: measured on interviews that two of them scored, kept, and used by everybody's trends."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import cache

import pytest
import sqlalchemy as sa

from analytics import bridges, cohort
from analytics.access.viewer import TRUSTED
from analytics.breakdown import InterviewFeedback
from analytics.breakdown.versions import save as versions_save
from analytics.bridges import Bridges, SkillBridge, on_one_scale
from analytics.database.schema import candidate_summaries, stale_candidates
from analytics.database.sessions import reading, writing
from analytics.judges import PLATFORM_JUDGE, judge_of_provenance
from analytics.roster.refresh import learn_again, refresh
from analytics.settings import DEFAULT_TARGET
from analytics.skills import SKILL_KEYS
from analytics.trends.bridge import Bridge, measure
from analytics.views.candidate import CandidateView, view_candidate
from tests.support.breakdowns import generated
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person

PLATFORM = PLATFORM_JUDGE.key
OLD = [0.40, 0.45, 0.52, 0.61, 0.48, 0.55, 0.50, 0.43, 0.66, 0.58, 0.47, 0.53]
# The roster keeps four places.
ROUNDED = 6e-5
STEPS = [0.10, 0.08, 0.12, 0.11, 0.09, 0.13, 0.10, 0.07, 0.10, 0.12, 0.11, 0.09]
NEW = [round(old + step, 2) for old, step in zip(OLD, STEPS, strict=True)]


@cache
def made() -> InterviewFeedback:
    return generated(level=4)


def model_judge() -> str:
    return judge_of_provenance(made().provenance.model_dump()).key


def score_with_model(database: Database, scores: dict[int, float]) -> None:
    """Have the model score the communication of interviews, as a press on Regenerate does."""
    for interview_id, score in scores.items():
        skills = {
            key: skill.model_copy(update={"score": score}) if key == "communication" else skill
            for key, skill in made().skill_breakdown.items()
        }
        versions_save.save(
            database.engine, interview_id, made().model_copy(update={"skill_breakdown": skills}),
            version_id=str(uuid.uuid4()), by="coach@example.org", write_back=True,
        )  # fmt: skip


def bring_up_to_date(database: Database) -> None:
    for _ in range(3):
        with writing(database.engine) as connection:
            refresh(connection)


def found(database: Database, source: str = PLATFORM, target: str | None = None) -> Bridge | None:
    with reading(database.engine) as db:
        return cohort.load(db).bridges.find("communication", source, target or model_judge())


def view(database: Database, user_id: int = 1) -> CandidateView:
    with reading(database.engine) as db:
        shown = view_candidate(TRUSTED, user_id, dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET), db)
    assert shown is not None
    return shown


def scored_by_platform(database: Database, count: int = len(OLD)) -> None:
    """Two people: the second's interviews are there to be scored by both judges."""
    rows = [interview(100 + place, 2, feedback=feedback(score)) for place, score in enumerate(OLD[:count])]
    rows += [interview(number, 1, feedback=feedback(0.50 + number / 100)) for number in range(1, 11)]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)
    bring_up_to_date(database)


def test_a_bridge_is_measured_on_what_both_scored_and_then_moves_scores(database: Database) -> None:
    scored_by_platform(database)
    # The last four of the first person are scored again: that person's older ones are another judge's now.
    score_with_model(database, dict.fromkeys(range(7, 11), 0.7))
    bring_up_to_date(database)
    before = view(database)
    trend = before.trends["communication"]
    assert (trend.judge, trend.scored, trend.moved, trend.left_out) == (model_judge(), 4, 0, 6)
    assert before.left_out == [1, 2, 3, 4, 5, 6]
    assert trend.sentence.endswith("6 scores by another judge are left out.")
    assert trend.average == pytest.approx(0.70)
    assert found(database) is None

    score_with_model(database, {100 + place: score for place, score in enumerate(NEW)})
    bring_up_to_date(database)
    pairs = [(old, new) for old, new in zip(OLD, NEW, strict=True)] + [(0.50 + n / 100, 0.70) for n in range(7, 11)]
    expected = measure(*zip(*pairs, strict=True))
    bridge = found(database)
    assert expected is not None
    assert bridge is not None
    assert bridge.pairs == 16
    assert (bridge.offset, bridge.sd_error) == pytest.approx((expected.offset, expected.sd_error), abs=1e-9)
    back = found(database, model_judge(), PLATFORM)
    assert back is not None
    assert back.offset == -bridge.offset

    after = view(database)
    trend = after.trends["communication"]
    assert (trend.scored, trend.moved, trend.left_out, after.left_out) == (10, 6, 0, [])
    moved = [0.50 + number / 100 + bridge.offset for number in range(1, 7)] + [0.70] * 4
    assert trend.average == pytest.approx(sum(moved) / 10)
    drawn = [record.score for record in after.told if record.skill == "communication"]
    assert drawn == pytest.approx(moved)
    # The roster says the same, although nothing of this person's changed.
    assert_told_alike(database)
    # The newest judge's alone is told beside it, and what was scored stays as it was.
    assert after.newest["communication"].scored == 4
    assert [record.score for record in after.history if record.skill == "communication"][:2] == [0.51, 0.52]


def assert_told_alike(database: Database) -> None:
    """Look whether the roster says of the first person what their page says."""
    trend = view(database).trends["communication"]
    with reading(database.engine) as db:
        row = db.execute(sa.select(candidate_summaries).where(candidate_summaries.c.user_id == 1)).one()
        assert db.execute(sa.select(stale_candidates)).all() == []
    assert row.communication == pytest.approx(trend.average, abs=ROUNDED)
    assert row.communication_current == pytest.approx(trend.current, abs=ROUNDED)
    assert row.communication_p == pytest.approx(trend.p, abs=ROUNDED)


def both_scored(database: Database) -> Bridge:
    """Have the model score what makes a bridge, and the latest of the first person; the bridge."""
    scored_by_platform(database)
    score_with_model(
        database, dict.fromkeys(range(7, 11), 0.7) | {100 + place: score for place, score in enumerate(NEW)}
    )
    bring_up_to_date(database)
    bridge = found(database)
    assert bridge is not None
    return bridge


@pytest.mark.parametrize("by_housekeeping", [False, True])
def test_a_bridge_that_has_moved_is_told_by_the_roster_as_well(database: Database, by_housekeeping: bool) -> None:
    before = both_scored(database)
    score_with_model(database, {100 + place: score + 0.15 for place, score in enumerate(NEW)})
    if by_housekeeping:
        # As in a large cohort, which no reader of the roster learns again.
        with writing(database.engine) as connection:
            bridges.note_changes(connection, [2])
        learn_again(database.engine)
    bring_up_to_date(database)
    after = found(database)
    assert after is not None
    assert after.offset == pytest.approx(before.offset + 0.15 * 12 / 16)
    assert_told_alike(database)


def test_small_moves_of_a_bridge_add_up_to_one_and_roster_and_page_agree_meanwhile(database: Database) -> None:
    bridge: Bridge | None = both_scored(database)
    seen: list[Bridge | None] = []
    for place, score in enumerate(NEW[:6]):
        score_with_model(database, {100 + place: score + 0.02})
        bring_up_to_date(database)
        assert_told_alike(database)
        seen.append(found(database))
    # A pair that moves by .02 moves the mean of sixteen by .00125, so the fourth makes it a move.
    assert seen == [bridge] * 3 + [seen[3]] * 3
    assert seen[3] is not None
    assert bridge is not None
    assert seen[3].offset == pytest.approx(bridge.offset + 0.02 * 4 / 16)
    # Measured again without a move it has nobody summarised.
    with writing(database.engine) as connection:
        bridges.learn(connection)
        assert connection.execute(sa.select(stale_candidates)).all() == []


def test_scores_in_whole_levels_that_differ_alike_are_no_certain_offset(database: Database) -> None:
    rows = [interview(100 + place, 2, feedback=feedback(0.25 * (place % 3))) for place in range(12)]
    add(database.platform_engine, people=[person(2)], rows=rows)
    bring_up_to_date(database)
    score_with_model(database, {100 + place: 0.25 * (place % 3) + 0.25 for place in range(12)})
    bring_up_to_date(database)
    bridge = found(database)
    old = [0.25 * (place % 3) for place in range(12)]
    expected = measure(old, [score + 0.25 for score in old])
    assert bridge is not None
    assert expected is not None
    assert (bridge.offset, bridge.sd_error) == pytest.approx((expected.offset, expected.sd_error), abs=1e-9)
    assert bridge.sd_error == pytest.approx(0.25 / (8 * 12) ** 0.5)


def test_nine_interviews_are_no_bridge_and_the_latest_score_of_each_counts(database: Database) -> None:
    scored_by_platform(database)
    score_with_model(database, {100 + place: 0.99 for place in range(9)})
    score_with_model(database, {100 + place: NEW[place] for place in range(9)})
    bring_up_to_date(database)
    assert found(database) is None
    score_with_model(database, {109: NEW[9]})
    bring_up_to_date(database)
    bridge = found(database)
    assert bridge is not None
    assert bridge.pairs == 10
    assert bridge.offset == pytest.approx(sum(STEPS[:10]) / 10)
    # Other skills that both scored have a bridge of their own, and none leads to a judge nobody knows.
    assert found(database, "model:unknown") is None


def test_a_bridge_is_measured_by_the_housekeeping_as_well_and_only_when_it_is_due(database: Database) -> None:
    scored_by_platform(database)
    score_with_model(database, {100 + place: score for place, score in enumerate(NEW)})
    with writing(database.engine) as connection:
        assert bridges.note_changes(connection, [2])
        assert not bridges.note_changes(connection, [1])
    with reading(database.engine) as db:
        assert bridges.is_due(db)
    learn_again(database.engine)
    assert found(database) is not None
    with reading(database.engine) as db:
        assert not bridges.is_due(db)


def scale(given: Iterable[tuple[str, float]], *crossings: SkillBridge) -> list[float | None]:
    return list(on_one_scale("communication", list(given), Bridges(crossings)).scores)


def test_scores_are_told_on_the_scale_of_the_judge_of_the_last_one() -> None:
    across = SkillBridge("communication", "a", "b", Bridge(0.1, 0.02, 10, 9.0))
    assert scale([]) == []
    assert scale([("a", 0.5), ("a", 0.6)], across) == [0.5, 0.6]
    assert scale([("a", 0.5), ("b", 0.6)], across) == pytest.approx([0.6, 0.6])
    assert scale([("b", 0.6), ("a", 0.5)], across) == pytest.approx([0.5, 0.5])
    assert scale([("a", 0.5), ("c", 0.9), ("b", 0.6)], across)[1] is None
    # A bridge of another skill leads nowhere.
    assert scale([("a", 0.5), ("b", 0.6)], across._replace(skill="technical")) == [None, 0.6]
