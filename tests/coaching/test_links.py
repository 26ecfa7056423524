"""Links to a report: what they open, for how long, and that whatever opens nothing tells nothing."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import httpx2
import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from starlette.applications import Starlette
from starlette.testclient import TestClient

from analytics.access import members
from analytics.access.personal_data import expire, export_person, forget
from analytics.access.viewer import TRUSTED, NotAllowedError, Role
from analytics.api.public_pages import AT_ONCE, MOST_WAITING
from analytics.api.shared_reports import MISSES, SharedReports
from analytics.coaching.access import CoachingError
from analytics.coaching.links import MOST_DAYS, count_opening, find_link, links_of, make_link, revoke_link
from analytics.columns import now
from analytics.database.schema import audit, ours
from analytics.database.sessions import reading, writing
from analytics.database.sharing_tables import report_links
from analytics.formatting import wall_clock
from analytics.interviewlab.tables import interviews, users
from analytics.server.base_path import BasePath
from analytics.server.startup import LazyMount
from analytics.settings import Settings
from analytics.views.shared_report import open_report
from tests.support.coaching import THEM, coach_them, words_in
from tests.support.world import PEOPLE, World, words_of_others

SETTINGS = Settings()


@dataclass
class Shared:
    """The program below /shared, asked without sign-in."""

    world: World
    asked: TestClient

    def made(self, who: str = "coach", **choices: object) -> tuple[str, str]:
        """Make a link to the interviewee's report; its id and its token."""
        with writing(self.world.database.engine) as db:
            link, token = make_link(self.world.viewer(who), db, THEM.user_id, **choices)  # type: ignore[arg-type]
        return link.id, token

    def openings(self) -> int:
        with reading(self.world.database.engine) as db:
            return sum(link.openings for link in links_of(self.world.viewer("admin"), db, THEM.user_id))


def served(world: World, settings: Settings = SETTINGS, base: str = "") -> TestClient:
    made = LazyMount("/shared", lambda: SharedReports(lambda: settings, lambda: world.database.engine))
    return TestClient(BasePath(Starlette(routes=[made]), base=lambda: base), headers={"host": "localhost"})


@pytest.fixture
def shared(world: World) -> Shared:
    coach_them(world)
    return Shared(world, served(world))


def test_whoever_has_the_link_reads_the_report_and_nothing_else(shared: Shared) -> None:
    _, token = shared.made()
    page = shared.asked.get(f"/shared/{token}")
    assert page.status_code == 200
    assert "Marzipan" in page.text
    assert "Tell it in three sentences" in page.text
    assert words_in(page.text) == set()
    assert [word for word in words_of_others("interviewee") if word in page.text.lower()] == []
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    pdf = shared.asked.get(f"/shared/{token}/report.pdf")
    assert "Marzipan" in PdfReader(BytesIO(pdf.content)).pages[0].extract_text()
    shared.asked.head(f"/shared/{token}")
    assert shared.openings() == 2


def test_a_link_without_scores_holds_none(shared: Shared) -> None:
    _, token = shared.made(without_scores=True)
    text = shared.asked.get(f"/shared/{token}").text
    pdf = PdfReader(BytesIO(shared.asked.get(f"/shared/{token}/report.pdf").content))
    assert "Tell it in three sentences" in text
    for said in (text, " ".join(page.extract_text() for page in pdf.pages)):
        assert [score for score in ("0.5", "0.6", "0.7", "0.8", "target", "Where the skills") if score in said] == []
    assert "<svg" not in text


def test_the_token_is_kept_nowhere_and_making_and_revoking_are_recorded(shared: Shared) -> None:
    link_id, token = shared.made()
    assert len(token) >= 43  # 256 bits
    with writing(shared.world.database.engine) as db:
        revoke_link(shared.world.viewer("coach"), db, link_id)
        revoke_link(shared.world.viewer("coach"), db, link_id)
    with reading(shared.world.database.engine) as db:
        everything = "\n".join(repr(db.execute(sa.select(table)).all()) for table in ours.sorted_tables)
        acts = [row.action for row in db.execute(sa.select(audit).where(audit.c.detail.contains(link_id)))]
    assert token not in everything
    assert acts == ["make_report_link", "revoke_report_link"]


def lapsed(shared: Shared, link_id: str) -> None:
    with writing(shared.world.database.engine) as db:
        db.execute(sa.update(report_links).values(expires_at=now() - timedelta(seconds=1)))


def revoked(shared: Shared, link_id: str) -> None:
    with writing(shared.world.database.engine) as db:
        revoke_link(shared.world.viewer("interviewee"), db, link_id)


def taken_away(shared: Shared, link_id: str) -> None:
    with writing(shared.world.database.engine) as db:
        members.unassign(TRUSTED, db, shared.world.member_ids["coach"], [THEM.user_id])


def no_coach(shared: Shared, link_id: str) -> None:
    with writing(shared.world.database.engine) as db:
        members.set_role(TRUSTED, db, PEOPLE["coach"].email, Role.INTERVIEWEE, SETTINGS)


def deactivated(shared: Shared, link_id: str) -> None:
    with shared.world.database.platform_engine.begin() as connection:
        connection.execute(sa.update(users).where(users.c.id == PEOPLE["coach"].user_id).values(is_active=False))


def forgotten(shared: Shared, link_id: str) -> None:
    forget(shared.world.database.engine, THEM.user_id)


def maker_forgotten(shared: Shared, link_id: str) -> None:
    forget(shared.world.database.engine, PEOPLE["coach"].user_id)


def somebody_else(shared: Shared, link_id: str) -> None:
    with shared.world.database.platform_engine.begin() as connection:
        newer = now() + timedelta(seconds=1)
        connection.execute(sa.update(users).where(users.c.id == THEM.user_id).values(created_at=newer))


ENDS = [lapsed, revoked, taken_away, no_coach, deactivated, forgotten, maker_forgotten, somebody_else]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_its_days_are_those_of_whoever_chose_them(shared: Shared, zone: str) -> None:
    engine = shared.world.database.engine
    with reading(engine) as db:
        dates = db.execute(sa.select(interviews.c.completed_at).where(interviews.c.id.in_(THEM.interviews))).scalars()
        days = sorted(wall_clock(moment, ZoneInfo(zone)).date() for moment in dates if moment)
    # Fourteen hours east and eleven west of UTC: one of the two has other days, whatever the hour.
    _, whole = shared.made(since=days[0], until=days[-1], zone=zone)
    _, without_last = shared.made(until=days[-1] - timedelta(days=1), zone=zone)
    opened, shorter = (open_report(engine, token, SETTINGS) for token in (whole, without_last))
    assert opened is not None
    assert shorter is not None
    assert opened.period.startswith(f"{len(days)} interviews")
    assert not shorter.period.startswith(f"{len(days)} interviews")


def test_it_opens_no_scores_of_an_interview_its_maker_has_to_rate_first(shared: Shared) -> None:
    with shared.world.database.platform_engine.begin() as connection:
        new = {"completed_at": now() - timedelta(days=1)}
        connection.execute(sa.update(interviews).where(interviews.c.id == THEM.interviews[0]).values(new))
    _, token = shared.made("interviewee")
    engine = shared.world.database.engine
    told = [open_report(engine, token, SETTINGS.with_changes(self_rating=asked)) for asked in (False, True)]
    points = [sum(len(skill.points) for skill in report.skills) for report in told if report]
    assert len(points) == 2
    assert points[1] < points[0]
    # Their coach, who rates nothing of themselves here, opens all of it.
    _, coachs = shared.made("coach")
    report = open_report(engine, coachs, SETTINGS.with_changes(self_rating=True))
    assert report is not None
    assert sum(len(skill.points) for skill in report.skills) == points[0]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_a_link_that_ended_answers_as_one_that_never_was(shared: Shared, end: Callable[[Shared, str], None]) -> None:
    link_id, token = shared.made()
    assert shared.asked.get(f"/shared/{token}").status_code == 200
    end(shared, link_id)
    guess = secrets.token_urlsafe(32)
    missing = shared.asked.get("/shared/there/is/nothing")
    assert missing.status_code == 404
    tries = [("GET", token), ("GET", f"{token}/report.pdf"), ("GET", guess), ("GET", ""), ("POST", token)]
    for method, path in tries:
        answer = shared.asked.request(method, f"/shared/{path}")
        told = (answer.status_code, answer.content, sorted(answer.headers.items()))
        assert told == (404, missing.content, sorted(missing.headers.items()))


def test_ten_thousand_guesses_find_nothing_and_are_slowed_down(shared: Shared) -> None:
    link_id, token = shared.made()
    with reading(shared.world.database.engine) as db:
        (kept,) = db.execute(sa.select(report_links.c.token_hash)).scalars()
        near = [
            token[:place] + letter + token[place + 1 :]
            for place in range(43)
            for letter in "Aa0-"
            if letter != token[place]
        ]
        guesses = [kept, link_id, "", "%", "a" * 4_000, "\ud800", *near]
        guesses += [secrets.token_urlsafe(32) for _ in range(10_000 - len(guesses))]
        found = [guess for guess in guesses if find_link(db, guess, SETTINGS) is not None]
        assert find_link(db, token, SETTINGS) is not None
    assert found == []
    answers = [shared.asked.get(f"/shared/{guess}").status_code for guess in guesses[-MISSES.amount - 5 :]]
    assert set(answers[: MISSES.amount]) == {404}
    assert answers[-1] == 429
    # Whoever has a link is not locked out by who guesses behind the same address.
    assert shared.asked.get(f"/shared/{token}").status_code == 200


def test_what_ended_takes_as_many_steps_as_a_guess(shared: Shared) -> None:
    """One statement each: the time an answer takes tells nothing either."""
    ids = {end: shared.made() for end in (lapsed, revoked)}
    revoked(shared, ids[revoked][0])
    lapsed(shared, ids[lapsed][0])
    taken: list[str] = []
    sa.event.listen(
        shared.world.database.engine, "before_cursor_execute", lambda *event: taken.append(event[2]), named=False
    )
    steps = []
    for token in (secrets.token_urlsafe(32), ids[lapsed][1], ids[revoked][1], "no/address/of/a/link"):
        taken.clear()
        assert shared.asked.get(f"/shared/{token}").status_code == 404
        steps.append(len(taken))
    assert steps == [1, 1, 1, 1]


def test_one_link_cannot_be_opened_without_end(shared: Shared) -> None:
    _, token = shared.made()
    answers = [shared.asked.get(f"/shared/{token}") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert shared.openings() == 30


def test_many_who_open_links_take_no_more_than_a_few_threads_and_the_last_are_told_to_come_again(
    shared: Shared,
) -> None:
    _, token = shared.made()
    at_once, most = 0, 0
    lock = threading.Lock()
    # Reports take their time until somebody was refused.
    refused = threading.Event()

    def settings() -> Settings:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        refused.wait(30)
        with lock:
            at_once -= 1
        return SETTINGS

    async def ask() -> Counter[int]:
        program = SharedReports(settings, lambda: shared.world.database.engine)
        transport = httpx2.ASGITransport(Starlette(routes=[LazyMount("/shared", lambda: program)]))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost", timeout=300) as asking:

            async def open_link() -> int:
                answer = await asking.get(f"/shared/{token}")
                if answer.status_code == 503:
                    refused.set()
                return answer.status_code

            return Counter(await asyncio.gather(*(open_link() for _ in range(MOST_WAITING + 20))))

    statuses = asyncio.run(ask())
    assert most == AT_ONCE
    # Two at the same moment may both be the thirtieth.
    assert 30 <= statuses[200] < 30 + AT_ONCE
    assert statuses[503] >= 1


def test_it_stands_below_the_path_of_a_proxy(world: World) -> None:
    shared = Shared(world, served(world, base="/skills"))
    _, token = shared.made()
    page = shared.asked.get(f"/skills/shared/{token}")
    assert page.status_code == 200
    # Found from the page itself, wherever that stands.
    assert f'href="{token}/report.pdf"' in page.text
    assert shared.asked.get(f"/skills/shared/{token}/report.pdf").headers["content-type"] == "application/pdf"


@pytest.mark.parametrize("who", ["other interviewee", "other coach", "unassigned"])
def test_nobody_makes_lists_or_revokes_a_link_of_whom_they_do_not_see(shared: Shared, who: str) -> None:
    link_id, token = shared.made()
    viewer = shared.world.viewer(who)
    with writing(shared.world.database.engine) as db:
        with pytest.raises(CoachingError, match="does not exist, or you do not have access"):
            make_link(viewer, db, THEM.user_id)
        with pytest.raises(CoachingError, match="no such link"):
            revoke_link(viewer, db, link_id)
    with reading(shared.world.database.engine) as db:
        assert links_of(viewer, db, THEM.user_id) == []
    assert shared.asked.get(f"/shared/{token}").status_code == 200


def test_a_coach_does_not_revoke_what_the_candidate_gave_out(shared: Shared) -> None:
    link_id, _ = shared.made("interviewee")
    with writing(shared.world.database.engine) as db:
        with pytest.raises(NotAllowedError):
            revoke_link(shared.world.viewer("coach"), db, link_id)
        assert revoke_link(shared.world.viewer("admin"), db, link_id).revoked_at is not None


@pytest.mark.parametrize(
    ("who", "setting"), [("coach", "coaches_link_reports"), ("interviewee", "interviewees_link_reports")]
)
def test_a_setting_turns_links_off_also_those_there_are(shared: Shared, who: str, setting: str) -> None:
    _, token = shared.made(who)
    other = "interviewee" if who == "coach" else "coach"
    _, others = shared.made(other)
    asked = served(shared.world, Settings(**{setting: False}))
    assert asked.get(f"/shared/{token}").status_code == 404
    assert asked.get(f"/shared/{others}").status_code == 200


@pytest.mark.parametrize("days", [0, MOST_DAYS + 1, -1])
def test_a_link_lasts_no_longer_than_is_allowed(shared: Shared, days: int) -> None:
    with pytest.raises(CoachingError, match="from 1 to 90 days"):
        shared.made(days=days)


def test_links_are_exported_expire_with_the_rest_and_one_revoked_meanwhile_is_not_opened(shared: Shared) -> None:
    link_id, _ = shared.made()
    engine = shared.world.database.engine
    assert [row["id"] for row in export_person(engine, THEM.user_id)["ours"]["report_links"]] == [link_id]
    revoked(shared, link_id)
    with writing(engine) as db:
        assert not count_opening(db, link_id)
    expire(engine, 30, at=now() + timedelta(days=29))
    assert [row["id"] for row in export_person(engine, THEM.user_id)["ours"]["report_links"]] == [link_id]
    expire(engine, 30, at=now() + timedelta(days=31))
    assert export_person(engine, THEM.user_id)["ours"]["report_links"] == []
