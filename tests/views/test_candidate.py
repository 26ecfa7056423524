"""What is shown of a candidate: empty, after one interview, after many, and never to somebody who may not see it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.database.sessions import reading, writing
from analytics.importing.tags import set_tags
from analytics.queries.tags import Tags
from analytics.roster.refresh import refresh
from analytics.scores.verdict_scores import score_of
from analytics.service import InterviewAnalytics, NotFoundError
from analytics.settings import DEFAULT_TARGET
from analytics.skills import SKILL_KEYS
from analytics.trends.labels import Trend
from analytics.verdicts.verdicts import give_verdict
from analytics.views.candidate import CandidateView, view_candidate, view_trends
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person

TARGETS = dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET)
OTHERS_ONLY = Viewer(Role.INTERVIEWEE, user_id=2)


def view(database: Database, viewer: Viewer = TRUSTED, user_id: int = 1) -> CandidateView | None:
    with reading(database.engine) as db:
        return view_candidate(viewer, user_id, TARGETS, db)


def test_somebody_without_interviews_has_empty_trends_and_nothing_to_work_on(database: Database) -> None:
    add(database.platform_engine, people=[person(1)])
    shown = view(database)
    assert shown is not None
    assert (shown.history, shown.interviews, shown.focus.skills, shown.recommendations) == ([], [], (), [])
    assert {trend.current for trend in shown.trends.values()} == {None}
    assert list(shown.trends) == list(SKILL_KEYS)


def test_one_interview_gives_levels_and_no_trend(database: Database) -> None:
    words = feedback(0.3, 0.9, 0.9, None, skill_breakdown={"communication": {"recommendations": ["Pause more"]}})
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=words)])
    shown = view(database)
    assert shown is not None
    assert shown.trends["communication"].trend is Trend.NOT_ENOUGH_EVIDENCE
    assert shown.trends["code_quality"].average is None
    assert shown.focus.skills[0] == "communication"
    assert [said.text for said in shown.recommendations] == ["Pause more"]


def test_interviews_come_the_latest_first_and_scores_the_earliest_first(database: Database) -> None:
    rows = [interview(number, feedback=feedback(*[number / 20] * 4)) for number in (3, 1, 2)]
    add(database.platform_engine, people=[person(1)], rows=[*rows, interview(4, status="cancelled")])
    shown = view(database)
    assert shown is not None
    assert [row.interview_id for row in shown.interviews] == [4, 3, 2, 1]
    assert [record.interview_id for record in shown.history if record.skill == "technical"] == [1, 2, 3]


def test_what_nobody_said_is_not_looked_for_and_shows_once_somebody_says_it(database: Database) -> None:
    words = feedback(0.3, 0.9, skill_breakdown={"communication": {"weaknesses": ["Rushes"]}})
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=words)])
    sent: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *event: sent.append(event[2]), named=False)
    assert view(database) is not None
    silent = list(sent)
    with writing(database.engine) as connection:
        give_verdict(TRUSTED, connection, 1, "technical", 2, reason="As the anchors say", sentences=[])
        set_tags(TRUSTED, connection, 1, Tags("coding"))
    sent.clear()
    said = view(database)
    assert said is not None
    assert [record.shown_score for record in said.history if record.has_verdict] == [score_of(2)]
    assert said.kinds == ("coding",)
    # One statement each for the verdicts and the tags; no breakdown of ours, so none is looked for either way.
    assert len(sent) == len(silent) + 2
    assert not any("breakdown_versions" in statement for statement in (*silent, *sent))


def test_whoever_may_not_see_a_candidate_gets_nothing(database: Database) -> None:
    add(database.platform_engine, people=[person(1), person(2)], rows=[interview(1, feedback=feedback(0.5))])
    assert view(database, OTHERS_ONLY) is None
    assert view(database, user_id=99) is None
    with reading(database.engine) as db:
        assert view_trends(OTHERS_ONLY, 1, db) is None
        with pytest.raises(NotFoundError):
            InterviewAnalytics(OTHERS_ONLY).get_skill_trends(1, db)


def test_how_candidates_do_among_each_other_is_told_only_to_who_sees_the_cohort(database: Database) -> None:
    people = range(1, 26)
    rows = [
        interview(10 * number + step, number, feedback=feedback(*[0.2 + number / 50] * 4))
        for number in people
        for step in range(3)
    ]
    add(database.platform_engine, people=[person(number) for number in people], rows=rows)
    with database.engine.begin() as connection:
        refresh(connection)
    own = Viewer(Role.INTERVIEWEE, user_id=1, sees_cohort=False)
    with reading(database.engine) as db:
        everything = InterviewAnalytics().get_skill_trends(1, db)
        trends = InterviewAnalytics(own).get_skill_trends(1, db)
    assert {trend.position is None or trend.median is None for trend in everything.values()} == {False}
    assert {(trend.position, trend.median) for trend in trends.values()} == {(None, None)}
    assert [trend.current for trend in trends.values()] == [trend.current for trend in everything.values()]
    shown = view(database, own)
    assert shown is not None
    assert shown.trends == trends


def test_a_mix_of_kinds_that_changed_is_said_and_a_filter_by_kind_and_difficulty_ends_it(database: Database) -> None:
    rows = [interview(number, feedback=feedback(0.5, 0.5, 0.5, 0.5)) for number in range(1, 9)]
    add(database.platform_engine, people=[person(1)], rows=rows)
    said = view(database)
    assert said is not None
    assert said.mixes == ()
    with writing(database.engine) as connection:
        for number in range(1, 9):
            kind = "coding" if number < 5 else "behavioural"
            set_tags(TRUSTED, connection, number, Tags(kind, 2 + number % 2))
    said = view(database)
    assert said is not None
    (sentence,) = said.mixes
    assert "coding in 4 of the first 4 and 0 of the last 4" in sentence
    assert (said.kinds, said.difficulties) == (("behavioural", "coding"), (2, 3))
    with reading(database.engine) as db:
        coding = view_candidate(TRUSTED, 1, TARGETS, db, kind="coding")
        harder = view_candidate(TRUSTED, 1, TARGETS, db, kind="coding", difficulty=3)
    assert coding is not None
    assert harder is not None
    assert coding.mixes == harder.mixes == ()
    assert {record.interview_id for record in coding.history} == {1, 2, 3, 4}
    assert {record.interview_id for record in harder.history} == {1, 3}
    assert [row.interview_id for row in harder.interviews] == [3, 1]


def test_advice_under_a_kind_is_of_its_latest_interviews_however_far_back(database: Database) -> None:
    said = feedback(0.5, 0.5, 0.5, 0.5)
    advised = said | {"skill_breakdown": {"communication": {"score": 0.5, "recommendations": ["Sum up."]}}}
    rows = [interview(number, feedback=advised if number == 1 else said) for number in range(1, 10)]
    add(database.platform_engine, people=[person(1)], rows=rows)
    with writing(database.engine) as connection:
        for number in range(1, 10):
            set_tags(TRUSTED, connection, number, Tags("coding" if number < 3 else "mock"))
    with reading(database.engine) as db:
        told = {kind: view_candidate(TRUSTED, 1, TARGETS, db, kind=kind) for kind in ("coding", "mock")}
    texts = {kind: [one.text for one in one_view.recommendations] for kind, one_view in told.items() if one_view}
    assert texts == {"coding": ["Sum up."], "mock": []}
