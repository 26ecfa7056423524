"""The numbers of the report are those of the API, for 500 random people on both databases; and none is cut on paper."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from pypdf import PdfReader

from analytics.access.viewer import TRUSTED
from analytics.api import PREFIX
from analytics.database.sessions import reading
from analytics.report.content import Report
from analytics.report.html import report_html
from analytics.report.pdf import report_pdf
from analytics.settings import DEFAULT_TARGET
from analytics.skills import SKILL_KEYS
from analytics.views.report import view_report
from tests.support.api_client import bearer, client, platform_token
from tests.support.databases import Database
from tests.support.paper import ink_in_margins, report_pages
from tests.support.platform_rows import START, add, feedback, interview, person
from tests.support.world import World

PEOPLE = 500
TARGETS = dict.fromkeys(SKILL_KEYS, DEFAULT_TARGET)


def fill(database: Database) -> None:
    """People with none to nine interviews, whose scores wander, and of which some are missing."""
    drawn = random.Random(5)
    rows = []
    for user_id in range(1, PEOPLE + 1):
        levels = [drawn.uniform(0.3, 0.9) for _ in SKILL_KEYS]
        slope = drawn.uniform(-0.06, 0.06)
        for place in range(drawn.randrange(10)):
            scores = [
                None
                if drawn.random() < 0.15
                else round(min(max(level + slope * place + drawn.gauss(0, 0.07), 0), 1), 3)
                for level in levels
            ]
            number = user_id * 20 + place
            moment = START + timedelta(days=20 * place)
            rows.append(interview(number, user_id, feedback=feedback(*scores), completed_at=moment))
    add(database.platform_engine, people=[person(number) for number in range(1, PEOPLE + 1)], rows=rows)


@pytest.mark.heavy
def test_the_report_has_the_numbers_of_the_api(database: Database) -> None:
    fill(database)
    asked = client(World(database))
    told = 0
    for user_id in range(1, PEOPLE + 1):
        with reading(database.engine) as db:
            made = view_report(TRUSTED, user_id, TARGETS, db)
        assert made is not None
        path = f"{PREFIX}/interviews/analytics/skills/"
        trends, progression = (
            asked.get(f"{path}{name}?user_id={user_id}", headers=bearer(platform_token(user_id))).json()
            for name in ("trends", "progression")
        )
        for line, key in zip(made.skills, SKILL_KEYS, strict=True):
            trend = trends[key]
            now = None if trend["current"] is None else f"{trend['current']:.2f}"
            if trend["current_error"] is not None:
                now = f"{now} ± {trend['current_error']:.2f}"
            moved = trend["trend"] in {"improving", "declining"}
            assert line.now == now
            assert (line.change is not None) == moved
            if line.change is not None:
                change, half = line.change.replace("−", "-").split(" ± ")
                assert change == f"{trend['change']:+.2f}"
                # As wide below as above.
                for end in (trend["change_high"] - trend["change"], trend["change"] - trend["change_low"]):
                    assert abs(float(half) - end) <= 0.006
            assert line.sentence.casefold() in trend["sentence"].casefold()
            points = [(one["date"][:10], one["score"]) for one in progression[key]]
            assert [(day.isoformat(), round(score, 2)) for day, score, _ in line.points] == points
            told += moved
        if user_id % 50 == 0:
            uncut(made)
    assert told >= 50, "no change was compared"


def uncut(made: Report) -> None:
    """All words of the HTML stand on the paper, in both forms of it."""
    html = re.sub(r"<style>.*?</style>|<title>.*?</title>|<desc>.*?</desc>", " ", report_html(made), flags=re.DOTALL)
    wanted = set(unescape(re.sub(r"<[^>]+>", " ", html)).split())
    for paper in ("a4", "us-letter"):
        pages = PdfReader(BytesIO(report_pdf(made, paper=paper))).pages  # type: ignore[arg-type]
        assert len(pages) <= 2
        printed = "".join("".join(page.extract_text() for page in pages).split())
        assert sorted(word for word in wanted if word not in printed) == []
        drawn = report_pages(made, paper=paper)
        assert [ink_in_margins(page) for page in drawn] == [0] * len(pages)
