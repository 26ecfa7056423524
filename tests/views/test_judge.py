"""How far a judge may be trusted is told per judge and skill, on what the viewer may see and nothing else."""

from __future__ import annotations

import pytest

from analytics.access.blind import has_chosen, mark_blind_rater
from analytics.access.viewer import TRUSTED, NotAllowedError, Viewer
from analytics.agreement.figures import Calibration, agreement
from analytics.agreement.queue import draw
from analytics.database.sessions import reading, writing
from analytics.judges import PLATFORM_JUDGE, JudgeKind
from analytics.settings import Settings
from analytics.skills import SKILL_KEYS
from analytics.views.judge import JudgeView, view_judge
from tests.support.agreement import judge, rated
from tests.support.breakdowns import scored_by
from tests.support.databases import Database
from tests.support.versions import save
from tests.support.world import PEOPLE, World

# The judge is half a level kinder than people are.
KIND = [(level, min((level - 1) / 4 + 0.125, 1.0)) for level in (1, 2, 3, 4, 4, 3, 2, 3) * 5]


def view(database: Database, viewer: Viewer = TRUSTED) -> JudgeView:
    with reading(database.engine) as db:
        return view_judge(viewer, db)


def test_the_platform_is_measured_against_people(database: Database) -> None:
    rated(database, KIND)
    (platform,) = view(database).judges
    assert platform.judge == PLATFORM_JUDGE
    technical = platform.of("technical")
    assert technical.agreement == agreement([(level, 1 + 4 * score) for level, score in KIND])
    assert technical.agreement.standing is Calibration.CALIBRATED
    assert technical.agreement.leniency is not None
    assert technical.agreement.leniency.value == pytest.approx(0.5)
    assert technical.disagreements == ()
    # Of the others nobody said anything, and of a platform nobody knows whether it would say the same twice.
    assert platform.of("communication").agreement.standing is Calibration.CANNOT_TELL
    assert technical.retest.pairs == 0


def test_without_levels_nothing_is_told(world: World) -> None:
    found = view(world.database)
    assert (found.levels, found.judges, found.audits, found.queue) == (0, (), [], [])


def test_disagreements_come_largest_first_and_name_the_interview(database: Database) -> None:
    rated(database, [(1, 1.0), (5, 0.5), (3, 0.5), (2, 0.6)])
    technical = view(database).judges[0].of("technical")
    sizes = [abs(each.pair.judge - each.pair.person) for each in technical.disagreements]
    assert sizes == sorted(sizes, reverse=True) == [4.0, 2.0, pytest.approx(1.4)]
    assert [each.interview.title for each in technical.disagreements] == ["Interview 1", "Interview 2", "Interview 4"]
    # They are few, and are shown all the same; what they say of the judge is not.
    assert technical.agreement.kappa is None


def test_a_coach_is_told_of_their_own_candidates_alone(world: World) -> None:
    judge(world.database, world.viewer("coach"), 101, 2)
    judge(world.database, world.viewer("other coach"), 201, 5)
    found = view(world.database, world.viewer("coach"))
    assert {pair.interview_id for pair in found.judges[0].of("technical").pairs} == {101}
    assert found.levels == 4
    assert PEOPLE["other interviewee"].word not in repr(found)
    assert view(world.database, world.viewer("admin")).levels == 8
    with pytest.raises(NotAllowedError):
        view(world.database, world.viewer("interviewee"))


def test_what_one_still_has_to_rate_blind_is_left_out(world: World) -> None:
    judge(world.database, world.viewer("admin"), 101, 2)
    judge(world.database, world.viewer("coach"), 102, 2)
    with writing(world.database.engine) as db:
        draw(world.viewer("coach"), db, 1)
    with reading(world.database.engine) as db:
        blind = mark_blind_rater(world.viewer("coach"), Settings(), chosen=has_chosen(db, world.viewer("coach").email))
    assert blind.rates_blind
    found = view(world.database, blind)
    assert {pair.interview_id for pair in found.judges[0].of("technical").pairs} == {102}
    assert {pair.interview_id for pair in view(world.database).judges[0].of("technical").pairs} == {101, 102}


def test_each_judge_is_compared_by_itself_and_with_itself(world: World) -> None:
    judge(world.database, world.viewer("coach"), 101, 4)
    for score in (0.5, 0.75):
        made = scored_by("double", **dict.fromkeys(SKILL_KEYS, score))
        assert save(world.database, made, write_back=False) is not None
    found = view(world.database)
    by_kind = {each.judge.kind: each.of("technical") for each in found.judges}
    assert set(by_kind) == {JudgeKind.PLATFORM, JudgeKind.MODEL}
    # The last rating counts; the two together are a test and its repetition.
    assert [pair.judge for pair in by_kind[JudgeKind.MODEL].pairs] == [4.0]
    assert (by_kind[JudgeKind.MODEL].retest.pairs, by_kind[JudgeKind.PLATFORM].retest.pairs) == (1, 0)
    assert by_kind[JudgeKind.PLATFORM].pairs[0].judge == 3.0
    assert all(pair.seen for pair in by_kind[JudgeKind.MODEL].pairs)


def test_interviews_are_drawn_for_whoever_asks_and_for_nobody_else(world: World) -> None:
    coach = world.viewer("coach")
    with writing(world.database.engine) as db:
        assert draw(coach, db, 2) == 2
        assert draw(coach, db) == 1  # only one is left
        with pytest.raises(NotAllowedError):
            draw(world.viewer("interviewee"), db)
    queue = view(world.database, coach).queue
    assert {each.interview_id for each in queue} == set(PEOPLE["interviewee"].interviews)
    assert not any(each.rated for each in queue)
    judge(world.database, coach, queue[0].interview_id, 3)
    after = view(world.database, coach).queue
    assert [each.rated for each in after] == [False, False, True]
    assert after[-1].interview_id == queue[0].interview_id
    assert view(world.database, world.viewer("admin")).queue == []
    with writing(world.database.engine) as db:
        # What was drawn or judged is not drawn again.
        assert draw(coach, db) == 0
