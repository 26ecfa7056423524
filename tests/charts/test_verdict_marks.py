"""Verdicts in charts: marks of their own, both numbers in the table, and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from analytics.charts import comparison, progression, radar, verdict_marks
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import ComparedRecord

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def history() -> list[SkillRecord]:
    rows = [
        SkillRecord("technical", number, f"Round {number}", BEGIN + timedelta(days=number), "scored", None, 0.5)
        for number in (1, 2, 3)
    ]
    rows[1] = rows[1]._replace(verdict=0.75, has_verdict=True)
    rows[2] = rows[2]._replace(verdict=None, has_verdict=True)
    return rows


def test_a_verdict_has_a_mark_of_its_own_and_both_numbers_stand_in_the_table() -> None:
    drawn = progression.progression(history())
    line = next(trace for trace in drawn.figure.data if trace.name == "Technical")
    assert list(line.y) == [0.5, 0.75, None]
    assert [symbol == verdict_marks.SYMBOL for symbol in line.marker.symbol] == [False, True, False]
    assert drawn.table["Technical, verdict"] == [None, 0.75, "not assessed"]
    assert drawn.table["Technical, judge"] == [0.5, 0.5, 0.5]
    assert "1 is a verdict of a coach." in drawn.alt
    other = next(trace for trace in drawn.figure.data if trace.name == "Communication")
    assert isinstance(other.marker.symbol, str)
    assert "Communication, verdict" not in drawn.table


def test_a_score_that_somebody_saw_differently_is_open_and_named_in_table_and_words() -> None:
    asked = {(1, "technical"): "Review asked for", (2, "technical"): "Reviewed by a coach"}
    drawn = progression.progression(history(), reviews=asked)
    line = next(trace for trace in drawn.figure.data if trace.name == "Technical")
    # A verdict that answered the request stays a verdict.
    assert list(line.marker.symbol)[1:] == [f"{verdict_marks.SYMBOL}-open", line.marker.symbol[2]]
    assert line.marker.symbol[0].endswith("-open")
    assert not line.marker.symbol[2].endswith("-open")
    assert drawn.table["Technical, review"] == ["Review asked for", "Reviewed by a coach", None]
    assert "Technical on 2 Mar 2026: review asked for; Technical on " in drawn.alt
    assert "Communication, review" not in drawn.table


def test_a_bar_that_is_a_verdict_is_striped() -> None:
    rows = [
        ComparedRecord(*record[:7], 1, "Ann", record.date, verdict=record.verdict, has_verdict=record.has_verdict)
        for record in history()
    ]
    drawn = comparison.comparison(rows, {})
    # Technical is the second skill.
    assert [bar.y[1] for bar in drawn.figure.data] == [0.5, 0.75, None]
    assert [bar.marker.pattern.shape and bar.marker.pattern.shape[1] for bar in drawn.figure.data] == [None, "/", None]
    assert drawn.table["Technical, verdict"] == [None, 0.75, "not assessed"]


def test_the_averages_of_verdicts_are_a_layer_and_missing_is_missing() -> None:
    assert verdict_marks.averages(history()) == {
        "communication": None,
        "technical": 0.75,
        "problem_solving": None,
        "code_quality": None,
    }
    assert verdict_marks.averages(history()[:1]) == {}
    judged = {verdict_marks.LAYER: verdict_marks.averages(history())}
    drawn = radar.radar({"All interviews": {"technical": 0.5}} | judged)
    assert [trace.marker.symbol for trace in drawn.figure.data] == ["circle", verdict_marks.SYMBOL]
