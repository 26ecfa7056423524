"""An interview that somebody keeps to themselves: for everybody else it does not exist, wherever one looks."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from analytics.access import audit
from analytics.access.personal_data import export_person
from analytics.access.private import set_private
from analytics.access.viewer import NotAllowedError
from analytics.api import PREFIX
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import BudgetError
from analytics.bridges import measure
from analytics.coaching.access import CoachingError
from analytics.coaching.links import make_link
from analytics.coaching.notes import Visibility, notes_about
from analytics.database.schema import candidate_scatter, candidate_summaries
from analytics.database.sessions import reading, writing
from analytics.importing.change import delete_interview
from analytics.settings import Settings
from analytics.views.notes import note_in_interview
from analytics.views.report import view_report
from analytics.views.shared_report import open_report
from tests.support.api_client import SETTINGS, Taking, bearer, client, platform_token
from tests.support.practice import PRACTICE, WORD, added_by_them, brought_up_to_date, keep
from tests.support.serving import Serving
from tests.support.websocket import visiting
from tests.support.world import PEOPLE, World

THEM = PEOPLE["interviewee"]
GET = (
    "interviews/analytics/skills/progression?user_id=11", "interviews/analytics/skills/averages?user_id=11",
    "interviews/analytics/skills/trends?user_id=11", "interviews/analytics/skills/compare?interview_ids=101,103",
    "interviews/analytics/coaching?user_id=11", "interviews/analytics/report?user_id=11",
    "interviews/analytics/user?user_id=11", "reviews", "candidates", "judges/agreement",
    *(f"interviews/103/{part}" for part in ("skills", "insights", "skills/versions", "tags", "verdicts", "reviews")),
)  # fmt: skip


def leaks(text: str) -> bool:
    return WORD in text.casefold() or re.search(r"\b0?\.13\b", text) is not None


@pytest.mark.parametrize("who", ["coach", "admin", "other coach", "other interviewee"])
def test_the_api_answers_others_as_if_it_did_not_exist(world: World, who: str) -> None:
    keep(world)
    asked = client(world, SETTINGS)
    headers = bearer(platform_token(PEOPLE[who].user_id))
    for path in GET:
        answer = asked.get(f"{PREFIX}/{path}", headers=headers)
        assert (path, leaks(answer.text)) == (path, False)
        missing = asked.get(f"{PREFIX}/{path.replace('103', '999')}", headers=headers)
        if "103" in path:
            assert (path, answer.status_code, answer.content) == (path, missing.status_code, missing.content)
            assert answer.status_code in {403, 404}


def test_the_person_themselves_sees_it_everywhere(world: World) -> None:
    keep(world)
    asked = client(world, SETTINGS)
    headers = bearer(platform_token(THEM.user_id))
    for path in GET[:4] + GET[-6:]:
        answer = asked.get(f"{PREFIX}/{path}", headers=headers)
        assert (path, answer.status_code) == (path, 200)
    assert leaks(asked.get(f"{PREFIX}/{GET[0]}", headers=headers).text)
    assert WORD in json.dumps(export_person(world.database.engine, THEM.user_id), default=str)


def test_it_counts_in_no_figure_about_others_and_comes_back_when_it_is_shared(world: World) -> None:
    keep(world)
    engine = world.database.engine

    def figures() -> tuple[Any, ...]:
        with reading(engine) as db:
            summary = sa.select(candidate_summaries).where(candidate_summaries.c.user_id == THEM.user_id)
            row = db.execute(summary).mappings().one()
            scatter = sa.select(candidate_scatter.c.scores).where(candidate_scatter.c.user_id == THEM.user_id)
            return row["interviews"], row["completed"], set(db.execute(scatter).scalars()), row["recent_overall"]

    assert figures()[:3] == (2, 2, {2})
    with writing(engine) as db:
        assert not leaks(repr(measure(db)))
        set_private(world.viewer("interviewee"), db, PRACTICE, private=False)
    brought_up_to_date(world)
    assert figures()[:3] == (3, 3, {3})
    shared = client(world, SETTINGS).get(f"{PREFIX}/{GET[0]}", headers=bearer(platform_token(21)))
    assert leaks(shared.text)


def test_a_link_holds_nothing_of_it_and_ones_own_report_does(world: World) -> None:
    keep(world)
    settings = Settings()
    with writing(world.database.engine) as db:
        _, token = make_link(world.viewer("interviewee"), db, THEM.user_id)
    report = open_report(world.database.engine, token, settings)
    assert report is not None
    assert "2 interviews" in report.period
    with reading(world.database.engine) as db:
        own = view_report(world.viewer("interviewee"), THEM.user_id, settings.targets, db)
    assert own is not None
    assert "3 interviews" in own.period


@pytest.mark.parametrize(
    ("who", "number"), [("coach", 103), ("admin", 103), ("other interviewee", 103), ("interviewee", 101)]
)
def test_only_who_added_an_interview_of_their_own_takes_it_back_or_shares_it(
    world: World, who: str, number: int
) -> None:
    keep(world)
    with writing(world.database.engine) as db:
        for private in (True, False):
            with pytest.raises(NotAllowedError):
                set_private(world.viewer(who), db, number, private=private)
        if who == "coach":
            with pytest.raises(CoachingError, match="does not exist"):
                note_in_interview(world.viewer(who), db, number, Visibility.ME, "Mine")


def test_the_trail_names_it_only_while_it_is_shared(world: World) -> None:
    world.database.allow_adding()
    keep(world)

    def told() -> list[str]:
        with reading(world.database.engine) as db:
            return [row.action for row in audit.trail(world.viewer("admin"), db) if row.interview_id == PRACTICE]

    assert told() == []
    with writing(world.database.engine) as db:
        set_private(world.viewer("interviewee"), db, PRACTICE, private=False)
    assert told() == ["share_interview", "note", "withdraw_interview"]
    with writing(world.database.engine) as db:
        set_private(world.viewer("interviewee"), db, PRACTICE, private=True)
        # Also where interviewees may add none any more.
        delete_interview(replace(world.viewer("interviewee"), adds_own=False), db, PRACTICE)
    assert told() == []


@pytest.fixture(scope="module")
def kept(serving: Serving) -> Serving:
    """The program running, with the practice."""
    keep(serving.world)
    return serving


@pytest.mark.parametrize("who", ["coach", "admin"])
def test_no_page_sends_a_byte_of_it_to_others(kept: Serving, who: str) -> None:
    pages = {"": "", "candidate": "candidate=11", "compare": "interviews=101,103", "interview": "interview=103"}
    for page, query in pages.items():
        with visiting(kept.url, kept.cookie(who)) as visitor:
            assert (page, leaks(visitor.run(page=page, query=query).text)) == (page, False)
    with visiting(kept.url, kept.cookie("interviewee")) as visitor:
        assert WORD in visitor.run(page="interview", query="interview=103").text.casefold()


def test_over_the_api_one_shares_it_and_takes_it_back(world: World) -> None:
    keep(world)
    asked = client(world, SETTINGS)
    path = f"{PREFIX}/interviews/{PRACTICE}/practice"
    own, coach = (bearer(platform_token(PEOPLE[who].user_id)) for who in ("interviewee", "coach"))
    assert asked.get(path, headers=own).json()["practice"] is True
    for practice, seen in ((False, 200), (True, 404)):
        changed = asked.put(path, headers=own, json={"practice": practice})
        assert (changed.status_code, changed.json()["practice"]) == (200, practice)
        assert asked.get(path, headers=coach).status_code == seen
        # Neither who sees it nor who does not decides about it.
        assert asked.put(path, headers=coach, json={"practice": True}).status_code == (403 if seen == 200 else 404)
    assert asked.put(f"{PREFIX}/interviews/101/practice", headers=own, json={"practice": True}).status_code == 403
    assert asked.put(path, headers=own, json={}).status_code == 422


def test_one_has_ones_practice_broken_down_within_the_budget_until_it_is_shared(world: World) -> None:
    keep(world)
    engine, them = world.database.engine, world.viewer("interviewee")
    asked = client(world, SETTINGS, at_work=Taking(engine))
    headers = bearer(platform_token(THEM.user_id))
    path = f"{PREFIX}/interviews/{PRACTICE}/skills/regenerate"
    assert asked.post(f"{PREFIX}/interviews/101/skills/regenerate", headers=headers).status_code == 403
    job = asked.post(path, headers=headers)
    assert job.status_code == 202
    for who in ("coach", "admin"):
        # Nobody else hears that there is a job.
        told = asked.get(job.headers["Location"], headers=bearer(platform_token(PEOPLE[who].user_id)))
        assert told.status_code == 404
    assert asked.post(f"{job.headers['Location']}/cancel", headers=headers).json()["state"] == "cancelled"
    with pytest.raises(BudgetError, match="today's limit of 1 breakdowns"):
        store.request(them, engine, PRACTICE, per_day=1)
    with writing(engine) as db:
        set_private(them, db, PRACTICE, private=False)
    with pytest.raises(NotAllowedError):
        store.request(them, engine, PRACTICE, per_day=50)
    assert store.request(world.viewer("coach"), engine, PRACTICE, per_day=50).is_open


def test_a_note_about_it_that_somebody_else_wrote_is_rewritten_by_nobody(world: World) -> None:
    added_by_them(world, PRACTICE)
    engine = world.database.engine
    with writing(engine) as db:
        note = note_in_interview(world.viewer("coach"), db, PRACTICE, Visibility.SHARED, f"Of {WORD}")
        set_private(world.viewer("interviewee"), db, PRACTICE, private=True)
    path = f"{PREFIX}/interviews/analytics/coaching/notes/{note}"
    asked = client(world, SETTINGS)
    coach = bearer(platform_token(PEOPLE["coach"].user_id))
    assert asked.patch(path, headers=coach, json={"text": "Changed"}).status_code == 404
    with reading(engine) as db:
        (kept,) = notes_about(world.viewer("interviewee"), db, THEM.user_id)
    assert [revision.text for revision in kept.history] == [f"Of {WORD}"]
    with writing(engine) as db:
        set_private(world.viewer("interviewee"), db, PRACTICE, private=False)
    assert asked.patch(path, headers=coach, json={"text": "Changed"}).json()["text"] == "Changed"
