"""A coach restores, accepts and approves versions; others may not."""

from __future__ import annotations

import pytest

from analytics.access import audit
from analytics.access.viewer import TRUSTED, NotAllowedError
from analytics.breakdown.versions import review
from analytics.breakdown.versions.shown import history, shown_breakdown
from analytics.breakdown.versions.version import Source, VersionError
from analytics.database.sessions import reading
from tests.support import world
from tests.support.breakdowns import generated
from tests.support.databases import Database
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
