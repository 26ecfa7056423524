"""The report: the same numbers as the page, the quotes of what was said, and nothing for whoever may not see it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from analytics.access.viewer import TRUSTED, Role, Viewer
from analytics.breakdown.versions import save
from analytics.coaching.steps import agree_step
from analytics.database.sessions import reading, writing
from analytics.report.content import Report
from analytics.report.drawing import draw_progression
from analytics.report.pdf import report_pdf
from analytics.settings import DEFAULT_TARGET
from analytics.skills import SKILL_KEYS
from analytics.verdicts.verdicts import give_verdict
from analytics.views.candidate import view_candidate
from analytics.views.report import view_report
from tests.support.breakdowns import generated
from tests.support.databases import Database
from tests.support.platform_rows import add, feedback, interview, person

TARGETS = dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET)
MADE = datetime(2026, 11, 28, tzinfo=UTC)


def report(database: Database, viewer: Viewer = TRUSTED, **period: date) -> Report | None:
    with reading(database.engine) as db:
        return view_report(viewer, 1, TARGETS, db, now=MADE, since=period.get("since"), until=period.get("until"))


def falling(database: Database, count: int = 9) -> None:
    """Somebody whose scores fall from interview to interview, a month apart."""
    rows = [
        interview(
            number,
            feedback=feedback(*[0.9 - 0.05 * number] * 3, None),
            completed_at=datetime(2026, number, 10, 12, tzinfo=UTC),
        )
        for number in range(1, count + 1)
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)


def test_the_report_has_the_numbers_of_the_page(database: Database) -> None:
    falling(database)
    made = report(database)
    assert made is not None
    with reading(database.engine) as db:
        page = view_candidate(TRUSTED, 1, TARGETS, db)
    assert page is not None
    for skill, key in zip(made.skills, SKILL_KEYS, strict=True):
        trend = page.trends[key]
        if trend.current is None:
            assert (skill.now, skill.change, skill.points) == (None, None, [])
            continue
        assert skill.now == f"{trend.current:.2f} ± {trend.current_error:.2f}"
        half = trend.change_high - trend.change
        assert skill.change == f"{trend.change:+.2f} ± {half:.2f}".replace("-", "−")
        assert len(skill.points) == trend.scored == 9
    assert made.period == "9 interviews, 10 Jan 2026 to 10 Sep 2026"
    assert made.scored_by == "Scores by InterviewLab."
    assert made.made == "Made on 28 Nov 2026."


def test_a_verdict_is_drawn_as_one_and_moves_no_level(database: Database) -> None:
    falling(database)
    before = report(database)
    with writing(database.engine) as db:
        give_verdict(Viewer(Role.ADMIN, email="ada@example.org"), db, 9, SKILL_KEYS[0], 5, reason="As the anchors say")
    made = report(database)
    assert before is not None
    assert made is not None
    judged, plain = made.skills[0], made.skills[1]
    assert judged.points[-1] == (date(2026, 9, 10), 1.0, True)
    assert "1.00 on 10 Sep 2026 (a coach’s verdict)" in draw_progression(judged)
    assert (draw_progression(judged).count("<path"), draw_progression(judged).count("<circle")) == (1, 8)
    assert "A diamond is a coach's verdict" in " ".join(made.limits)
    assert (judged.now, judged.change) == (before.skills[0].now, before.skills[0].change)
    assert "<path" not in draw_progression(plain)
    assert "diamond" not in " ".join(before.limits)


def test_a_period_leaves_out_what_lies_outside(database: Database) -> None:
    falling(database)
    made = report(database, since=date(2026, 2, 10), until=date(2026, 3, 10))
    assert made is not None
    assert made.period == "2 interviews, 10 Feb 2026 to 10 Mar 2026"
    assert {len(skill.points) for skill in made.skills} == {2, 0}
    assert {skill.change for skill in made.skills} == {None}, "a change was told from two interviews"
    empty = report(database, since=date(2030, 1, 1))
    assert empty is not None
    assert (empty.period, list(empty.claims)) == ("No completed interview in this period", [])


def test_only_claims_with_a_quote_are_printed(database: Database) -> None:
    falling(database, 3)
    made = report(database)
    assert made is not None
    assert list(made.claims) == []
    breakdown = generated()
    save.save(database.engine, 3, breakdown, version_id="one", by="coach@example.org", write_back=False)
    made = report(database)
    assert made is not None
    claims = [claim for skill in breakdown.skill_breakdown.values() for claim in (*skill.weaknesses, *skill.strengths)]
    printed = {(claim.text, claim.quote) for claim in made.claims}
    assert 1 <= len(made.claims) <= 3
    assert printed <= {(claim.text, claim.quotes[0].text) for claim in claims if claim.quotes}


@pytest.mark.parametrize(
    "steps", [["\n".join(f"Line {number}" for number in range(20))] * 5, ["a\n" * 240] * 4], ids=["lines", "letters"]
)
def test_steps_of_many_lines_stay_on_two_pages(database: Database, steps: list[str]) -> None:
    falling(database)
    breakdown = generated()
    save.save(database.engine, 9, breakdown, version_id="one", by="coach@example.org", write_back=False)
    with writing(database.engine) as db:
        for step in steps:
            agree_step(TRUSTED, db, 1, step)
    made = report(database)
    assert made is not None
    # All of them are there, each in one line.
    assert len(made.steps) == len(steps)
    assert [step for step in made.steps if len(step.splitlines()) != 1] == []
    assert made.steps[0].startswith(" ".join(steps[0].split()))
    for paper in ("a4", "us-letter"):
        assert len(PdfReader(BytesIO(report_pdf(made, paper=paper))).pages) <= 2  # type: ignore[arg-type]


def test_names_titles_and_quotes_of_several_lines_are_written_in_one(database: Database) -> None:
    row = interview(1, feedback=feedback(0.5, 0.4, 0.6, None), title="Backend\n\nround\u2028two")
    add(database.platform_engine, people=[person(1, full_name="Ann\nLee")], rows=[row])
    save.save(database.engine, 1, generated(), version_id="one", by="coach@example.org", write_back=False)
    made = report(database)
    assert made is not None
    assert made.candidate == "Ann Lee"
    claims = list(made.claims)
    assert {claim.source for claim in claims} == {"Backend round two, 2 Mar 2026"}
    assert [claim for claim in claims if len(f"{claim.text} {claim.quote}".splitlines()) != 1] == []


def test_who_may_not_see_a_candidate_gets_no_report(database: Database) -> None:
    falling(database, 2)
    assert report(database, Viewer(Role.INTERVIEWEE, user_id=2)) is None
    own = report(database, Viewer(Role.INTERVIEWEE, user_id=1))
    assert own is not None
    assert re.search("2 interviews", own.period)


def test_an_interview_at_the_end_of_the_calendar_breaks_no_report(database: Database) -> None:
    ends = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)]
    rows = [interview(n, feedback=feedback(0.5, 0.4, 0.6, 0.7), completed_at=end) for n, end in enumerate(ends, 1)]
    add(database.platform_engine, people=[person(1)], rows=rows)
    with reading(database.engine) as db:
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            told = view_report(TRUSTED, 1, dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET), db, zone=ZoneInfo(zone))
            assert told is not None
            assert [len(skill.points) for skill in told.skills] == [2, 2, 2, 2]
