"""Roles, assignments and the record of who changed them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from analytics.access import audit, members, sign_in
from analytics.access.members import ChangeError
from analytics.access.sign_in import SignIn
from analytics.access.viewer import TRUSTED, NotAllowedError, Role, Viewer
from analytics.columns import now
from analytics.database.schema import audit as trail
from analytics.database.schema import coach_candidates
from analytics.database.schema import members as table
from analytics.database.sessions import Connection, Session, reading, writing
from analytics.queries import candidates as queries_candidates
from analytics.roster import page
from analytics.settings import Settings
from tests.support.world import ISSUER, PEOPLE, World

SETTINGS = Settings()
CANDIDATE = PEOPLE["interviewee"].user_id


def counts(db: Session | Connection) -> tuple[int, int, int]:
    first, second, third = (
        db.execute(sa.select(sa.func.count()).select_from(of)).scalar_one() for of in (table, coach_candidates, trail)
    )
    return first, second, third


def changes(world: World) -> dict[str, Callable[[Viewer, Connection], object]]:
    coach = world.member_ids["coach"]
    return {
        "set_role": lambda viewer, db: members.set_role(viewer, db, "new@example.org", Role.ADMIN, SETTINGS),
        "assign": lambda viewer, db: members.assign(viewer, db, coach, [PEOPLE["unassigned"].user_id]),
        "unassign": lambda viewer, db: members.unassign(viewer, db, coach, [CANDIDATE]),
        "end_sessions": lambda viewer, db: members.end_sessions(viewer, db, PEOPLE["coach"].email),
    }


READS: dict[str, Callable[[Viewer, Session], object]] = {
    "listed": members.list_members,
    "coached": lambda viewer, db: members.candidates_of(viewer, db, 1),
    "coaches_of": lambda viewer, db: members.coaches_of(viewer, db, CANDIDATE),
    "trail": audit.trail,
}


@pytest.mark.parametrize("who", ["interviewee", "coach"])
def test_only_admins_read_and_change(world: World, who: str) -> None:
    with reading(world.database.engine) as db:
        sign_in.viewer_of(world.database.engine, SignIn(ISSUER, "coach", PEOPLE["coach"].email, True, now()), SETTINGS)
        before = counts(db)
        for ask in (*changes(world).values(), *READS.values()):
            with pytest.raises(NotAllowedError):
                ask(world.viewer(who), db)
            db.rollback()
        assert counts(db) == before


@pytest.mark.parametrize("name", ["set_role", "assign", "unassign", "end_sessions"])
def test_every_change_is_one_transaction_with_one_row_of_the_trail(world: World, name: str) -> None:
    admin = world.viewer("admin")
    change = changes(world)[name]
    sign_in.viewer_of(world.database.engine, SignIn(ISSUER, "coach", PEOPLE["coach"].email, True, now()), SETTINGS)
    with writing(world.database.engine) as db:
        rows = len(audit.trail(admin, db))
        change(admin, db)
    with reading(world.database.engine) as db:
        latest, *earlier = audit.trail(admin, db)
    assert len(earlier) == rows
    assert latest.actor == PEOPLE["admin"].email
    assert latest.action == {"set_role": "role"}.get(name, name)
    assert latest.detail


@pytest.mark.parametrize("name", ["set_role", "assign", "unassign", "end_sessions"])
def test_without_its_row_of_the_trail_nothing_is_changed(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("the trail cannot be written")

    with reading(world.database.engine) as db:
        sign_in.viewer_of(world.database.engine, SignIn(ISSUER, "coach", PEOPLE["coach"].email, True, now()), SETTINGS)
        before = counts(db)
    monkeypatch.setattr(members, "record", fail)
    with pytest.raises(RuntimeError), writing(world.database.engine) as db:
        changes(world)[name](world.viewer("admin"), db)
    with reading(world.database.engine) as db:
        assert counts(db) == before
        assert [member.role for member in members.list_members(TRUSTED, db)].count("admin") == 1


def test_assignments_count_at_once_and_twice_is_once(world: World) -> None:
    coach, candidates = world.viewer("coach"), [PEOPLE[who].user_id for who in ("unassigned", "other interviewee")]
    with writing(world.database.engine) as db:
        assert [row.user_id for row in page.page(coach, db).rows] == [CANDIDATE]
        assert members.assign(TRUSTED, db, world.member_ids["coach"], [*candidates, CANDIDATE, CANDIDATE]) == 2
        assert members.assign(TRUSTED, db, world.member_ids["coach"], candidates) == 0
        assert {row.user_id for row in page.page(coach, db).rows} == {CANDIDATE, *candidates}
        assert members.unassign(TRUSTED, db, world.member_ids["coach"], candidates) == 2
        assert queries_candidates.candidate(coach, db, candidates[0]) is None
        assert [row.user_id for row in page.page(coach, db).rows] == [CANDIDATE]
        # The other coach's candidates are where they were.
        assert [row.user_id for row in page.page(world.viewer("other coach"), db).rows] == [candidates[1]]
        assert [row.action for row in audit.trail(TRUSTED, db)][:2] == ["unassign", "assign"]


def test_who_sees_whom_can_be_looked_up_both_ways(world: World) -> None:
    with reading(world.database.engine) as db:
        assert [row.user_id for row in members.candidates_of(TRUSTED, db, world.member_ids["coach"])] == [CANDIDATE]
        assert [member.email for member in members.coaches_of(TRUSTED, db, CANDIDATE)] == [PEOPLE["coach"].email]
        assert members.coaches_of(TRUSTED, db, PEOPLE["unassigned"].user_id) == []


def test_changes_that_make_no_sense_are_explained_and_change_nothing(world: World) -> None:
    coach, admin = world.member_ids["coach"], world.member_ids["admin"]
    named = Settings(admin_emails=frozenset({"boss@example.org"}))
    wrong: list[tuple[str, Callable[[Connection], object]]] = [
        ("no coach", lambda db: members.assign(TRUSTED, db, admin, [CANDIDATE])),
        ("no coach", lambda db: members.assign(TRUSTED, db, 999, [CANDIDATE])),
        ("does not exist", lambda db: members.assign(TRUSTED, db, coach, [CANDIDATE, 999])),
        ("e-mail", lambda db: members.set_role(TRUSTED, db, "nobody", Role.COACH, SETTINGS)),
        ("e-mail", lambda db: members.set_role(TRUSTED, db, f"{'x' * 250}@example.org", Role.COACH, SETTINGS)),
        ("last admin", lambda db: members.set_role(TRUSTED, db, PEOPLE["admin"].email, Role.COACH, SETTINGS)),
        ("ADMIN_EMAILS", lambda db: members.set_role(TRUSTED, db, "Boss@example.org", Role.COACH, named)),
        ("not signed in", lambda db: members.end_sessions(TRUSTED, db, "stranger@example.org")),
    ]
    with reading(world.database.engine) as db:
        before = counts(db)
    for why, change in wrong:
        with pytest.raises(ChangeError, match=why), writing(world.database.engine) as db:
            change(db)
    with reading(world.database.engine) as db:
        assert counts(db) == before


def test_losing_the_role_loses_the_candidates(world: World) -> None:
    with writing(world.database.engine) as db:
        members.set_role(TRUSTED, db, PEOPLE["coach"].email, Role.INTERVIEWEE, SETTINGS)
        members.set_role(TRUSTED, db, PEOPLE["coach"].email, Role.COACH, SETTINGS)
        again = next(member for member in members.list_members(TRUSTED, db) if member.email == PEOPLE["coach"].email)
        assert again.candidates == 0
        assert page.page(world.viewer("coach"), db).rows == []


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_two_admins_who_take_each_others_role_leave_one(world: World) -> None:
    other = "second@example.org"
    with writing(world.database.engine) as db:
        members.set_role(TRUSTED, db, other, Role.ADMIN, SETTINGS)
    together = threading.Barrier(2)
    refused = []

    def demote(email: str) -> None:
        together.wait()
        try:
            with writing(world.database.engine) as db:
                members.set_role(TRUSTED, db, email, Role.COACH, SETTINGS)
        except ChangeError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=demote, args=(email,)) for email in (other, PEOPLE["admin"].email)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(world.database.engine) as db:
        assert [member.role for member in members.list_members(TRUSTED, db)].count("admin") == 1
    assert len(refused) == 1


def test_the_trail_is_read_page_by_page(world: World) -> None:
    with reading(world.database.engine) as db:
        everything = audit.trail(TRUSTED, db)
        first = audit.trail(TRUSTED, db, size=2)
        rest = audit.trail(TRUSTED, db, before=first[-1].id)
    assert first + rest == everything
    assert [row.at for row in everything] == sorted((row.at for row in everything), reverse=True)
    assert all(row.at.tzinfo is not None for row in everything)
