"""Rate before you see: nothing of a score or a claim reaches whoever has to judge the interview first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest
import sqlalchemy as sa

from analytics.access import audit
from analytics.access.blind import find_hidden, mark_blind_rater, people_with_hidden
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown.versions import save
from analytics.coaching.access import CoachingError
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from analytics.reviews.requests import ReviewTarget, Step
from analytics.roster import refresh
from analytics.roster.filters import Filters
from analytics.roster.order import Sort
from analytics.roster.page import page
from analytics.service import InterviewAnalytics
from analytics.settings import Settings
from analytics.views.candidate import view_candidate
from analytics.views.comparison import view_claim_changes, view_comparison, view_scatter
from analytics.views.interview import view_interview
from analytics.views.judge import view_judge
from analytics.views.report import view_report
from analytics.views.reviews import answer_request, request_review, view_queue, view_reviews
from tests.support.api_client import SETTINGS, bearer, client, platform_token
from tests.support.breakdowns import offline
from tests.support.serving import Serving
from tests.support.verdicts import rate, switch
from tests.support.websocket import visiting
from tests.support.world import PEOPLE, World, feedback

THEM = PEOPLE["interviewee"]
# What the judge says of interview 101, and nothing else does: a word of its claims, and its score, which no minute or
# second of a date reads like.
WORD, SCORE = "obsidian", 0.71
TOLD = re.compile(rf"{WORD}|\b0?\.71\b|\b71\b", re.IGNORECASE)
TARGETS = dict.fromkeys(("communication", "technical", "problem_solving", "code_quality"), 0.8)


@pytest.fixture
def judged(world: World) -> World:
    """The small world, in which the judge says something unlike anything else of one interview."""
    tell(world, SCORE, WORD)
    return world


def tell(world: World, score: float, word: str) -> None:
    with world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(feedback=feedback(score, word)))
        # The other two would be judged alike, so that an average is the score itself.
        connection.execute(sa.delete(interviews).where(interviews.c.id.in_([102, 103])))
    with world.database.engine.begin() as connection:
        while refresh.refresh(connection):
            pass


def blind(world: World, who: str = "coach") -> Viewer:
    return mark_blind_rater(world.viewer(who), Settings(), chosen=True)


def everything(world: World, viewer: Viewer) -> Iterator[object]:
    """All that pages, API and library read of the interview and its candidate."""
    with reading(world.database.engine) as db:
        yield page(viewer, db)
        yield page(viewer, db, filters=Filters(below=0.9), sort=Sort.OVERALL).total
        yield view_candidate(viewer, THEM.user_id, TARGETS, db)
        yield view_interview(viewer, 101, db)
        yield (comparison := view_comparison(viewer, [101], db))
        yield view_scatter(viewer, comparison, db)
        yield view_claim_changes(viewer, 101, 101, db)
        yield view_report(viewer, THEM.user_id, TARGETS, db)
        ours = InterviewAnalytics(viewer)
        yield ours.get_skill_progression(THEM.user_id, db)
        yield ours.get_skill_averages(THEM.user_id, db)
        yield ours.get_skill_trends(THEM.user_id, db)
        yield ours.get_user_analytics(THEM.user_id, db)
        yield ours.get_interview_insights(101, db)
        yield ours.get_skill_breakdown(101, db)
        yield ours.get_coaching(THEM.user_id, db)
        yield ours.get_verdicts(101, db)
        yield view_judge(viewer, db)
        yield view_reviews(viewer, 101, db)
        yield view_queue(viewer, db)


def test_nothing_that_is_read_tells_a_blind_coach_before_the_verdict_and_all_of_it_after(judged: World) -> None:
    before = [repr(one) for one in everything(judged, blind(judged))]
    assert [one for one in before if TOLD.search(one)] == []
    rate(judged, "coach", 101, leave_out="technical")
    assert [one for one in map(repr, everything(judged, blind(judged))) if TOLD.search(one)] == []
    rate(judged, "coach", 101)
    after = [repr(one) for one in everything(judged, blind(judged))]
    told = [one for one in map(repr, everything(judged, judged.viewer("coach"))) if TOLD.search(one)]
    assert len([one for one in after if TOLD.search(one)]) == len(told) > 8


def test_what_is_hidden_leaves_no_trace_when_it_changes(judged: World) -> None:
    save.save(judged.database.engine, 101, offline(), version_id="first", by="x@example.org", write_back=False)
    viewer = blind(judged)
    before = [repr(one) for one in everything(judged, viewer)]
    tell(judged, 0.91, "basalt")
    assert [repr(one) for one in everything(judged, viewer)] == before


def test_a_request_for_review_and_the_judges_page_hide_what_it_is_about(judged: World) -> None:
    about = ReviewTarget(101, "technical", "weakness", f"weaknesses about {WORD}", None)
    with writing(judged.database.engine) as db:
        request_review(judged.viewer("interviewee"), db, about, f"I did not say {WORD}")
    rate(judged, "admin", 101)
    before = [repr(one) for one in everything(judged, blind(judged))]
    assert [one for one in before if TOLD.search(one)] == []
    with reading(judged.database.engine) as db:
        [queued] = view_queue(blind(judged), db)
    with writing(judged.database.engine) as connection, pytest.raises(CoachingError, match="Rate the skills"):
        answer_request(blind(judged), connection, queued.request.id, Step.KEPT, "It stands")
    rate(judged, "coach", 101)
    with reading(judged.database.engine) as db:
        [queued] = view_queue(blind(judged), db)
    assert WORD in queued.request.about.claim


def test_it_is_hidden_from_whoever_judges_and_from_nobody_else(judged: World) -> None:
    with reading(judged.database.engine) as db:
        ids = [101, 201, 401]
        assert find_hidden(blind(judged), db, interview_ids=ids) >= {101}
        assert find_hidden(judged.viewer("coach"), db, interview_ids=ids) == frozenset()
        interviewee = mark_blind_rater(judged.viewer("interviewee"), Settings(rate_blind=True), chosen=True)
        assert find_hidden(interviewee, db, interview_ids=ids) == frozenset()
        themselves = replace(blind(judged, "admin"), user_id=THEM.user_id)
        assert 101 not in find_hidden(themselves, db, interview_ids=ids)
        assert people_with_hidden(blind(judged, "admin"), db, [11, 12]) == {11, 12}
    rate(judged, "admin", 101)
    with reading(judged.database.engine) as db:
        assert 101 in find_hidden(blind(judged), db, interview_ids=[101])
        assert find_hidden(blind(judged, "admin"), db, interview_ids=[101]) == frozenset()


def test_the_setting_holds_for_all_who_judge(judged: World) -> None:
    everybody = Settings(rate_blind=True)
    assert [
        mark_blind_rater(judged.viewer(who), everybody, chosen=False).rates_blind for who in ("coach", "admin")
    ] == [True] * 2
    assert not mark_blind_rater(judged.viewer("coach"), Settings(), chosen=False).rates_blind
    with pytest.raises(NotAllowedError):
        switch(judged, "interviewee")


def test_other_coaches_verdicts_are_hidden_too_and_a_blind_one_is_marked(judged: World) -> None:
    rate(judged, "admin", 101, 5)
    with reading(judged.database.engine) as db:
        assert InterviewAnalytics(blind(judged)).get_verdicts(101, db).by_skill["technical"].history == ()
    with writing(judged.database.engine) as db:
        InterviewAnalytics(blind(judged)).give_verdict(101, "technical", 2, "Guessed", db)
        InterviewAnalytics(judged.viewer("coach")).give_verdict(101, "communication", 2, "Guessed", db)
    with reading(judged.database.engine) as db:
        said = InterviewAnalytics(judged.viewer("coach")).get_verdicts(101, db).by_skill
    assert (said["technical"].history[0].blind, said["communication"].history[0].blind) == (True, False)


def test_the_trail_says_that_an_interview_was_judged_and_not_how(judged: World) -> None:
    rate(judged, "coach", 101, 5)

    def told(viewer: Viewer) -> list[object]:
        with reading(judged.database.engine) as db:
            return [row.detail.get("level") for row in audit.trail(viewer, db) if row.action == "give_verdict"]

    assert told(judged.viewer("admin")) == [5] * 4
    assert told(blind(judged, "admin")) == [None] * 4


ROUTES = (
    "/candidates?sort=overall",
    "/interviews/analytics/skills/progression?user_id=11",
    "/interviews/analytics/skills/averages?user_id=11",
    "/interviews/analytics/skills/trends?user_id=11",
    "/interviews/analytics/skills/compare?interview_ids=101",
    "/interviews/analytics/user?user_id=11",
    "/interviews/analytics/report?user_id=11",
    "/interviews/101/skills",
    "/interviews/101/insights",
    "/interviews/101/skills/versions",
    "/interviews/101/skills/versions/1",
    "/interviews/101/verdicts",
)


def answers(asked: httpx2.Client) -> list[tuple[str, str, str | None]]:
    """Give of each route what it answers the coach, and its tag."""
    headers = bearer(platform_token(PEOPLE["coach"].user_id))
    found = [(route, asked.get(f"/api/v1{route}", headers=headers)) for route in ROUTES]
    return [(route, answer.text, answer.headers.get("etag")) for route, answer in found]


def test_no_byte_of_it_is_in_the_api_nor_in_a_tag_before_the_verdict(judged: World) -> None:
    save.save(judged.database.engine, 101, offline(), version_id="first", by="x@example.org", write_back=False)
    switch(judged, "coach")
    asked = client(judged)
    before = answers(asked)
    assert [answer for answer in before if TOLD.search(answer[1])] == []
    tell(judged, 0.91, "basalt")
    assert answers(asked) == before
    tell(judged, SCORE, WORD)
    rate(judged, "coach", 101)
    after = answers(asked)
    assert len([answer for answer in after if TOLD.search(answer[1])]) >= 8
    assert [tag for _, _, tag in after] != [tag for _, _, tag in before]


def test_with_the_setting_the_api_hides_it_from_a_coach_who_chose_nothing(judged: World) -> None:
    asked = client(judged, SETTINGS.model_copy(update={"rate_blind": True}))
    assert [answer for answer in answers(asked) if TOLD.search(answer[1])] == []
    assert [answer for answer in answers(client(judged)) if TOLD.search(answer[1])] != []


PAGES = {
    "candidates": "",
    "candidate": "candidate=11",
    "compare": "interviews=101,102",
    "interview": "interview=101",
}


def test_no_byte_of_it_is_sent_to_a_page_before_the_verdict(serving: Serving) -> None:
    with serving.world.database.platform_engine.begin() as connection:
        said = feedback(SCORE, WORD)
        connection.execute(sa.update(interviews).where(interviews.c.id == 101).values(feedback=said))
    # A level of the roster is tinted, whatever number it is, and a line of scores a picture with words.
    telling = dict.fromkeys(PAGES, TOLD) | {"candidates": re.compile(r"-background\[|!\[Overall")}

    def told() -> dict[str, bool]:
        found = {}
        with visiting(serving.url, serving.cookie("coach")) as visitor:
            for name, query in PAGES.items():
                found[name] = bool(telling[name].search(visitor.run(page=name, query=query).text))
        return found

    switch(serving.world, "coach")
    assert told() == dict.fromkeys(PAGES, False)
    for interview_id in THEM.interviews:
        rate(serving.world, "coach", interview_id)
    assert told() == dict.fromkeys(PAGES, True)
    switch(serving.world, "coach", blind=False)


def test_what_the_platform_says_of_code_is_hidden_with_the_rest(judged: World) -> None:
    review = {"quality_score": SCORE, "strengths": [f"Uses {WORD}"], "weaknesses": []}
    said = {"type": "code_review", "code": "print(1)", "language": "python", "code_quality": review}
    with judged.database.platform_engine.begin() as connection:
        talk = [{"role": "user", "content": "Here", "metadata": said}]
        connection.execute(
            sa.update(interviews).where(interviews.c.id == 101).values(conversation_history=talk, feedback=None)
        )
    with reading(judged.database.engine) as db:
        seen, unseen = (view_interview(who, 101, db) for who in (judged.viewer("coach"), blind(judged)))
    assert seen is not None
    assert unseen is not None
    assert (TOLD.search(repr(seen.conversation)) is None, TOLD.search(repr(unseen.conversation))) == (False, None)
    assert [one.code for one in unseen.conversation.submissions] == ["print(1)"]
