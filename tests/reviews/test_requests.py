"""Requests for review: who may ask and answer, where each stands, and that nothing is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access.personal_data import expire, export_person, forget
from analytics.access.viewer import NotAllowedError, Role, Viewer
from analytics.api import PREFIX
from analytics.charts.progression import progression
from analytics.coaching.access import CoachingError, MissingError
from analytics.columns import now
from analytics.database.review_tables import review_requests, review_steps
from analytics.database.schema import audit
from analytics.database.sessions import reading, writing
from analytics.database.verdict_tables import verdicts
from analytics.interviewlab.tables import interviews
from analytics.reviews.asking import ask_again
from analytics.reviews.owner import SettledError
from analytics.reviews.requests import ReviewState, ReviewTarget, Step, open_requests, requests_about, waiting_since
from analytics.roster.attention import Attention
from analytics.roster.page import page
from analytics.roster.ranking import assess_everybody
from analytics.roster.refresh import refresh_stale
from analytics.skills import SKILL_KEYS
from analytics.verdicts.verdicts import verdicts_of
from analytics.views.candidate import view_candidate
from analytics.views.reviews import request_review, view_queue, view_reviews
from tests.support.api_client import bearer, client, platform_token
from tests.support.reviews import answer, ask, seen, strike
from tests.support.world import PEOPLE, World


def again(world: World, request_id: str, who: str = "interviewee") -> None:
    with writing(world.database.engine) as db:
        ask_again(world.viewer(who), db, request_id, "Still not")


def test_a_request_goes_to_the_coach_and_once_more_to_an_admin(world: World) -> None:
    request_id = ask(world, reason="I did say why")
    assert (seen(world).requests[0].state, seen(world).requests[0].about.score) == (ReviewState.OPEN, 0.5)
    answer(world, request_id)
    assert seen(world).requests[0].state is ReviewState.ANSWERED
    again(world, request_id)
    with pytest.raises(NotAllowedError, match="an admin answers"):
        answer(world, request_id)
    answer(world, request_id, Step.VERDICT, who="admin", level=4)
    for step in (lambda: answer(world, request_id, who="admin"), lambda: again(world, request_id)):
        with pytest.raises(SettledError):
            step()
    (request,) = seen(world, "coach").requests
    assert [(one.step, one.level, one.words) for one in request.steps] == [
        (Step.KEPT, None, "Said by the coach"), (Step.AGAIN, None, "Still not"), (Step.VERDICT, 4, "Said by the admin"),
    ]  # fmt: skip
    assert (request.state, request.reason, request.about.score) == (ReviewState.FINAL, "I did say why", 0.5)
    # Both see where it stands; who answered is told to coaches and admins.
    assert {one.taken_by for one in seen(world).requests[0].steps} == {""}
    assert request.steps[0].taken_by == PEOPLE["coach"].email
    # The answer with a level is a verdict like any other; one that keeps the score is none.
    admin = PEOPLE["admin"].email
    for who, named in (("coach", admin), ("interviewee", None)):
        with reading(world.database.engine) as db:
            found = verdicts_of(world.viewer(who), db, 101)
        assert found is not None
        (verdict,) = found.by_skill["technical"].history
        assert (verdict.level, verdict.reason, verdict.given_by) == (4, "Said by the admin", named)


@pytest.mark.parametrize("role", [Role.COACH, Role.ADMIN])
def test_whoever_is_interviewed_is_not_told_who_answered_though_they_coach_others(world: World, role: Role) -> None:
    answer(world, ask(world), Step.VERDICT, level=4)
    themselves = replace(world.viewer("interviewee"), role=role, member_id=world.viewer("coach").member_id)
    with reading(world.database.engine) as db:
        (request,) = requests_about(themselves, db, interview_id=101)
        (other,) = requests_about(world.viewer("admin"), db, interview_id=101)
    assert ([one.taken_by for one in request.steps], [one.taken_by for one in other.steps]) == (
        [""],
        [PEOPLE["coach"].email],
    )


@pytest.mark.parametrize("who", ["other interviewee", "other coach", "coach", "admin"])
def test_nobody_asks_in_somebody_elses_place(world: World, who: str) -> None:
    request_id = ask(world, "communication")
    with pytest.raises((MissingError, NotAllowedError)):
        ask(world, who=who)
    answer(world, request_id)
    with pytest.raises((MissingError, NotAllowedError)):
        again(world, request_id, who)
    assert len(seen(world).requests) == 1


@pytest.mark.parametrize("who", ["interviewee", "other interviewee", "other coach"])
def test_only_their_coaches_answer(world: World, who: str) -> None:
    request_id = ask(world)
    with pytest.raises((MissingError, NotAllowedError)):
        answer(world, request_id, who=who)
    assert seen(world).requests[0].steps == ()


def test_nobody_answers_their_own_request(world: World) -> None:
    request_id = ask(world)
    themselves = Viewer(Role.ADMIN, user_id=PEOPLE["interviewee"].user_id, email=PEOPLE["interviewee"].email)
    with reading(world.database.engine) as db:
        assert open_requests(themselves, db) == ()
        view = view_reviews(themselves, 101, db)
    assert view is not None
    assert (view.own, view.coaching, view.requests[0].id) == (True, False, request_id)


def test_what_is_asked_must_be_shown_and_is_asked_once(world: World) -> None:
    them = world.viewer("interviewee")

    def asking(about: ReviewTarget, reason: str = "Not so", sentence: str = "") -> None:
        with writing(world.database.engine) as db:
            request_review(them, db, about, reason, sentence=sentence)

    shown = ReviewTarget(101, "technical", "strength", "strengths about marzipan")
    for about, reason, sentence, says in (
        (ReviewTarget(101, "technical", "strength", "never said"), "Not so", "", "no such claim"),
        (ReviewTarget(101, "juggling"), "Not so", "", "no such skill"),
        (ReviewTarget(201, "technical"), "Not so", "", "does not exist"),
        (shown, "   ", "", "Say how you see it"),
        (shown, "x" * 1_001, "", "too long"),
        (shown, "Not so", "S9", "no such sentence"),
    ):
        with pytest.raises(CoachingError, match=says):
            asking(about, reason, sentence)
    asking(shown, sentence="S1")
    with pytest.raises(SettledError, match="already"):
        asking(shown, "Once more")
    (request,) = seen(world).requests
    assert (request.sentence, request.about.claim, request.reason) == ("S1", shown.claim, "Not so")
    with pytest.raises(CoachingError, match="kept"):
        answer(world, request.id, Step.VERDICT, level=3)


def test_an_answer_may_strike_the_claim(world: World) -> None:
    about = ReviewTarget(101, "technical", "weakness", "weaknesses about marzipan")
    with writing(world.database.engine) as db:
        request_id = request_review(world.viewer("interviewee"), db, about, "I did")
    answer(world, request_id, Step.STRUCK)
    assert [one.key.claim for one in seen(world, "coach").struck] == [about.claim]
    assert (seen(world).struck, seen(world).requests[0].state) == ((), ReviewState.ANSWERED)
    # A claim that is struck already is no fault of whoever answers.
    other = ReviewTarget(102, "technical", "weakness", about.claim)
    with writing(world.database.engine) as db:
        second = request_review(world.viewer("interviewee"), db, other, "I did")
    strike(world, interview=102)
    answer(world, second, Step.STRUCK, who="admin")
    assert len(seen(world, "admin", 102).struck) == 1


def test_the_queue_holds_what_waits_for_whoever_looks(world: World) -> None:
    first, second = ask(world), ask(world, interview=102)
    answer(world, first)

    def queue(who: str) -> list[str]:
        with reading(world.database.engine) as db:
            return [one.request.id for one in open_requests(world.viewer(who), db)]

    assert (queue("coach"), queue("admin"), queue("other coach")) == ([second], [second], [])
    again(world, first)
    assert (queue("coach"), queue("admin")) == ([second], [second, first])
    with reading(world.database.engine) as db:
        assert waiting_since(db, [11, 12]).keys() == {11}


def reasons(world: World) -> list[tuple[Attention, str | None]]:
    refresh_stale(world.database.engine)
    with reading(world.database.engine) as db:
        (row,) = page(world.viewer("coach"), db).rows
    return [(reason.kind, reason.skill) for reason in row.reasons if reason.kind is Attention.REVIEW]


def test_the_roster_says_who_waits_for_as_long_as_they_wait(world: World) -> None:
    assert reasons(world) == []
    request_id = ask(world)
    assert reasons(world) == [(Attention.REVIEW, "technical")]
    # Also when everybody is judged anew, as by other targets.
    assess_everybody(world.database.engine)
    assert reasons(world) == [(Attention.REVIEW, "technical")]
    answer(world, request_id)
    assert reasons(world) == []
    again(world, request_id)
    assert reasons(world) == [(Attention.REVIEW, "technical")]
    answer(world, request_id, who="admin")
    assert reasons(world) == []


def test_the_api_takes_what_the_pages_take(world: World) -> None:
    asked = client(world)
    tokens = {who: bearer(platform_token(PEOPLE[who].user_id)) for who in ("interviewee", "coach", "other coach")}

    def post(who: str, path: str, body: dict[str, Any]) -> Any:
        return asked.post(f"{PREFIX}{path}", headers=tokens[who], json=body)

    body = {"skill": "technical", "reason": "I did say why", "sentence": "S1"}
    made = post("interviewee", "/interviews/101/reviews", body)
    review = made.json()["reviews"][0]
    assert (made.status_code, review["state"], review["score"]) == (201, "open", 0.5)
    assert post("interviewee", "/interviews/101/reviews", body).status_code == 409
    assert post("interviewee", "/interviews/101/reviews", body | {"skill": "juggling"}).status_code == 422
    (queued,) = asked.get(f"{PREFIX}/reviews", headers=tokens["coach"]).json()["reviews"]
    assert (queued["id"], queued["interview_title"]) == (review["id"], "Round 1 marzipan")
    assert asked.get(f"{PREFIX}/reviews", headers=tokens["other coach"]).json() == {"reviews": []}
    answered = post("coach", f"/reviews/{review['id']}/answer", {"answer": "kept", "words": "It stays"})
    assert answered.json()["reviews"][0]["steps"][0]["taken_by"] == PEOPLE["coach"].email
    after = asked.get(f"{PREFIX}/interviews/101/reviews", headers=tokens["interviewee"]).json()["reviews"][0]
    assert (after["state"], after["steps"][0]["words"], after["steps"][0]["taken_by"]) == ("answered", "It stays", None)


def test_the_trail_says_that_it_was_asked_and_not_what(world: World) -> None:
    request_id = ask(world, reason="because of quartz")
    answer(world, request_id)
    with reading(world.database.engine) as db:
        trail = db.execute(sa.select(audit.c.action, audit.c.actor, audit.c.detail).order_by(audit.c.id)).all()
    actions = [(row.action, row.actor) for row in trail if "review" in row.action]
    assert actions == [("ask_review", PEOPLE["interviewee"].email), ("answer_review", PEOPLE["coach"].email)]
    assert "quartz" not in repr(trail)


def test_a_request_whose_sentence_is_gone_can_be_answered_with_another_level(world: World) -> None:
    with writing(world.database.engine) as db:
        request_id = request_review(
            world.viewer("interviewee"), db, ReviewTarget(101, "technical"), "I did say why", sentence="S1"
        )
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(conversation_history=[]))
    answer(world, request_id, Step.VERDICT, level=3)
    with reading(world.database.engine) as db:
        (verdict,) = db.execute(sa.select(verdicts.c.level, verdicts.c.sentences)).all()
    assert verdict.level == 3
    assert "S1" not in (verdict.sentences or "")


def test_requests_are_exported_forgotten_and_expire_once_settled(world: World) -> None:
    engine = world.database.engine
    strike(world)
    settled, waiting = ask(world, reason="because of quartz"), ask(world, "communication")
    answer(world, settled)
    ask(world, who="other interviewee", interview=201)
    exported = json.dumps(export_person(engine, 11), default=str)
    assert "because of quartz" in exported
    assert "Said by the coach" in exported
    # Who answered is not told, and neither is which claims are struck; who asked was the person.
    assert '"taken_by": "somebody else"' in exported
    assert f'"asked_by": "{PEOPLE["interviewee"].email}"' in exported
    assert f'"actor": "{PEOPLE["coach"].email}"' not in exported
    assert "struck" not in exported
    assert "strike_claim" not in exported
    assert "quartz" not in json.dumps(export_person(engine, PEOPLE["coach"].user_id), default=str)
    expire(engine, 30, at=now() + timedelta(days=29))
    assert len(seen(world).requests) == 2
    expire(engine, 30, at=now() + timedelta(days=31))
    assert [one.id for one in seen(world).requests] == [waiting]
    answer(world, waiting)
    forget(engine, PEOPLE["coach"].user_id)
    with reading(engine) as db:
        assert db.execute(sa.select(review_steps.c.taken_by)).scalars().all() == ["Former coach 1"]
    forget(engine, 11)
    with reading(engine) as db:
        assert db.execute(sa.select(review_requests.c.interview_id)).scalars().all() == [201]
        assert db.execute(sa.select(review_steps)).all() == []


def test_another_interview_under_the_same_id_has_no_requests(world: World) -> None:
    ask(world)
    with world.database.platform_engine.begin() as connection:
        moved = {"created_at": now() + timedelta(seconds=1)}
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(moved))
    assert seen(world, "coach").requests == ()
    with reading(world.database.engine) as db:
        assert open_requests(world.viewer("coach"), db) == ()
        assert waiting_since(db, [11]) == {}
    # And it can be asked about anew.
    ask(world)
    assert len(seen(world).requests) == 1


def test_a_request_tells_nothing_of_what_a_coach_has_to_rate_first(world: World) -> None:
    ask(world, reason="0.5 is too low")
    strike(world)
    blind = replace(world.viewer("coach"), rates_blind=True)
    with reading(world.database.engine) as db:
        (queued,) = view_queue(blind, db)
        view = view_reviews(blind, 101, db)
        (open_eyed,) = view_queue(world.viewer("coach"), db)
    assert view is not None
    assert (view.requests, view.struck, view.coaching) == ((), (), True)
    assert (queued.request.about.score, queued.request.about.claim, queued.request.reason) == (None, "", "")
    assert (queued.request.about.skill, open_eyed.request.about.score) == ("technical", 0.5)


def test_the_chart_leaves_the_point_open_that_is_seen_differently(world: World) -> None:
    ask(world, interview=102)
    with reading(world.database.engine) as db:
        view = view_candidate(world.viewer("coach"), 11, dict.fromkeys(SKILL_KEYS, 0.8), db)
    assert view is not None
    assert view.reviews == {(102, "technical"): ReviewState.OPEN}
    chart = progression(view.history, reviews={(102, "technical"): "Review asked for"})
    lines = {trace.name: trace for trace in chart.figure.data}
    assert [str(symbol).endswith("-open") for symbol in lines["Technical"].marker.symbol] == [False, True, False]
    assert lines["Technical"].customdata[1][3].endswith("<br>Review asked for")
    assert "Review" not in repr(lines["Communication"].customdata)
    assert isinstance(lines["Communication"].marker.symbol, str)
