"""One person's page."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest

from analytics.columns import now
from analytics.formatting import day
from analytics.skills import SKILLS
from tests.support.databases import Database
from tests.support.hostile import HOSTILE
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visit, Visitor


def days_ago(days: float) -> dict[str, Any]:
    moment = now() - timedelta(days=days)
    return {"completed_at": moment, "created_at": moment}


def lines(page: Visit) -> dict[str, dict[str, Any]]:
    """The lines of the progression by name; bands are no lines."""
    return {trace["name"]: trace for trace in page.figure()["data"] if trace["mode"] == "lines+markers"}


def test_the_lines_are_the_scores_by_interview_date(database: Database, visitor: Visitor) -> None:
    # Stored in another order than held, and number 3 without a score for one skill.
    rows = [interview(n, feedback=feedback(0.5 + n / 100, 0.4, None if n == 3 else 0.6, 0.7)) for n in (4, 3, 2, 1)]
    add(database.platform_engine, people=[person(1)], rows=rows)
    page = visitor.open("candidate", candidate="1")
    drawn = lines(page)
    assert list(drawn) == [skill.label for skill in SKILLS]
    assert drawn["Communication"]["y"] == [0.51, 0.52, 0.53, 0.54]
    assert drawn["Problem solving"]["y"] == [0.6, 0.6, None, 0.6]
    assert drawn["Problem solving"]["connectgaps"] is False
    assert [point[0] for point in drawn["Technical"]["customdata"]] == [1, 2, 3, 4]
    assert {drawn[skill.label]["line"]["color"] for skill in SKILLS} == {skill.colour for skill in SKILLS}
    assert "Communication from 0.51 to 0.54" in page.alt()
    # Nine for the candidate (one reads verdicts, one looks whether they asked for reviews or rated themselves); for the
    # session: its scope, goals (again for the chart), notes and steps; for what is new: the latest versions and the
    # former look, and at the first look what keeps it, which in SQLite is four; two more note the visit.
    assert len(page.statements) <= 22, page.statements


def test_the_figures_on_top_and_the_sentences(database: Database, visitor: Visitor) -> None:
    rows = [interview(n, feedback=feedback(0.3 + n / 20, 0.4, 0.6, 0.7), **days_ago(100 - 9 * n)) for n in range(1, 11)]
    add(
        database.platform_engine,
        people=[person(1)],
        rows=[*rows, interview(11, status="in_progress", completed_at=None)],
    )
    page = visitor.open("candidate", candidate="1")
    assert "**Up over 10 interviews: communication by 0.45.**" in page.text
    assert "Communication 0.77 +0.45 · target 0.80" in page.text
    assert "Technical 0.40 steady · target 0.80" in page.text
    # One order only: the level now, of which the focus below speaks too.
    assert "Strongest" not in page.text
    assert "Weakest" not in page.text
    sentences = [text for text in page.text.split("\n") if "over 10 interviews" in text and "**" not in text]
    assert len(sentences) == 4
    assert "Communication: up by about" in sentences[0].replace("\\", "")
    assert "trending_up" in sentences[0]
    assert "steady" in sentences[1]
    assert "Work on next: technical" in page.text
    assert f"10 interviews · last {day(days_ago(10)['completed_at'])}, 10 days ago · overall average" in page.text
    assert "Technical is at about 0.40. Target: 0.80. This is clearly the biggest gap." in page.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_ticks_stay_with_the_interviews_they_were_set_on(database: Database, visitor: Visitor) -> None:
    rows = [interview(n, feedback=feedback(0.5, 0.4, 0.6, 0.7)) for n in range(1, 6)]
    rows += [interview(n, 2, feedback=feedback(0.5, 0.4, 0.6, 0.7)) for n in (6, 7)]
    add(database.platform_engine, people=[person(1), person(2)], rows=rows)
    page = visitor.open("candidate", candidate="1")
    # Its id ends with its key.
    shown = next(table.proto.id for table in page.at.dataframe if "-interviews_list" in table.proto.id)
    key = shown[shown.index("interviews_list") :]
    page.at.session_state[key] = {"selection": {"rows": [0, 4], "columns": [], "cells": []}}
    visitor.again(page)
    assert "2 interviews selected." in page.text
    # The next candidate has two interviews, and none of them was ticked.
    page.at.query_params["candidate"] = "2"
    visitor.again(page)
    assert "0 interviews selected." in page.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_the_weakest_skill_is_the_one_to_work_on_now(database: Database, visitor: Visitor) -> None:
    # Communication was far below the others until it caught up; on the average of all time it still is the lowest.
    rows = [
        interview(n, feedback=feedback(0.1 + 0.07 * n, 0.55, 0.6, 0.7), **days_ago(100 - 9 * n)) for n in range(1, 11)
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    page = visitor.open("candidate", candidate="1")
    assert "Work on next: technical" in page.text
    assert "Technical 0.55 steady" in page.text


@pytest.mark.parametrize(
    ("count", "choices"),
    [(1, []), (2, ["First against latest"]), (3, ["Best against worst", "First against latest"])],
)
def test_two_interviews_are_offered_for_comparison_once(
    database: Database, visitor: Visitor, count: int, choices: list[str]
) -> None:
    rows = [
        interview(n, feedback=feedback(0.3 + n / 20, 0.4, 0.6, 0.7), **days_ago(50 - n)) for n in range(1, count + 1)
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    page = visitor.open("candidate", candidate="1")
    assert [link.label for link in page.at.page_link if " against " in link.label] == choices


def test_a_period_leaves_out_what_is_older(database: Database, visitor: Visitor) -> None:
    rows = [
        interview(n, feedback=feedback(n / 10, 0.4, 0.6, 0.7), **days_ago(days))
        for n, days in enumerate((400, 200, 60, 10), 1)
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    for period, left in (
        ("All", [0.1, 0.2, 0.3, 0.4]),
        ("365 days", [0.2, 0.3, 0.4]),
        ("90 days", [0.3, 0.4]),
        ("30 days", [0.4]),
    ):
        page = visitor.open("candidate", candidate="1", period=period)
        assert lines(page)["Communication"]["y"] == left
    assert "trends and bands always use all interviews" in page.text
    page = visitor.open("candidate", candidate="1", period="a week")
    assert page.warnings == ["“a week” in the address is not one of the choices; this shows “All”."]


def test_only_the_chosen_skills_are_drawn(database: Database, visitor: Visitor) -> None:
    add(
        database.platform_engine,
        people=[person(1)],
        rows=[interview(n, feedback=feedback(0.5, 0.4, 0.6, 0.7)) for n in (1, 2)],
    )
    page = visitor.open("candidate", candidate="1", skills="Technical")
    assert list(lines(page)) == ["Technical"]
    bands = [trace["name"] for trace in page.figure()["data"] if trace.get("fill") == "toself"]
    assert bands == ["Technical, 95% band"]
    # Of two interviews there are no first three to compare with.
    assert "Levels: now, target" in [header.value for header in page.at.header]


def test_a_skill_without_scores_keeps_its_axis_open(database: Database, visitor: Visitor) -> None:
    unassessed = [interview(n, feedback=feedback(0.5, 0.6, 0.7, 0.0, code_submissions_count=0)) for n in (1, 2, 3, 4)]
    add(database.platform_engine, people=[person(1)], rows=unassessed)
    page = visitor.open("candidate", candidate="1", overlays="First three")
    radar = page.figure(1)
    layers = {trace["name"]: trace["r"] for trace in radar["data"] if trace["mode"] == "lines+markers"}
    assert layers["All interviews"] == [
        pytest.approx(0.5),
        pytest.approx(0.6),
        pytest.approx(0.7),
        None,
        pytest.approx(0.5),
    ]
    assert layers["First three"][3] is None
    assert radar["layout"]["polar"]["radialaxis"]["range"] == [0, 1]
    assert len(radar["layout"]["polar"]["angularaxis"]["ticktext"]) == 4
    assert all(trace["fill"] == "none" for trace in radar["data"] if "fill" in trace)
    assert "Not scored yet: code quality." in page.text
    assert "code quality not scored" in page.alt(1)


def test_the_numbers_are_one_click_away(database: Database, visitor: Visitor) -> None:
    titles = [HOSTILE["formula"], "Round, the “second”"]
    rows = [interview(n, title=title, feedback=feedback(0.5, None, 0.7, 0.6)) for n, title in enumerate(titles, 1)]
    add(database.platform_engine, people=[person(1, full_name="Zoë O'Neil")], rows=rows)
    page = visitor.open("candidate", candidate="1")
    page.at.session_state["progression_table"] = True
    visitor.again(page)
    table = page.table(-1)
    assert table["Interview"] == titles
    assert table["Technical"] == ["not assessed", "not assessed"]
    download = page.at.get("download_button")[0].proto
    assert download.label == "Download as CSV"


@pytest.mark.parametrize(
    "address", [{}, {"candidate": "2"}, {"candidate": "x"}, {"candidate": "-1"}, {"candidate": "9" * 30}]
)
def test_an_unknown_candidate_is_one_sentence(database: Database, visitor: Visitor, address: dict[str, str]) -> None:
    add(database.platform_engine, people=[person(1)])
    page = visitor.open("candidate", **address)
    assert "This candidate does not exist, or you do not have access." in page.text
    assert [link.label for link in page.at.page_link] == ["Candidates"]
    assert not page.at.get("plotly_chart")


def test_nothing_scored_says_what_would_fill_the_page(database: Database, visitor: Visitor) -> None:
    add(
        database.platform_engine,
        people=[person(1), person(2), person(3)],
        rows=[
            interview(1, status="pending", completed_at=None),
            interview(2, 3, feedback=None, title="Held and not scored"),
        ],
    )
    page = visitor.open("candidate", candidate="1")
    assert "No scored interview yet. Charts appear after the first scored one." in page.text
    page = visitor.open("candidate", candidate="3")
    assert "No scored interview yet. Charts appear after the first scored one." in page.text
    # One press away, as on any other candidate's page.
    assert [link.label for link in page.at.page_link if "Held" in link.label]
    page = visitor.open("candidate", candidate="2")
    assert "No interviews yet. Charts appear after the first scored one." in page.text
    # Nor a list of nothing, with buttons for what cannot be chosen.
    assert not page.at.dataframe
    assert "Interviews" not in [header.value for header in page.at.header]
    assert not page.at.get("plotly_chart")


def test_interviews_without_any_score_draw_nothing(database: Database, visitor: Visitor) -> None:
    unscored = feedback(None, None, None, 0.0, code_submissions_count=0)
    add(database.platform_engine, people=[person(1)], rows=[interview(1, title="A talk", feedback=unscored)])
    page = visitor.open("candidate", candidate="1")
    assert "No scored interview yet. Charts appear after the first scored one." in page.text
    assert not page.at.get("plotly_chart")
    # One is not compared, and no overall score is explained.
    assert [button.label for button in page.at.button if button.label in ("Open", "Compare")] == ["Open"]
    assert "to compare them" not in page.text
    assert not [caption for caption in page.at.caption if "communication counts" in caption.help.lower()]
    # No headline of nothing, which would be a line across the page.
    assert "****" not in page.text
    assert next(link.label for link in page.at.page_link if "A talk" in link.label).endswith("A talk")


def test_on_their_own_page_people_are_spoken_to(database: Database, visitor: Visitor) -> None:
    advice = {"skill_breakdown": {"technical": {"score": 0.4, "recommendations": ["Practise joins."]}}}
    rows = [
        interview(n, feedback=feedback(0.3 + n / 20, 0.4, 0.6, 0.0, code_submissions_count=0, **advice))
        for n in range(1, 11)
    ]
    add(
        database.platform_engine,
        people=[person(1), person(2), person(3)],
        rows=[*rows, interview(11, 2, status="pending", completed_at=None)],
    )
    about = visitor.open("candidate", candidate="1").text.replace("\\", "")
    assert "Communication: up by about" in about
    assert not re.search(r"\b[Yy]our? (have|are|scores|stand|interviews)\b", about)

    def own(number: int) -> str:
        visitor.claims |= {"sub": f"person-{number}", "email": f"person{number}@example.org"}
        return visitor.open("candidate").text.replace("\\", "")

    mine = own(1)
    for words in (
        "Your skills",
        "Communication: up by about",
        "Technical: steady over 10 interviews, at about 0.40.",
        "Code quality: not scored yet.",
        "Technical is at about 0.40. Target: 0.80. This is clearly your biggest gap.",
        "on average in the 5 interviews since",
        "Not scored yet: code quality.",
        "Your interviews",
    ):
        assert words in mine
    assert "Person 1" not in mine.replace("person1@", "")
    assert "**You improved over 10 interviews: communication by 0.45.**" in mine
    assert "Weakest" not in mine
    assert "% sure" not in mine
    # The one skill is named above its advice, and not a second time behind each.
    assert "Practise joins.\n" in mine
    assert "No scored interview yet. Charts appear" in own(2)
    assert "You have no interviews yet. Charts appear" in own(3)


def test_every_state_is_named_in_the_list(database: Database, visitor: Visitor) -> None:
    failed = feedback(0.5, 0.5, 0.5, 0.0, overall_score=0.5, code_submissions_count=0)
    failed["weaknesses"] = ["Unable to generate detailed feedback"]
    rows = [
        interview(1, feedback=feedback(0.5, 0.4, 0.6, 0.7)),
        interview(2, feedback=failed),
        interview(3, feedback=None),
        interview(4, status="in_progress", completed_at=None),
        interview(5, status="cancelled", completed_at=None),
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    page = visitor.open("candidate", candidate="1")
    listed = page.table(0)
    status = dict(zip(listed["Title"], listed["Status"], strict=True))
    assert status == {
        "Interview 1": "completed",
        "Interview 2": "scoring failed",
        "Interview 3": "not scored yet",
        "Interview 4": "in progress",
        "Interview 5": "cancelled",
    }
    scores = dict(zip(listed["Title"], listed["Communication"], strict=True))
    assert [title for title, score in scores.items() if score == score] == ["Interview 1"]


def test_the_list_and_the_links_above_it_round_alike(database: Database, visitor: Visitor) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1, feedback=feedback(0.6, 0.6, 0.7, 0.6))])
    page = visitor.open("candidate", candidate="1")
    assert any(link.label.endswith(" · 0.62 · Interview 1") for link in page.at.page_link)
    # The browser would show 0.625 as 0.63.
    assert list(page.table(0)["Overall"]) == [0.62]


@pytest.mark.parametrize("count", [1, 2, 3, 400])
def test_any_number_of_interviews_with_any_scores(database: Database, visitor: Visitor, count: int) -> None:
    moment = now() - timedelta(days=1)
    scores = ((0, 1, 0.5, 0.5), (1, 0, 0.5, 0.5))
    rows = [
        interview(
            n,
            feedback=feedback(*scores[n % 2]),
            completed_at=moment if count == 3 else now() - timedelta(days=count - n),
        )
        for n in range(1, count + 1)
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    page = visitor.open("candidate", candidate="1")
    line = lines(page)["Communication"]
    assert len(line["y"]) == count
    # Those of one moment stay as many as they are.
    assert len(set(line["x"])) == count


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_names_are_shown_and_not_obeyed(database: Database, visitor: Visitor, kind: str) -> None:
    said = HOSTILE[kind]
    point = {"strengths": [said], "weaknesses": [said], "recommendations": [said]}
    rows = [
        interview(
            n,
            title=said[:255],
            feedback=feedback(0.5, 0.4, 0.6, 0.7, skill_breakdown={skill.key: point for skill in SKILLS}),
        )
        for n in (1, 2)
    ]
    add(database.platform_engine, people=[person(1, full_name=said[:255])], rows=rows)
    page = visitor.open("candidate", candidate="1")
    title = page.at.title[0].value
    assert "<script" not in title.replace("\\<script", "")
    assert "![" not in title.replace("\\!\\[", "")
    hovered = lines(page)["Technical"]["customdata"][0][1]
    assert "<script" not in hovered
    assert "<img" not in hovered
    assert "\u202e" not in page.text + page.alt()


def test_the_csv_holds_no_formula() -> None:
    from pages.parts.chart import as_csv, safe_file_name

    dangerous = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "|calc", "plain, with comma"]
    written = as_csv({"Title": [*dangerous, None], "Score": [-0.5, None, 0.25, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]})
    assert written.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"))))
    assert rows[0] == ["Title", "Score"]
    assert not any(row[0].lstrip().startswith(("=", "+", "-", "@")) for row in rows[1:])
    # A number stays one, also below zero.
    assert rows[1][1] == "-0.5"
    assert rows[9] == ["plain, with comma", "1.0"]
    assert safe_file_name("../../etc/passwd\u202e Zoë", "csv") == "etc-passwd-zoe.csv"
    assert safe_file_name("عمر", "csv") == "data.csv"


@pytest.mark.parametrize("count", [1, 6])
def test_below_the_levels_stands_only_what_is_shown(database: Database, visitor: Visitor, count: int) -> None:
    rows = [interview(n, feedback=feedback(0.5 + n / 50, 0.4, 0.6, 0.7)) for n in range(1, count + 1)]
    add(database.platform_engine, people=[person(1)], rows=rows)
    page = visitor.open("candidate", candidate="1")
    # The chart has no ±, and one interview points to no level but its own.
    assert "± shows" not in page.text
    assert ("“Now” is the level" in page.text) is (count > 1)
    page.at.session_state["levels_table"] = True
    visitor.again(page)
    assert "±" in page.table(-1)["Current level"][0]
    assert "± shows how sure we are." in page.text
