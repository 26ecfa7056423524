"""A coach restores, accepts and approves versions; others may not."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.access import audit
from analytics.access.viewer import TRUSTED, NotAllowedError
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.versions import review
from analytics.breakdown.versions.shown import history, shown_breakdown
from analytics.breakdown.versions.version import Source, VersionError, read_version
from analytics.database.sessions import reading
from analytics.scores.version_scores import BY_PLATFORM
from analytics.skills import SKILL_KEYS
from tests.support import world
from tests.support.breakdowns import generated, offline
from tests.support.databases import Database
from tests.support.doubles import honest
from tests.support.versions import INTERVIEW, platform_row, platform_writes, save, scores, shown, versions_of


def test_restoring_repeats_a_version_and_appends(database: Database, people: world.World) -> None:
    before = platform_row(database)
    save(database, generated(level=5))
    save(database, generated(level=1))
    saved = review.restore(people.viewer("coach"), database.engine, INTERVIEW, 2, write_back=True)
    found = shown(database)
    assert saved.number == 4
    assert found.version is not None
    assert (found.version.source, found.version.origin.restored) == (Source.RESTORED, 2)
    assert found.version.origin.model == "double"
    assert scores(database)["technical"] == ("scored", 1.0)
    review.restore(people.viewer("coach"), database.engine, INTERVIEW, 1, write_back=True)
    assert platform_row(database) == before
    found = shown(database)
    assert found.version is not None
    assert found.version.origin.is_platform
    assert [version.number for version in versions_of(database)] == [5, 4, 3, 2, 1]
    with pytest.raises(VersionError, match="no version 9"):
        review.restore(people.viewer("coach"), database.engine, INTERVIEW, 9, write_back=True)


def test_an_approved_version_stays_until_a_newer_one_is_accepted(database: Database, people: world.World) -> None:
    coach = people.viewer("coach")
    save(database, generated(level=5))
    review.approve(coach, database.engine, INTERVIEW, 2)
    saved = save(database, generated(level=1))
    assert saved is not None
    assert not saved.shown
    found = shown(database)
    assert found.version is not None
    assert (found.version.number, found.approved_by) == (2, "coach@example.org")
    assert found.draft is not None
    assert found.draft.number == 3
    assert scores(database)["technical"] == ("scored", 1.0)

    review.accept(coach, database.engine, INTERVIEW, 3, write_back=True)
    found = shown(database)
    assert found.version is not None
    assert (found.version.number, found.approved_by, found.draft) == (3, None, None)
    assert scores(database)["technical"] == ("scored", 0.0)
    with pytest.raises(VersionError, match="older than the one that is shown"):
        review.accept(coach, database.engine, INTERVIEW, 2, write_back=True)


def test_only_what_is_shown_can_be_approved(database: Database, people: world.World) -> None:
    coach = people.viewer("coach")
    save(database, generated())
    save(database, generated())
    with pytest.raises(VersionError, match="Something else is shown"):
        review.approve(coach, database.engine, INTERVIEW, 2)
    platform_writes(database, world.feedback(0.3, "anise"))
    with pytest.raises(VersionError, match="Something else is shown"):
        review.approve(coach, database.engine, INTERVIEW, 3)
    assert shown(database).approved_by is None


def test_an_approval_can_be_withdrawn(database: Database, people: world.World) -> None:
    save(database, generated(level=5))
    review.approve(people.viewer("coach"), database.engine, INTERVIEW, 2)
    review.approve(people.viewer("admin"), database.engine, INTERVIEW, 2, approved=False)
    saved = save(database, generated(level=1))
    assert saved is not None
    assert saved.shown
    with reading(database.engine) as db:
        actions = [row.action for row in audit.trail(TRUSTED, db) if row.interview_id == INTERVIEW]
    assert actions == [
        "generate breakdown",
        "withdraw approval of breakdown",
        "approve breakdown",
        "generate breakdown",
    ]


def test_an_approval_ends_with_the_version_that_the_platform_replaced(database: Database, people: world.World) -> None:
    save(database, generated(level=5))
    review.approve(people.viewer("coach"), database.engine, INTERVIEW, 2)
    platform_writes(database, world.feedback(0.3, "anise"))
    saved = save(database, generated(level=1))
    assert saved is not None
    # The platform's own is kept as version 3.
    assert (saved.number, saved.shown) == (4, True)
    assert scores(database)["technical"] == ("scored", 0.0)
    found = shown(database)
    assert found.version is not None
    assert (found.version.number, found.approved_by, found.draft) == (4, None, None)


@pytest.mark.parametrize("write_back", [True, False])
def test_a_draft_takes_the_scores_that_the_platform_stored_since(
    database: Database, people: world.World, write_back: bool
) -> None:
    coach = people.viewer("coach")
    draft = save(database, offline(), write_back=write_back)
    assert draft is not None
    platform_writes(database, world.feedback(0.9, "anise"))
    used = review.accept(coach, database.engine, INTERVIEW, draft.number, write_back=write_back)
    assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 0.9))
    found = shown(database)
    assert found.version is not None
    # A copy of the draft, behind what the platform stored meanwhile; the draft stays as it was.
    assert (used.number, found.version.number, found.version.origin.restored) == (4, 4, 2)
    assert found.version.source is Source.OFFLINE
    assert found.breakdown is not None
    technical = found.breakdown.skill_breakdown["technical"]
    assert technical.score_from == "version 3 (InterviewLab)"
    assert technical.weaknesses == offline().skill_breakdown["technical"].weaknesses
    assert found.judged["technical"] == BY_PLATFORM
    assert read_version(versions_of(database)[2]).skill_breakdown["technical"].score == 0.5
    if write_back:
        assert platform_row(database)["technical_score"] == 0.9
    # Pressed twice, it is used once.
    assert review.accept(coach, database.engine, INTERVIEW, draft.number, write_back=write_back) == used
    assert len(versions_of(database)) == 4
    # The draft as it was, which the copy of it is not.
    for _ in range(2):
        restored = review.restore(coach, database.engine, INTERVIEW, draft.number, write_back=write_back)
        assert restored.number == 5
        assert scores(database) == dict.fromkeys(SKILL_KEYS, ("scored", 0.5))


def test_a_draft_keeps_a_failed_skill_as_it_is_by_now(database: Database, people: world.World) -> None:
    def half(call: Any) -> object:
        return Reply(outcome=Outcome.REFUSED) if 'skill "Technical"' in call.prompt else honest(call)

    save(database, generated(level=5))
    review.approve(people.viewer("coach"), database.engine, INTERVIEW, 2)
    save(database, generated(half))
    platform_writes(database, world.feedback(0.9, "anise"))
    review.accept(people.viewer("coach"), database.engine, INTERVIEW, 3, write_back=True)
    assert scores(database)["technical"] == ("scored", 0.9)
    assert scores(database)["communication"] == ("scored", 0.5)
    assert platform_row(database)["skill_breakdown"]["technical"]["weaknesses"] == ["weaknesses about anise"]
    found = shown(database)
    assert found.breakdown is not None
    assert found.breakdown.skill_breakdown["technical"].reason is Outcome.REFUSED


@pytest.mark.parametrize("who", ["other coach", "interviewee", "other interviewee"])
def test_others_change_nothing(database: Database, people: world.World, who: str) -> None:
    save(database, generated(level=5))
    viewer = people.viewer(who)
    for change in (
        lambda: review.restore(viewer, database.engine, INTERVIEW, 1, write_back=True),
        lambda: review.accept(viewer, database.engine, INTERVIEW, 2, write_back=True),
        lambda: review.approve(viewer, database.engine, INTERVIEW, 2),
    ):
        with pytest.raises((VersionError, NotAllowedError)):
            change()
    assert [version.number for version in versions_of(database)] == [2, 1]
    with reading(database.engine) as db:
        seen = history(viewer, db, INTERVIEW)
        assert (shown_breakdown(viewer, db, INTERVIEW) is not None) == bool(seen) == (who == "interviewee")
