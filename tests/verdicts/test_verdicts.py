"""Verdicts: who may give one, which counts, what is kept, and what an interviewee is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from analytics.access import personal_data
from analytics.access.orphans import remove_all
from analytics.access.viewer import NotAllowedError, Role, Viewer
from analytics.coaching.access import CoachingError
from analytics.columns import now
from analytics.database.schema import audit
from analytics.database.sessions import reading, writing
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import interviews
from analytics.queries.candidates import SkillRecord, skill_history
from analytics.queries.interviews import compared_records
from analytics.verdicts.verdicts import SkillVerdicts, give_verdict, verdicts_of, withdraw_verdict
from tests.support.world import PEOPLE, World

THEIRS = 101
SCORE = 0.5


def give(world: World, who: str, level: int | None, reason: str = "Named the limits", **more: object) -> None:
    with writing(world.database.engine) as db:
        give_verdict(world.viewer(who), db, THEIRS, "technical", level, reason=reason, **more)  # type: ignore[arg-type]


def withdraw(world: World, who: str) -> None:
    with writing(world.database.engine) as db:
        withdraw_verdict(world.viewer(who), db, THEIRS, "technical")


def told(world: World, who: str) -> SkillVerdicts:
    with reading(world.database.engine) as db:
        found = verdicts_of(world.viewer(who), db, THEIRS)
    assert found is not None
    return found.by_skill["technical"]


def drawn(world: World, who: str = "interviewee") -> SkillRecord:
    with reading(world.database.engine) as db:
        history = skill_history(world.viewer(who), db, PEOPLE["interviewee"].user_id)
        [compared] = [one for one in compared_records(world.viewer(who), db, [THEIRS]) if one.skill == "technical"]
    [record] = [one for one in history or [] if (one.interview_id, one.skill) == (THEIRS, "technical")]
    assert (record.score, record.verdict, record.shown_score) == (
        compared.score,
        compared.verdict,
        compared.shown_score,
    )
    return record


def test_the_last_verdict_that_stands_is_drawn_and_the_judges_score_stays(world: World) -> None:
    assert (drawn(world).shown_score, drawn(world).has_verdict) == (SCORE, False)
    give(world, "coach", 2)
    give(world, "admin", 5)
    assert (drawn(world).score, drawn(world).verdict, drawn(world).shown_score) == (SCORE, 1.0, 1.0)
    give(world, "coach", 4)
    assert drawn(world).shown_score == 0.75
    withdraw(world, "coach")
    # What the coach said first does not come back; the admin's stands.
    assert drawn(world).shown_score == 1.0
    withdraw(world, "admin")
    assert (drawn(world).shown_score, drawn(world).has_verdict) == (SCORE, False)
    assert [one.withdrawn for one in told(world, "coach").history] == [True, True, False, False, False]


def test_not_assessed_is_drawn_as_a_gap_and_never_as_a_number(world: World) -> None:
    give(world, "coach", None, "Nothing technical was asked")
    assert (drawn(world).score, drawn(world).verdict, drawn(world).shown_score) == (SCORE, None, None)
    assert told(world, "interviewee").mean is None


def test_what_a_coach_judged_where_nothing_is_scored_is_drawn(world: World) -> None:
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == THEIRS).values(feedback=None))
    give(world, "coach", 4)
    assert (drawn(world).score, drawn(world).state, drawn(world).shown_score) == (None, "pending", 0.75)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("interviewee", NotAllowedError),
        ("other interviewee", CoachingError),
        ("other coach", CoachingError),
        ("unassigned", CoachingError),
    ],
)
def test_only_a_coach_of_the_candidate_and_admins_judge(world: World, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        give(world, who, 3)
    give(world, "coach", 3)
    with pytest.raises(error):
        withdraw(world, who)
    assert told(world, "coach").counts is not None


def test_nobody_judges_themselves(world: World) -> None:
    them = PEOPLE["interviewee"]
    for themselves in (Viewer(Role.ADMIN, them.user_id), Viewer(Role.ADMIN, email=them.email.upper())):
        with writing(world.database.engine) as db, pytest.raises(NotAllowedError):
            give_verdict(themselves, db, THEIRS, "technical", 5, reason="I was good")
    assert told(world, "coach").history == ()


@pytest.mark.parametrize(
    ("level", "reason", "sentences", "sentence"),
    [
        (0, "Weak", (), "from 1 to 5"),
        (6, "Strong", (), "from 1 to 5"),
        (3, " \n ", (), "reason"),
        (3, "x" * 301, (), "too long"),
        (3, "Fine", ("S999",), "no sentence S999"),
        (3, "Fine", tuple(f"S{number}" for number in range(1, 12)), "at most 10"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(
    world: World, level: int, reason: str, sentences: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CoachingError, match=sentence):
        give(world, "coach", level, reason, sentences=sentences)
    assert told(world, "coach").history == ()


def test_a_verdict_of_nobody_is_not_withdrawn(world: World) -> None:
    give(world, "admin", 3)
    with pytest.raises(CoachingError, match="no verdict"):
        withdraw(world, "coach")
    withdraw(world, "admin")
    with pytest.raises(CoachingError, match="no verdict"):
        withdraw(world, "admin")


def test_an_interview_that_goes_on_is_not_judged(world: World) -> None:
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == THEIRS).values(status="in_progress"))
    with pytest.raises(CoachingError, match="not completed"):
        give(world, "coach", 3)


def test_an_interviewee_reads_reasons_a_mean_of_several_and_no_names(world: World) -> None:
    give(world, "coach", 2, "Guessed\nat limits", sentences=("s1",))
    [alone] = told(world, "interviewee").history
    assert (alone.given_by, alone.reason, alone.sentences) == (None, "Guessed at limits", ("S1",))
    give(world, "admin", 5, "Knew them")
    both = told(world, "interviewee")
    assert (both.mean, [one.reason for one in both.history]) == (3.5, ["Knew them", "Guessed at limits"])
    assert [one.given_by for one in both.history] == [None, None]
    assert told(world, "coach").history[0].given_by == PEOPLE["admin"].email
    give(world, "admin", 4, "Knew most")
    assert "Knew them" not in [one.reason for one in told(world, "interviewee").history]


def test_the_trail_names_who_judged_and_not_why(world: World) -> None:
    give(world, "coach", 2, "A reason for nobody else")
    withdraw(world, "coach")
    with reading(world.database.engine) as db:
        rows = (
            db.execute(sa.select(audit).where(audit.c.action.like("%_verdict")).order_by(audit.c.id)).mappings().all()
        )
    assert [(row["actor"], row["action"]) for row in rows] == [
        (PEOPLE["coach"].email, "give_verdict"),
        (PEOPLE["coach"].email, "withdraw_verdict"),
    ]
    assert all("A reason" not in row["detail"] for row in rows)


def test_verdicts_are_exported_forgotten_and_gone_with_their_interview(world: World) -> None:
    engine, them = world.database.engine, PEOPLE["interviewee"].user_id
    give(world, "coach", 2)
    [exported] = personal_data.export_person(engine, them)["ours"]["verdicts"]
    assert (exported["level"], exported["reason"], exported["given_by"]) == (2, "Named the limits", "somebody else")
    personal_data.forget(engine, PEOPLE["coach"].user_id)
    [kept] = told(world, "admin").history
    assert (kept.given_by, kept.level) == ("Former coach 1", 2)
    personal_data.forget(engine, them)
    with writing(engine) as db:
        assert db.execute(sa.select(sa.func.count()).select_from(verdicts)).scalar_one() == 0
    give(world, "admin", 3)
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.delete(interviews).where(interviews.c.id == THEIRS))
    with writing(engine) as db:
        remove_all(db)
        assert db.execute(sa.select(sa.func.count()).select_from(verdicts)).scalar_one() == 0


def test_former_coaches_stay_two_people_and_nobody_is_named(world: World) -> None:
    for who, level in (("coach", 2), ("admin", 5)):
        give(world, who, level)
    for who in ("coach", "admin"):
        personal_data.forget(world.database.engine, PEOPLE[who].user_id)
    found = told(world, "admin")
    assert [(one.given_by, one.stands) for one in found.history] == [("Former coach 2", True), ("Former coach 1", True)]
    assert found.mean == 3.5
    with reading(world.database.engine) as db:
        trail = db.execute(sa.select(audit.c.actor).where(audit.c.action == "give_verdict").order_by(audit.c.id))
        assert list(trail.scalars()) == ["Former coach 1", "Former coach 2"]


def test_what_no_longer_stands_expires_and_what_stands_never_does(world: World) -> None:
    for level in (2, 4):
        give(world, "coach", level)
    give(world, "admin", 5)
    withdraw(world, "admin")
    engine, before = world.database.engine, drawn(world)
    personal_data.expire(engine, 30, at=now() + timedelta(days=29))
    assert len(told(world, "coach").history) == 4
    personal_data.expire(engine, 30, at=now() + timedelta(days=31))
    assert [(one.level, one.stands) for one in told(world, "coach").history] == [(4, True)]
    assert drawn(world) == before
    with reading(engine) as db:
        detail = db.execute(sa.select(audit.c.detail).where(audit.c.action == "retention")).scalar_one()
    assert '"verdicts": 3' in detail


def test_a_verdict_on_whoever_had_the_id_before_counts_for_nobody(world: World) -> None:
    give(world, "coach", 5)
    with world.database.platform_engine.begin() as connection:
        newer = (
            sa.func.datetime("now", "+1 day")
            if world.database.engine.dialect.name == "sqlite"
            else sa.text("now() + interval '1 day'")
        )
        connection.execute(sa.update(interviews).where(interviews.c.id == THEIRS).values(created_at=newer))
    assert (drawn(world).shown_score, drawn(world).has_verdict) == (SCORE, False)
    assert told(world, "coach").history == ()
