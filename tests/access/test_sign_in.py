"""From what a provider or the platform says about somebody to who they are here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from analytics.access import members, sign_in, without_sign_in
from analytics.access.audit import trail
from analytics.access.sign_in import RefusedError, SignedOutError, SignIn
from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.columns import now
from analytics.database.schema import identities
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import users
from analytics.settings import Settings
from tests.support.world import ISSUER, PEOPLE, START, World

SETTINGS = Settings()


def claims(who: str, *, issued_at: datetime | None = None, subject: str | None = None, verified: bool = True) -> SignIn:
    person = PEOPLE[who]
    at = (issued_at or now()).replace(microsecond=0)
    return SignIn(ISSUER, subject or f"id of {person.key}", person.email, verified, at)


def enter(world: World, person: SignIn, settings: Settings = SETTINGS) -> Viewer:
    return sign_in.viewer_of(world.database.engine, person, settings)


def refusal(world: World, person: SignIn, settings: Settings = SETTINGS) -> str:
    with pytest.raises(RefusedError) as refused:
        enter(world, person, settings)
    return str(refused.value)


def change_user(world: World, user_id: int, **values: object) -> None:
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == user_id).values(values))


def add_user(world: World, user_id: int, email: str, **values: object) -> None:
    row = {
        "id": user_id,
        "email": email,
        "hashed_password": "!",
        "full_name": None,
        "is_active": True,
        "is_verified": True,
        "created_at": START,
        "updated_at": START,
    }
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.insert(users).values(row | values))


@pytest.mark.parametrize(
    ("who", "role"), [("interviewee", Role.INTERVIEWEE), ("coach", Role.COACH), ("admin", Role.ADMIN)]
)
def test_a_verified_email_finds_the_account_and_the_role(world: World, who: str, role: Role) -> None:
    viewer = enter(world, claims(who))
    assert (viewer.role, viewer.user_id, viewer.email) == (role, PEOPLE[who].user_id, PEOPLE[who].email)
    assert viewer.sees_cohort is (role is not Role.INTERVIEWEE)
    # Looked up again, it is the same person, and only the first time leaves a trace.
    assert enter(world, claims(who)) == viewer
    with reading(world.database.engine) as db:
        assert [row.action for row in trail(TRUSTED, db)].count("first_sign_in") == 1


def test_case_of_ascii_letters_does_not_matter_but_lookalikes_do(world: World) -> None:
    shouted = replace(claims("interviewee"), email="INTERVIEWEE@Example.org", subject="shouted")
    assert enter(world, shouted).user_id == PEOPLE["interviewee"].user_id
    # The Kelvin sign lower-cases to k.
    add_user(world, 70, "kim@example.org")
    lookalike = replace(claims("interviewee"), email="\u212aim@example.org", subject="lookalike")
    assert refusal(world, lookalike) == sign_in.UNKNOWN


@pytest.mark.parametrize(
    "around",
    [
        " {}",
        "{} ",
        "{}\t",
        "\u00a0{}",
        "{}\u3000",
        "{}\u200b",
        "\u202e{}",
        "{}\x7f",
        "{}\u00ad",
        "\ufb01{}",
        "\u017f{}",
        "É{}",
    ],
)
def test_an_address_that_could_pass_for_another_is_refused(world: World, around: str) -> None:
    email = around.format("interviewee@example.org")
    with writing(world.database.engine) as db:
        members.set_role(TRUSTED, db, sign_in.normalise_email("interviewee@example.org"), Role.ADMIN, SETTINGS)
    assert refusal(world, replace(claims("interviewee"), email=email)) == sign_in.UNKNOWN
    # Nor does the platform's own row with such an address have the role of the other.
    add_user(world, 73, email)
    with reading(world.database.engine) as db:
        assert sign_in.platform_user(db, 73, SETTINGS).role is Role.INTERVIEWEE
    assert enter(world, claims("interviewee")).role is Role.ADMIN


@pytest.mark.parametrize(
    "changed", [{"issuer": "a\0"}, {"subject": "\ud800"}, {"email": "a\0@b.c"}, {"email": "\udfff@b.c"}]
)
def test_what_no_database_holds_is_refused(world: World, changed: dict[str, str]) -> None:
    enter(world, claims("interviewee"))
    assert refusal(world, replace(claims("interviewee"), **changed)) == sign_in.UNUSABLE


def test_refusals_say_why(world: World) -> None:
    assert refusal(world, claims("interviewee", verified=False)) == sign_in.UNVERIFIED
    assert refusal(world, claims("deactivated")) == sign_in.INACTIVE
    assert refusal(world, replace(claims("interviewee"), email="stranger@example.org")) == sign_in.UNKNOWN
    assert refusal(world, replace(claims("interviewee"), email=None)) == sign_in.UNKNOWN
    assert refusal(world, replace(claims("interviewee"), email="", email_verified=False)) == sign_in.UNVERIFIED
    assert refusal(world, replace(claims("interviewee"), subject="s" * 256)) == sign_in.UNUSABLE
    add_user(world, 71, "Interviewee@example.org")
    assert refusal(world, claims("interviewee")) == sign_in.AMBIGUOUS
    with reading(world.database.engine) as db:
        assert db.execute(sa.select(sa.func.count()).select_from(identities)).scalar_one() == 0


def test_whoever_registers_somebodys_address_twice_keeps_nobody_out_who_has_a_role(world: World) -> None:
    named = Settings(admin_emails=("boss@example.org",))
    boss = replace(claims("admin", issued_at=now() - timedelta(minutes=5)), email="boss@example.org", subject="boss")
    assert enter(world, boss, named).role is Role.ADMIN
    for user_id, email in ((72, "boss@example.org"), (73, "Boss@example.org"), (74, "Coach@example.org")):
        add_user(world, user_id, email, is_verified=False)
    # At the next sign-in, and at a first one.
    for person in (replace(boss, issued_at=now()), claims("coach")):
        viewer = enter(world, person, named)
        assert (viewer.sees_others, viewer.user_id) == (True, None)
        assert enter(world, person, named) == viewer
    # Without a role there is nobody to be but one of the two.
    add_user(world, 75, "OTHER@example.org")
    assert refusal(world, claims("other interviewee"), named) == sign_in.AMBIGUOUS


def test_after_the_first_sign_in_the_providers_own_name_counts(world: World) -> None:
    first = enter(world, claims("interviewee"))
    # The provider renames the person: still the same one, even where the e-mail is now that of an admin.
    renamed = replace(claims("interviewee"), email=PEOPLE["admin"].email)
    assert enter(world, renamed) == first
    # Somebody else comes with the e-mail that was: refused, however verified.
    assert refusal(world, claims("interviewee", subject="somebody else")) == sign_in.TAKEN
    # The platform changes the account's e-mail: still the same account.
    change_user(world, PEOPLE["interviewee"].user_id, email="new@example.org")
    assert enter(world, claims("interviewee")).user_id == first.user_id


def test_a_sign_in_ends_by_age_and_none_comes_from_the_future(world: World) -> None:
    eight = timedelta(hours=8)
    assert enter(world, claims("coach", issued_at=now() - eight + timedelta(minutes=1))).role is Role.COACH
    for issued_at in (now() - eight - timedelta(minutes=1), now() + timedelta(minutes=2)):
        with pytest.raises(SignedOutError):
            enter(world, claims("coach", issued_at=issued_at))
    with pytest.raises(SignedOutError, match=r"0\.5 hours"):
        enter(world, claims("coach", issued_at=now() - timedelta(minutes=31)), Settings(session_hours=0.5))


def test_signing_out_ends_every_sign_in_so_far_and_no_later_one(world: World) -> None:
    early, late = (claims("coach", issued_at=now() - timedelta(minutes=minutes)) for minutes in (20, 10))
    assert enter(world, early) == enter(world, late)
    with writing(world.database.engine) as db:
        sign_in.sign_out(db, early)
    for old in (early, late):
        with pytest.raises(SignedOutError):
            enter(world, old)
    assert enter(world, claims("coach")).role is Role.COACH
    # Other people stay.
    assert enter(world, claims("admin")).role is Role.ADMIN


def test_deactivation_and_another_role_count_at_once(world: World) -> None:
    signed_in = claims("coach")
    assert enter(world, signed_in).role is Role.COACH
    with writing(world.database.engine) as db:
        members.set_role(TRUSTED, db, PEOPLE["coach"].email, Role.INTERVIEWEE, SETTINGS)
    assert enter(world, signed_in).role is Role.INTERVIEWEE
    change_user(world, PEOPLE["coach"].user_id, is_active=False)
    assert refusal(world, signed_in) == sign_in.INACTIVE


def test_admin_emails_make_admins_for_as_long_as_they_are_named(world: World) -> None:
    named = Settings(admin_emails=frozenset({PEOPLE["interviewee"].email, "boss@example.org"}))
    assert enter(world, claims("interviewee"), named).role is Role.ADMIN
    assert enter(world, claims("interviewee")).role is Role.INTERVIEWEE
    boss = SignIn(ISSUER, "boss", "boss@example.org", True, now())
    assert enter(world, boss, named).user_id is None
    assert refusal(world, boss) == sign_in.UNKNOWN


def test_somebody_with_a_role_and_no_account_comes_in_and_gains_the_account_later(world: World) -> None:
    email = "outside@example.org"
    with writing(world.database.engine) as db:
        members.set_role(TRUSTED, db, email, Role.COACH, SETTINGS)
    outside = SignIn(ISSUER, "outside", email, True, now() - timedelta(minutes=5))
    assert enter(world, outside).user_id is None
    add_user(world, 72, email)
    assert enter(world, replace(outside, issued_at=now())).user_id == 72


def test_a_released_identity_may_be_another_account_and_the_old_one_does_not_come_back(world: World) -> None:
    old = claims("coach", issued_at=now() - timedelta(minutes=5))
    enter(world, old)
    assert refusal(world, claims("coach", subject="new account")) == sign_in.TAKEN
    with writing(world.database.engine) as db:
        members.end_sessions(TRUSTED, db, PEOPLE["coach"].email, release=True)
    with pytest.raises(SignedOutError):
        enter(world, old)
    assert enter(world, claims("coach", subject="new account")).role is Role.COACH
    assert refusal(world, claims("coach")) == sign_in.TAKEN


def test_two_people_who_come_first_at_once_do_not_both_become_the_account(world: World) -> None:
    def attempt(place: int) -> str:
        try:
            return enter(world, claims("interviewee", subject=f"subject {place}")).role
        except RefusedError as refused:
            return str(refused)

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    assert sorted(outcomes) == sorted([Role.INTERVIEWEE, *[sign_in.TAKEN] * 3])


def test_a_platform_user_has_the_role_of_a_verified_email_only(world: World) -> None:
    def user(user_id: int) -> Viewer:
        with reading(world.database.engine) as db:
            return sign_in.platform_user(db, user_id, SETTINGS)

    assert user(PEOPLE["coach"].user_id).role is Role.COACH
    change_user(world, PEOPLE["coach"].user_id, is_verified=False)
    stranger = user(PEOPLE["coach"].user_id)
    assert (stranger.role, stranger.user_id) == (Role.INTERVIEWEE, PEOPLE["coach"].user_id)
    # Anyone may have registered the address: nothing they do is noted as the coach's, nor counted as theirs.
    assert (stranger.email, stranger.actor) == ("", "account 21 of InterviewLab")
    change_user(world, PEOPLE["interviewee"].user_id, is_verified=False)
    assert user(PEOPLE["interviewee"].user_id).actor == PEOPLE["interviewee"].email
    for unwelcome, why in ((PEOPLE["deactivated"].user_id, sign_in.INACTIVE), (999, sign_in.UNKNOWN)):
        with pytest.raises(RefusedError, match=why):
            user(unwelcome)


def test_in_the_demo_each_role_is_somebody(world: World) -> None:
    engine = world.database.engine
    admin, coach, interviewee = (
        without_sign_in.demo_viewer(engine, role, SETTINGS) for role in (Role.ADMIN, Role.COACH, Role.INTERVIEWEE)
    )
    assert without_sign_in.demo_viewer(engine, Role.COACH, SETTINGS) == coach
    with reading(engine) as db:
        seen = {row.user_id for row in members.candidates_of(admin, db, coach.member_id or -1)}
    assert (admin.sees_cohort, coach.sees_cohort, interviewee.sees_cohort) == (True, True, False)
    assert interviewee.user_id == min(person.user_id for person in PEOPLE.values())
    assert seen == {person.user_id for person in PEOPLE.values() if person.user_id % 2}
