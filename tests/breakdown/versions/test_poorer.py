"""A breakdown that says less than what is shown never replaces it by itself."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.viewer import NotAllowedError
from analytics.breakdown import FeedbackGenerator, Outcome
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.versions import review
from analytics.breakdown.versions.version import FEWER_CLAIMS, FEWER_SCORES, NO_SCORES, Source, VersionError
from analytics.interviewlab.feedback import Reason, State
from analytics.skills import SKILL_KEYS, SKILLS
from tests.support import world
from tests.support.breakdowns import generated, offline
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, Double, honest, message, points, submission
from tests.support.versions import INTERVIEW, platform_row, platform_writes, save, scores, shown, versions_of

FAILED = {
    "overall_score": 0.5,
    "communication_score": 0.5,
    "technical_score": 0.5,
    "problem_solving_score": 0.5,
    "weaknesses": ["Unable to generate detailed feedback"],
}


def without_recommendations(call: Any) -> object:
    said = honest(call)
    if call.answer == "points":
        said["recommendations"] = []
    return said


@pytest.mark.parametrize("write_back", [True, False])
@pytest.mark.parametrize(
    ("poorer", "flag", "why"),
    [
        (offline, NO_SCORES, "it has no scores"),
        (lambda: generated(without_recommendations, level=5), FEWER_CLAIMS, "fewer weaknesses and recommendations"),
    ],
    ids=["without scores", "with fewer claims"],
)
def test_what_says_less_is_a_draft_until_it_is_used(
    database: Database, people: world.World, write_back: bool, poorer: Any, flag: str, why: str
) -> None:
    row, stored, version_id = platform_row(database), scores(database), str(uuid.uuid4())
    made = poorer()
    draft = save(database, made, write_back=write_back, version_id=version_id)
    assert draft is not None
    assert (draft.number, draft.shown) == (2, False)
    assert why in draft.poorer
    # Nothing moves, here or at the platform.
    assert platform_row(database) == row
    assert scores(database) == stored
    found = shown(database)
    assert (found.version, found.overwritten) == (None, None)
    assert found.feedback.skills["technical"].weaknesses == ("weaknesses about marzipan",)
    assert found.draft is not None
    assert found.draft.id == version_id
    assert flag in found.draft.origin.flags
    # A commit whose answer was lost says the same once more.
    assert save(database, made, write_back=write_back, version_id=version_id) == draft

    review.accept(people.viewer("coach"), database.engine, INTERVIEW, 2, write_back=write_back)
    found = shown(database)
    assert found.version is not None
    assert (found.version.id, found.draft) == (version_id, None)
    assert found.feedback.skills["technical"].weaknesses != ("weaknesses about marzipan",)
    assert (platform_row(database) != row) == write_back
    assert scores(database)["technical"] == ("scored", stored["technical"][1] if flag == NO_SCORES else 1.0)
    # The platform's own was kept once, and comes back as it was.
    assert [version.source for version in versions_of(database)].count(Source.PLATFORM) == 1
    review.restore(people.viewer("coach"), database.engine, INTERVIEW, 1, write_back=write_back)
    assert platform_row(database) == row
    assert scores(database) == stored


def test_what_says_as_much_replaces_at_once_and_with_it_the_draft(database: Database, people: world.World) -> None:
    save(database, offline())
    saved = save(database, generated(level=5))
    assert saved is not None
    assert (saved.number, saved.shown, saved.poorer) == (3, True, "")
    found = shown(database)
    assert found.version is not None
    assert (found.version.number, found.draft) == (3, None)
    assert platform_row(database)["technical_score"] == 1.0
    # The next is held against what is shown by now, not against what the platform had.
    less = save(database, generated(without_recommendations))
    assert less is not None
    assert (less.number, less.shown) == (4, False)
    assert scores(database)["technical"] == ("scored", 1.0)


def without_skills(**values: Any) -> dict[str, Any]:
    """Feedback of the platform as it stored it before it knew skills: points in lists over all of them."""
    scores = {f"{key}_score": 0.6 for key in ("overall", *SKILL_KEYS)}
    return {**scores, "code_submissions_count": 1, "summary": "Fine.", "weaknesses": [], "recommendations": []} | values


def test_points_over_all_skills_are_not_replaced_by_none(database: Database, people: world.World) -> None:
    def praise(call: Any) -> object:
        said = honest(call)
        return said | {"weaknesses": [], "recommendations": []} if call.answer == "points" else said

    row = without_skills(weaknesses=["No figure for the cache."], recommendations=["Bring numbers."])
    platform_writes(database, row)
    draft = save(database, generated(praise))
    assert draft is not None
    assert (draft.shown, draft.poorer) == (False, "it has fewer weaknesses and recommendations than what is shown")
    assert platform_row(database) == row
    # Nor when they are shown again: a repetition of them says as much.
    save(database, generated())
    review.restore(people.viewer("coach"), database.engine, INTERVIEW, 1, write_back=True)
    again = save(database, generated(praise))
    assert again is not None
    assert not again.shown
    assert platform_row(database) == row


def test_no_score_is_replaced_by_none(database: Database, people: world.World) -> None:
    row = without_skills(code_quality_score=0.7)
    platform_writes(database, row)
    stored = scores(database)
    few = [
        message("assistant", "Please solve this."),
        message("user", "I loop once and add the prices. That is linear."),
        submission(),
    ]
    made = FeedbackGenerator(SETTINGS, client=Double(honest)).generate_feedback(few)
    assert made.skill_breakdown["technical"].reason is Outcome.TOO_FEW_WORDS
    draft = save(database, made)
    assert draft is not None
    assert (draft.shown, draft.poorer) == (False, "it has no score for a skill that has one")
    assert FEWER_SCORES in versions_of(database)[0].origin.flags
    assert platform_row(database) == row
    assert scores(database) == stored
    # What has no score anyway may say so.
    platform_writes(database, row | dict.fromkeys(("communication_score", "technical_score", "problem_solving_score")))
    saved = save(database, made)
    assert saved is not None
    assert saved.shown


def test_a_skill_without_claims_and_rating_keeps_its_score(database: Database, people: world.World) -> None:
    def forgetful(call: Any) -> object:
        if call.answer == "rating":
            return {"levels": [{"skill": skill.key, "level": 4} for skill in SKILLS if skill.key != "technical"]}
        if call.answer == "points" and 'skill "Technical"' in call.prompt:
            return points()
        return honest(call)

    made = generated(forgetful).skill_breakdown["technical"]
    assert (made.state, made.reason) == (State.FAILED, Outcome.BAD_ANSWER)
    save(database, generated(level=5))
    saved = save(database, generated(forgetful))
    assert saved is not None
    assert saved.shown
    assert scores(database)["technical"] == ("scored", 1.0)
    assert scores(database)["communication"] == ("scored", 0.75)
    assert platform_row(database)["technical_score"] == 1.0
    assert versions_of(database)[0].origin.flags == ("kept:technical",)


def test_anything_replaces_nothing(database: Database, people: world.World) -> None:
    platform_writes(database, sa.null())
    saved = save(database, offline())
    assert saved is not None
    assert (saved.number, saved.shown, saved.poorer) == (1, True, "")
    assert platform_row(database)["weaknesses"] is not None


def test_a_failure_stays_one_until_it_is_scored(database: Database, people: world.World) -> None:
    platform_writes(database, FAILED)
    failed = scores(database)
    assert failed["technical"] == ("failed", None)
    draft = save(database, offline())
    assert draft is not None
    assert (draft.shown, draft.poorer) == (False, "it has no scores")
    assert scores(database) == failed
    assert platform_row(database) == FAILED
    saved = save(database, generated(level=5))
    assert saved is not None
    assert saved.shown
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 1.0))


@pytest.mark.parametrize("write_back", [True, False])
def test_a_failure_stays_one_where_a_run_scores_other_skills(
    database: Database, people: world.World, write_back: bool
) -> None:
    def half(call: Any) -> object:
        return Reply(outcome=Outcome.TIMED_OUT) if 'skill "Technical"' in call.prompt else honest(call)

    platform_writes(database, FAILED)
    failed = scores(database)
    draft = save(database, generated(half), write_back=write_back)
    assert draft is not None
    assert (draft.shown, draft.poorer) == (False, "a skill whose scoring had failed has failed again")
    assert scores(database) == failed
    assert shown(database).feedback.skills["technical"].reason is Reason.PLATFORM_FAILED
    assert platform_row(database) == FAILED


def test_a_draft_beside_an_approved_version_leaves_the_approval(database: Database, people: world.World) -> None:
    save(database, generated(level=5))
    review.approve(people.viewer("coach"), database.engine, INTERVIEW, 2)
    draft = save(database, generated(without_recommendations))
    assert draft is not None
    assert not draft.shown
    assert "fewer" in draft.poorer
    assert shown(database).approved_by == "coach@example.org"


@pytest.mark.parametrize("who", ["other coach", "interviewee"])
def test_others_cannot_use_a_draft(database: Database, people: world.World, who: str) -> None:
    row = platform_row(database)
    save(database, offline())
    with pytest.raises((VersionError, NotAllowedError)):
        review.accept(people.viewer(who), database.engine, INTERVIEW, 2, write_back=True)
    assert platform_row(database) == row
