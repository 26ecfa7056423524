"""How people rate themselves: once, before the scores, and never taken for a number where it is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sqlalchemy as sa
from scipy import stats

from analytics.access.viewer import NotAllowedError, Viewer
from analytics.coaching.access import CoachingError, MissingError
from analytics.database.review_tables import self_ratings
from analytics.database.sessions import reading, writing
from analytics.reviews.owner import SettledError
from analytics.reviews.self_ratings import FEWEST_PAIRS, self_views
from analytics.skills import SKILL_KEYS
from analytics.views.candidate import view_candidate
from analytics.views.reviews import rate_own
from tests.support.reviews import seen
from tests.support.world import PEOPLE, World

TARGETS = dict.fromkeys(SKILL_KEYS, 0.8)


def asked(world: World, who: str = "interviewee") -> Viewer:
    """Somebody who is asked to rate themselves, as `SELF_RATING=on` has it."""
    viewer = world.viewer(who)
    return Viewer(viewer.role, viewer.user_id, viewer.member_id, email=viewer.email, rates_self=True)


def rate(world: World, levels: dict[str, int | None], *, who: str = "interviewee", interview: int = 101) -> None:
    with writing(world.database.engine) as db:
        rate_own(asked(world, who), db, interview, levels)


def test_one_rates_oneself_once_and_coaches_see_it(world: World) -> None:
    rate(world, {"technical": 4, "communication": None})
    for who in ("interviewee", "coach", "admin"):
        assert seen(world, who).self_ratings == {**dict.fromkeys(SKILL_KEYS), "technical": 4}
    with pytest.raises(SettledError, match="already rated"):
        rate(world, {"technical": 5})
    assert seen(world, "coach", 102).self_ratings is None
    # Passing over the whole is an answer too.
    rate(world, {}, interview=102)
    assert seen(world, "coach", 102).self_ratings == dict.fromkeys(SKILL_KEYS)


@pytest.mark.parametrize("who", ["coach", "other coach", "admin", "other interviewee"])
def test_nobody_rates_in_somebody_elses_place(world: World, who: str) -> None:
    with pytest.raises((NotAllowedError, MissingError)):
        rate(world, {"technical": 4}, who=who)
    with writing(world.database.engine) as db, pytest.raises(NotAllowedError, match="switched off"):
        rate_own(world.viewer("interviewee"), db, 101, {"technical": 4})
    with reading(world.database.engine) as db:
        assert db.execute(sa.select(self_ratings)).all() == []


def test_what_is_no_level_is_not_kept(world: World) -> None:
    for levels, says in (({"technical": 6}, "from 1 to 5"), ({"juggling": 3}, "no skill")):
        with pytest.raises(CoachingError, match=says):
            rate(world, levels)  # type: ignore[arg-type]
    assert seen(world).self_ratings is None


def test_the_difference_is_that_of_student_over_the_pairs_there_are() -> None:
    levels = [4, 5, 3, 4, 5, 4, 2, None]
    scores = [0.6, 0.8, 0.5, 0.55, 0.9, 0.7, None, 0.4]
    rated = {number: {"technical": level, "communication": None} for number, level in enumerate(levels)}
    told = {(number, "technical"): score for number, score in enumerate(scores) if score is not None}
    (view,) = self_views(rated, told)
    differences = [(level - 1) / 4 - score for level, score in zip(levels, scores, strict=True) if level and score]
    expected = stats.ttest_1samp(differences, 0).confidence_interval()
    assert (view.skill, view.pairs) == ("technical", 6)
    assert view.difference is not None
    assert view.error is not None
    assert math.isclose(view.difference - view.error, expected.low, abs_tol=1e-9)
    assert math.isclose(view.difference + view.error, expected.high, abs_tol=1e-9)
    higher = f"higher by {view.difference:.2f} ± {view.error:.2f} in technical."
    assert view.sentence(own=True) == f"You rate yourself {higher}"
    assert view.sentence(own=False) == f"They rate themselves {higher}"


def test_equal_differences_are_not_certain() -> None:
    rated = {number: {"technical": 4} for number in range(6)}
    (view,) = self_views(rated, {(number, "technical"): 0.5 for number in range(6)})
    assert view.sentence(own=True) == "You rate yourself higher by 0.25 ± 0.08 in technical."
    (view,) = self_views(rated, {(number, "technical"): 0.7 for number in range(6)})
    assert "about as the scores do" in view.sentence(own=True)


@pytest.mark.parametrize("count", [6, 12])
def test_the_interval_holds_the_difference_where_both_are_whole_levels(count: int) -> None:
    """Differences by how people round: mostly equal ones."""
    rng = np.random.default_rng(5)

    def draw(many: int) -> tuple[np.ndarray, np.ndarray]:
        truly = rng.uniform(0.45, 0.75, many)
        own, score = (np.round((truly + more + rng.normal(0, 0.03, many)) * 4) / 4 for more in (0.2, 0.0))
        return own, score

    own, score = draw(200_000)
    true, held, rounds = float((own - score).mean()), 0, 1_000
    for _ in range(rounds):
        own, score = draw(count)
        rated = {number: {"technical": round(1 + 4 * level)} for number, level in enumerate(own.tolist())}
        (view,) = self_views(rated, {(number, "technical"): one for number, one in enumerate(score.tolist())})
        assert view.difference is not None
        assert view.error is not None
        held += abs(view.difference - true) <= view.error
    assert held / rounds >= 0.90


def test_what_cannot_be_told_is_said_so() -> None:
    few = {number: {"technical": 3} for number in range(FEWEST_PAIRS - 1)}
    (view,) = self_views(few, {(number, "technical"): 0.5 for number in range(9)})
    assert (view.difference, view.error) == (None, None)
    assert "cannot tell yet, 5 of 6" in view.sentence(own=True)
    even = {number: {"technical": 3} for number in range(8)}
    (view,) = self_views(even, {(number, "technical"): 0.5 + (0.2 if number % 2 else -0.2) for number in range(8)})
    assert "about as the scores do" in view.sentence(own=True)
    below = {number: {"technical": 3} for number in range(8)}
    (view,) = self_views(below, {(number, "technical"): 0.56 + (0.2 if number % 2 else -0.2) for number in range(8)})
    assert "(difference −0.06 ± " in view.sentence(own=False)
    # Who never rated a skill is told nothing of it.
    assert self_views({1: dict.fromkeys(SKILL_KEYS)}, {(1, "technical"): 0.5}) == ()
    assert self_views({}, {}) == ()


def test_the_candidates_page_is_told_over_the_scores_that_are_shown(world: World) -> None:
    for interview in PEOPLE["interviewee"].interviews:
        rate(world, {"technical": 5}, interview=interview)
    with reading(world.database.engine) as db:
        for who in ("interviewee", "coach"):
            view = view_candidate(world.viewer(who), 11, TARGETS, db)
            assert view is not None
            assert [(one.skill, one.pairs) for one in view.self_views] == [("technical", 3)]
        assert view_candidate(world.viewer("other coach"), 11, TARGETS, db) is None
