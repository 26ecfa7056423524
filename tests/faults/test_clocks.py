"""Clocks that are wrong, put back and put forward, and dates far away: right order, right days where the viewer is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from analytics import columns, formatting
from analytics.access import members
from analytics.access.sign_in import SignedOutError, SignIn, sign_out, viewer_of
from analytics.access.viewer import TRUSTED
from analytics.breakdown.jobs import store
from analytics.breakdown.jobs.job import JobState
from analytics.charts import progression
from analytics.columns import now
from analytics.database.sessions import reading, writing
from analytics.interviewlab.tables import interviews
from analytics.queries import candidates as queries_candidates
from analytics.queries import interviews as queries_interviews
from analytics.roster import page as roster_page
from analytics.roster import refresh
from analytics.settings import Settings
from tests.support.databases import Database
from tests.support.jobs import ended, give_conversations, working
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visit, Visitor, dashboard_of
from tests.support.world import ISSUER, PEOPLE, populate

SKEW = timedelta(minutes=10)
TOKYO, NEW_YORK, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")

# Interviews of one person by id: ids say nothing about the order, and two are of the same moment.
MOMENTS = {
    9: datetime(1970, 1, 1, tzinfo=UTC),
    3: datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),  # a second before clocks are put forward in Berlin
    8: datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC),
    7: datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # 02:30 in Berlin
    2: datetime(2026, 10, 25, 1, 10, tzinfo=UTC),  # 02:10 in Berlin, for the second time
    4: datetime(2026, 10, 25, 1, 10, tzinfo=UTC),
    6: datetime(2028, 2, 28, 23, 30, tzinfo=UTC),
    5: datetime(2028, 2, 29, 23, 30, tzinfo=UTC),
    1: datetime(2100, 1, 1, tzinfo=UTC),
}
DAYS = {
    "UTC": [
        "1 Jan 1970", "29 Mar 2026", "29 Mar 2026", "25 Oct 2026", "25 Oct 2026", "25 Oct 2026", "28 Feb 2028",
        "29 Feb 2028", "1 Jan 2100",
    ],
    "Asia/Tokyo": [
        "1 Jan 1970", "29 Mar 2026", "29 Mar 2026", "25 Oct 2026", "25 Oct 2026", "25 Oct 2026", "29 Feb 2028",
        "1 Mar 2028", "1 Jan 2100",
    ],
    "America/New_York": [
        "31 Dec 1969", "28 Mar 2026", "28 Mar 2026", "24 Oct 2026", "24 Oct 2026", "24 Oct 2026", "28 Feb 2028",
        "29 Feb 2028", "31 Dec 2099",
    ],
}  # fmt: skip


@pytest.fixture
def dated(database: Database) -> Database:
    """A person with these interviews; a PostgreSQL's were written on connections that keep Berlin's time."""
    rows = [
        interview(
            number, title=f"Number {number}", completed_at=moment, created_at=moment, started_at=moment,
            updated_at=moment, feedback=feedback(0.5, 0.4, 0.6, 0.7),
        )
        for number, moment in MOMENTS.items()
    ]  # fmt: skip
    if database.dialect == "postgresql":
        sa.event.listen(
            database.platform_engine, "connect", lambda line, _: line.execute("SET timezone = 'Europe/Berlin'")
        )
    add(database.platform_engine, people=[person(1, full_name="Ann")], rows=rows)
    return database


@pytest.fixture
def visitor(dated: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    with dashboard_of(monkeypatch, DATABASE_URL=dated.url) as somebody:
        yield somebody


def there(visitor: Visitor, visit: Visit, zone: str | None) -> Visit:
    """See a page again from somewhere."""
    visit.at.context["timezone"] = zone
    visitor.again(visit)
    return visit


def test_interviews_stand_in_the_order_of_their_moments_and_then_of_their_ids(dated: Database) -> None:
    with reading(dated.engine) as db:
        history = queries_candidates.skill_history(TRUSTED, db, 1) or []
        listed = queries_interviews.candidate_interviews(TRUSTED, db, 1)
    assert list(dict.fromkeys(record.interview_id for record in history)) == list(MOMENTS)
    assert [row.interview_id for row in listed] == [*reversed(MOMENTS)]
    assert {record.interview_id: record.date for record in history} == MOMENTS
    assert {row.interview_id: row.date for row in listed} == MOMENTS
    for zone, days in DAYS.items():
        chart = progression.progression(history, zone=ZoneInfo(zone))
        assert chart.table["Date"] == days
        assert f"from {days[0]} to {days[-1]}" in chart.alt


@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK, BERLIN, UTC], ids=str)
def test_a_line_never_goes_back_in_time(zone: Any) -> None:
    records = [
        queries_candidates.SkillRecord("technical", number, f"Number {number}", moment, "scored", None, 0.5)
        for number, moment in MOMENTS.items()
        if moment.year == 2026
    ]
    figure = progression.progression(records, zone=zone).figure
    places = next(trace for trace in figure.data if trace.name == "Technical").x
    assert len(places) == 5
    assert all(earlier < later for earlier, later in pairwise(places))


@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK, UTC], ids=str)
def test_the_ends_of_the_calendar_are_days_too(zone: Any) -> None:
    assert formatting.day(datetime.max.replace(tzinfo=UTC), zone).endswith(" Dec 9999")
    assert formatting.day(datetime.min.replace(tzinfo=UTC), zone).startswith("1 Jan ")
    assert formatting.day(None, zone) == "–"


def test_every_page_names_the_day_where_the_viewer_is(visitor: Visitor) -> None:
    candidates, candidate = visitor.open("candidates"), visitor.open("candidate", candidate="1")
    compare, interview_page = visitor.open("compare", interviews="5,9"), visitor.open("interview", interview="5")
    for zone, days in DAYS.items():
        assert there(visitor, candidates, zone).roster()["Last interview"] == [days[-1]]
        shown = there(visitor, candidate, zone)
        assert shown.table()["Date"] == days[::-1]
        assert f"last {days[-1]}" in shown.text
        assert shown.figure()["data"][-1]["customdata"][0][2].split(", ")[0] == days[0]
        assert f"Ann · {days[-2]}" in there(visitor, compare, zone).text
        assert compare.figure()["data"][1]["customdata"][0][2].split(", ")[0] == days[0]
        assert f"\n{days[-2]} · " in there(visitor, interview_page, zone).text


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("written", "shown"), [("infinity", "Dec 9999"), ("0044-03-15 BC", "1 Jan 1")])
def test_a_moment_that_no_calendar_of_ours_holds_breaks_nothing(
    dated: Database, visitor: Visitor, written: str, shown: str
) -> None:
    people = [person(2, full_name="Ben")]
    add(dated.platform_engine, people=people, rows=[interview(20, 2, feedback=feedback(0.5, 0.4, 0.6, 0.7))])
    with dated.platform_engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE interviews SET completed_at = '{written}' WHERE id IN (1, 2)")
    for zone in ("Asia/Tokyo", "America/New_York"):
        # Everybody's list is brought up to date, and not only as far as that row.
        listed = there(visitor, visitor.open("candidates"), zone).roster()
        last = dict(zip(listed["Name"], listed["Last interview"], strict=True))
        assert last.keys() == {"Ann", "Ben"}
        assert last["Ben"] == formatting.day(interview(20)["completed_at"], ZoneInfo(zone))
        for page in (
            visitor.open("candidate", candidate="1"), visitor.open("compare", interviews="1,2,3"),
            visitor.open("interview", interview="1"),
        ):  # fmt: skip
            there(visitor, page, zone)
            assert not page.at.error
            assert shown in page.text + str(page.table() if page.at.dataframe or page.at.table else "")
        places = visitor.open("candidate", candidate="1").figure()["data"][-1]["x"]
        assert len(set(map(str, places))) == len(MOMENTS)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_zone_that_nobody_knows_is_utc(visitor: Visitor) -> None:
    page = there(visitor, visitor.open("interview", interview="5"), "Asia/Tokyo")
    assert "\n1 Mar 2028 · " in page.text
    for told in (None, "Nowhere/Land", "America", "../../etc/passwd", "x" * 5000, "tzdata.zi", ""):
        there(visitor, page, told)
        assert "\n29 Feb 2028 · " in page.text
        assert not page.at.error


# A clock that differs by ten minutes from that of the database, of the platform or of the sign-in provider.


class Ahead(datetime):
    """A clock that is ten minutes ahead."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + SKEW


class Behind(datetime):
    """A clock that is ten minutes behind."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) - SKEW


@pytest.fixture(params=[Ahead, Behind])
def our_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[datetime]:
    """The program's clock is wrong; everybody else's is right."""
    clock: type[datetime] = request.param
    monkeypatch.setattr(columns, "datetime", clock)
    return clock


@pytest.mark.usefixtures("our_clock")
def test_an_interview_of_just_now_is_one_of_today(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.now(UTC)
    row = interview(
        1, completed_at=moment, started_at=moment + timedelta(minutes=1), created_at=moment, updated_at=moment,
        feedback=feedback(0.5, 0.4, 0.6, 0.7),
    )  # fmt: skip
    add(database.platform_engine, people=[person(1, full_name="Ann")], rows=[row])
    with dashboard_of(monkeypatch, DATABASE_URL=database.url) as visitor:
        visitor.claims["iat"] -= 2 * SKEW.seconds
        page = visitor.open("candidates", within="7 days")
        assert page.roster()["Name"] == ["Ann"]
        assert "No interview" not in page.roster()["Needs attention"][0]
        assert page.roster()["Last interview"] == [formatting.day(moment)]
        person_page = visitor.open("candidate", candidate="1", period="30 days")
        assert person_page.at.get("plotly_chart")
        assert "No completed interview" not in person_page.text
        interview_page = visitor.open("interview", interview="1")
        assert not re.search(r"\d min", interview_page.text)
        for shown in (page, person_page, interview_page):
            assert not re.search(r"[-−]\d", shown.text)


def signing_in(issued_at: datetime) -> SignIn:
    return SignIn(ISSUER, "the coach", PEOPLE["coach"].email, True, issued_at.replace(microsecond=0))


def test_a_sign_in_of_a_provider_that_is_behind_is_good_and_ends_in_its_time(database: Database) -> None:
    populate(database)
    settings = Settings(session_hours=8)
    assert viewer_of(database.engine, signing_in(now() - SKEW), settings).email == PEOPLE["coach"].email
    # Ended by the person, and by an admin: the next sign-in, of the same slow clock, is good at once.
    with writing(database.engine) as db:
        sign_out(db, signing_in(now() - SKEW))
    with pytest.raises(SignedOutError, match="signed out"):
        viewer_of(database.engine, signing_in(now() - SKEW), settings)
    viewer_of(database.engine, signing_in(now() - SKEW + timedelta(seconds=2)), settings)
    with writing(database.engine) as db:
        members.end_sessions(TRUSTED, db, PEOPLE["coach"].email)
    viewer_of(database.engine, signing_in(now() - SKEW + timedelta(seconds=4)), settings)
    with pytest.raises(SignedOutError, match="8 hours old"):
        viewer_of(database.engine, signing_in(now() - timedelta(hours=8, seconds=2)), settings)


def test_a_sign_in_of_a_provider_that_is_ahead_says_that_a_clock_is_wrong(database: Database) -> None:
    populate(database)
    assert (
        viewer_of(database.engine, signing_in(now() + timedelta(seconds=50)), Settings()).email == PEOPLE["coach"].email
    )
    # Streamlit refuses such a sign-in itself from two minutes on.
    with pytest.raises(SignedOutError, match="a clock is wrong"):
        viewer_of(database.engine, signing_in(now() + SKEW), Settings())


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_a_job_is_made_once_whatever_the_clock_says(database: Database, our_clock: type[datetime]) -> None:
    world = populate(database)
    give_conversations(database)
    with working(database) as at_work:
        first = at_work.press(world.viewer("coach"), 101)
        done = ended(database, first.id)
        assert done.state is JobState.FINISHED
        second = at_work.press(world.viewer("coach"), 101)
        assert second.id != first.id
        assert ended(database, second.id).state is JobState.FINISHED
    assert abs(done.pressed_at - our_clock.now(UTC)) < timedelta(minutes=2)
    with reading(database.engine) as db:
        found = store.latest(world.viewer("coach"), db, 101)
    assert found is not None
    assert found.id == second.id


def test_an_open_job_of_a_copy_whose_clock_is_behind_is_the_one_that_is_shown(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = populate(database)
    coach = world.viewer("coach")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(columns, "datetime", Ahead)
        former = store.request(coach, database.engine, 101)
        store.close(database.engine, former.id, JobState.FAILED, "The model did not answer.")
    pressed = store.request(coach, database.engine, 101)
    with dashboard_of(monkeypatch, DATABASE_URL=database.url) as visitor:
        page = visitor.open("interview", interview="101")
        assert "The model did not answer" not in page.text
        assert not page.at.button(key="cancel_job").disabled
    with reading(database.engine) as db:
        shown = store.latest(coach, db, 101)
    assert shown is not None
    assert shown.id == pressed.id


def test_a_job_that_another_copy_began_has_not_run_for_less_than_no_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = populate(database)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(columns, "datetime", Ahead)
        pressed = store.request(world.viewer("coach"), database.engine, 101)
        store.begin(database.engine, pressed.id)
    with dashboard_of(monkeypatch, DATABASE_URL=database.url) as visitor:
        page = visitor.open("interview", interview="101")
    texts = [bar.proto.text for bar in page.at.get("progress")]
    assert [text for text in texts if text.endswith(" · 0 s")]
    assert not [text for text in texts if "-" in text]


def test_the_roster_is_brought_up_to_date_under_a_wrong_clock(database: Database, our_clock: type[datetime]) -> None:
    world = populate(database)
    with database.platform_engine.begin() as connection:
        connection.execute(
            sa.update(interviews).where(interviews.c.id == 103).values(feedback=feedback(0.1, 0.1, 0.1, 0.1))
        )
    with database.engine.begin() as connection:
        refresh.refresh(connection)
    with reading(world.database.engine) as db:
        rows = {row.user_id: row for row in roster_page.page(TRUSTED, db).rows}
    assert rows[11].recent_overall[-1] == pytest.approx(0.1)
