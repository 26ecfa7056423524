"""The charts: what is drawn is what the rows say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from analytics.candidate.skill_trends import recent_average, skill_trends
from analytics.charts import comparison, dumbbell, heat_map, progression, radar
from analytics.cohort import usual
from analytics.formatting import day, number
from analytics.queries.candidates import SkillRecord
from analytics.queries.interviews import ComparedRecord
from analytics.skills import SKILL_KEYS, SKILLS

START = datetime(2026, 3, 1, 9, tzinfo=UTC)


def history(*scores: Sequence[float | None], title: str = "Round", same_moment: bool = False) -> list[SkillRecord]:
    """One interview for each row of four scores, a week apart."""
    return [
        SkillRecord(
            key, number, f"{title} {number}", START if same_moment else START + timedelta(weeks=number),
            "not_assessed" if score is None else "scored", None, score,
        )
        for number, row in enumerate(scores, 1)
        for key, score in zip(SKILL_KEYS, row, strict=True)
    ]  # fmt: skip


def compared(*scores: Sequence[float | None]) -> list[ComparedRecord]:
    return [ComparedRecord(*record[:7], 1, "Ann", record.date) for record in history(*scores)]


SCORES = [(0.5, 0.4, 0.6, None), (0.6, 0.4, None, 0.7), (0.7, 0.4, 0.6, 0.8), (0.8, 0.4, 0.6, 0.9)]


def test_equal_rows_give_an_equal_figure() -> None:
    told = skill_trends(history(*SCORES), usual())
    assert (
        progression.progression(history(*SCORES), told).figure == progression.progression(history(*SCORES), told).figure
    )
    layers = {"All": dict.fromkeys(SKILL_KEYS, 0.5)}
    assert radar.radar(layers).figure == radar.radar(layers).figure
    assert comparison.comparison(compared(*SCORES), {}).figure == comparison.comparison(compared(*SCORES), {}).figure


def test_with_the_clock_handed_in_labels_say_how_long_ago_interviews_were() -> None:
    rows, today = history(*SCORES), START + timedelta(weeks=5)
    told = progression.progression(rows, now=today).figure.data[0].customdata
    assert [label[2] for label in told] == [
        "8 Mar 2026, 4 weeks ago", "15 Mar 2026, 3 weeks ago", "22 Mar 2026, 2 weeks ago", "29 Mar 2026, 7 days ago",
    ]  # fmt: skip
    # One figure a day, whatever the hour; without a clock there is no age.
    assert progression.progression(rows, now=today + timedelta(hours=3)) is progression.progression(rows, now=today)
    assert progression.progression(rows).figure.data[0].customdata[0][2] == "8 Mar 2026"
    bars = comparison.comparison(compared(*SCORES), {}, now=today).figure.data
    assert bars[3].customdata[0][2] == "29 Mar 2026, 7 days ago"


def test_the_browser_is_sent_scores_as_they_are_written_elsewhere() -> None:
    tie = (0.625, 0.5, 0.6, 0.7)
    assert number(tie[0]) == "0.62"
    drawn = progression.progression(history(tie, SCORES[1])).figure.data[0].y
    bars = [bar.y[0] for bar in comparison.comparison(compared(tie, SCORES[1]), {}).figure.data]
    axes = radar.radar({"All": dict(zip(SKILL_KEYS, tie, strict=True))}).figure.data[0].r
    assert (drawn[0], bars[0], axes[0]) == (0.62, 0.62, 0.62)


def test_figures_carry_their_own_template_and_no_background() -> None:
    drawn = (
        progression.progression(history(*SCORES)).figure,
        radar.radar({"All": dict.fromkeys(SKILL_KEYS, 0.5)}).figure,
        comparison.comparison(compared(*SCORES), {}).figure,
    )
    for figure in drawn:
        template = figure.layout.template.layout
        assert template.paper_bgcolor == template.plot_bgcolor == "rgba(0,0,0,0)"
        assert not figure.layout.template.data.to_plotly_json()


def test_a_missing_score_is_a_gap_and_never_a_zero() -> None:
    figure = progression.progression(history(*SCORES)).figure
    lines = {trace.name: trace for trace in figure.data}
    assert list(lines["Code quality"].y) == [None, 0.7, 0.8, 0.9]
    assert not any(trace.connectgaps for trace in figure.data)
    assert tuple(figure.layout.yaxis.range) == (0, 1)
    bars = comparison.comparison(compared(*SCORES), {}).figure.data
    assert bars[0].y[3] is None
    assert bars[1].y[2] is None


def test_skills_are_told_apart_without_colour_too() -> None:
    traces = progression.progression(history(*SCORES)).figure.data
    for told_by in ("line.color", "line.dash", "marker.symbol"):
        assert len({trace[told_by] for trace in traces}) == 4
    assert [trace.line.color for trace in traces] == [skill.colour for skill in SKILLS]


def test_the_band_stays_between_zero_and_one_and_around_the_line() -> None:
    told = skill_trends(history(*[(0.98, 0.02, 0.5, 0.9), (1.0, 0.0, 0.6, 0.1)] * 4), usual())
    records = history(*[(0.98, 0.02, 0.5, 0.9), (1.0, 0.0, 0.6, 0.1)] * 4)
    bands = [trace for trace in progression.progression(records, told).figure.data if trace.fill == "toself"]
    assert [band.legendgroup for band in bands] == list(SKILL_KEYS)
    assert all(0 <= y <= 1 for band in bands for y in band.y)
    assert all(band.hoverinfo == "skip" for band in bands)
    # The upper edge comes first, then the lower one backwards.
    edge = list(bands[2].y)
    assert all(high > low for high, low in zip(edge[:8], reversed(edge[8:]), strict=True))


def test_interviews_of_one_moment_stand_apart_and_in_order() -> None:
    figure = progression.progression(history(*SCORES, same_moment=True)).figure
    places = list(figure.data[0].x)
    assert places == sorted(places)
    assert len(set(places)) == 4
    assert {point[2] for point in figure.data[0].customdata} == {"1 Mar 2026"}


@pytest.mark.parametrize(
    ("hours", "zone"),
    [
        # Two at once in the middle of two years, and the next a day later.
        ([0, 16_800, 16_800, 16_824, 17_520], UTC),
        # 02:50, then 02:10 for the second time, and 03:10.
        ([5703 + 50 / 60, 5704 + 10 / 60, 5705 + 10 / 60], ZoneInfo("Europe/Berlin")),
        # As close as moments can be.
        ([0, 0, 0, 1 / 3_600_000_000, 48], UTC),
    ],
)
def test_the_line_never_runs_backwards(hours: list[float], zone: tzinfo) -> None:
    records = [
        SkillRecord("technical", number, "Round", START + timedelta(hours=hour), "scored", None, 0.5)
        for number, hour in enumerate(hours, 1)
    ]
    trace = progression.progression(records, skills=["technical"], zone=zone).figure.data[0]
    places = [datetime.fromisoformat(place) for place in trace.x]
    assert places == sorted(places)
    assert [point[0] for point in trace.customdata] == [record.interview_id for record in records]
    # Who stands alone at a moment stands where it was.
    assert places[-1] == (START + timedelta(hours=hours[-1])).astimezone(zone).replace(tzinfo=None)


@pytest.mark.parametrize("date", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_drawn_too(date: datetime) -> None:
    rows = [record._replace(date=date) for record in history(SCORES[0], same_moment=True)]
    chart = progression.progression(rows)
    assert [list(trace.y) for trace in chart.figure.data[:3]] == [[0.5], [0.4], [0.6]]
    # The table tells the date as it is stored.
    assert chart.table["Date"] == [day(date)]


def test_every_point_leads_to_its_interview() -> None:
    for trace in progression.progression(history(*SCORES)).figure.data:
        assert [point[0] for point in trace.customdata] == [1, 2, 3, 4]


def test_titles_cannot_act_in_a_hover_label() -> None:
    title = "<b>x</b><a href='https://evil.example'>y</a> & \u202e" + "J" * 300
    shown = progression.progression(history(*SCORES, title=title)).figure.data[0].customdata[0][1]
    assert "<a" not in shown
    assert "<b>" not in shown
    assert "&lt;b&gt;" in shown
    assert "\u202e" not in shown
    assert all(len(line) < 80 for line in shown.split("<br>"))


@pytest.mark.parametrize("skill", SKILL_KEYS)
def test_the_radar_stays_open_where_nothing_is_known(skill: str) -> None:
    averages: dict[str, float | None] = dict.fromkeys(SKILL_KEYS, 0.5)
    averages[skill] = None
    chart = radar.radar({"All": averages}, dict.fromkeys(SKILL_KEYS, 0.1))
    line, *whiskers = chart.figure.data
    assert line.fill == "none"
    assert sum(r is None for r in line.r) == (2 if skill == SKILL_KEYS[0] else 1)
    assert len(chart.figure.layout.polar.angularaxis.tickvals) == 4
    assert len(whiskers) == 3
    assert tuple(chart.figure.layout.polar.radialaxis.range) == (0, 1)
    assert "not scored" in chart.alt


def test_a_complete_radar_is_closed_and_its_overlays_are_not_filled() -> None:
    whole = dict.fromkeys(SKILL_KEYS, 0.5)
    figure = radar.radar({"All": whole, "First three": whole}).figure
    assert [trace.fill for trace in figure.data] == ["toself", "none"]
    assert figure.data[0].r[0] == figure.data[0].r[-1]
    assert figure.layout.showlegend
    assert not radar.radar({"All": whole}).figure.layout.showlegend


def test_tables_and_words_say_the_same_as_the_figure() -> None:
    chart = progression.progression(history(*SCORES))
    assert chart.table["Communication"] == [0.5, 0.6, 0.7, 0.8]
    assert chart.table["Code quality"][0] == "not assessed"
    assert "Communication from 0.50 to 0.80" in chart.alt
    assert "4 interviews from 8 Mar 2026 to 29 Mar 2026" in chart.alt
    bars = comparison.comparison(compared(*SCORES[:2]), {(1, "communication"): -0.1, (2, "communication"): 0.0})
    assert bars.table["Communication, difference"] == [-0.1, 0.0]
    # What cannot be compared has no difference, whatever the scores.
    assert bars.table["Technical, difference"] == [None, None]
    assert "code quality not scored" in bars.alt


def test_nothing_to_draw_is_no_error() -> None:
    assert progression.progression([]).table["Date"] == []
    assert "no interviews yet" in progression.progression([]).alt
    assert radar.radar({}).figure.data == ()


def test_the_first_and_the_latest_are_counted_by_skill() -> None:
    records = history(SCORES[0], (0.5, 0.4, 0.9, None), *SCORES[1:3], (0.8, 0.4, None, 0.9))
    assert recent_average(records, first=True)["communication"] == pytest.approx(1.6 / 3)
    assert recent_average(records, first=False)["communication"] == pytest.approx(0.7)
    # Of three interviews in which it was scored, the first three are the latest three, and all: no change to tell.
    assert recent_average(records, first=True)["problem_solving"] is None
    assert recent_average(records, first=False)["code_quality"] is None
    assert recent_average([], first=True) == dict.fromkeys(SKILL_KEYS)


TARGETS = dict.fromkeys(SKILL_KEYS, 0.8)


def test_each_skill_has_its_own_field_on_one_scale_with_its_target() -> None:
    figure = progression.progression(history(*SCORES), targets=TARGETS).figure
    lines = {trace.name: trace for trace in figure.data}
    assert len({trace.xaxis for trace in figure.data}) == len(SKILLS)
    assert list(lines["Communication"].y) == [0.5, 0.6, 0.7, 0.8]
    assert {tuple(figure.layout[axis].range) for axis in ("yaxis", "yaxis2", "yaxis3", "yaxis4")} == {(0, 1)}
    assert [(shape.y0, shape.y1) for shape in figure.layout.shapes] == [(0.8, 0.8)] * 4
    # The scale is written once per row: a phone has no room for it between two fields.
    assert [figure.layout[f"yaxis{place}"].showticklabels for place in ("", 2, 3, 4)] == [None, False, None, False]
    together = progression.progression(history(*SCORES)).figure
    assert {trace.xaxis for trace in together.data} == {None}


def test_one_interview_has_days_on_its_axis() -> None:
    axis = progression.progression(history(SCORES[0])).figure.layout.xaxis
    day = 86_400_000
    assert axis.dtick % day == 0
    begin, end = axis.range
    # "27 Nov" is 40 pixels wide, of the 120 that a field of four has on a phone.
    assert (end - begin) / timedelta(milliseconds=axis.dtick) <= 3
    assert axis.tickangle == 0
    assert end - begin > timedelta(days=2)
    assert progression.progression(history(*SCORES)).figure.layout.xaxis.dtick is None


def test_days_are_written_as_everywhere_else_and_few_enough_for_a_phone() -> None:
    layout = progression.progression(history(*SCORES[:2]), targets=TARGETS).figure.layout
    assert layout.xaxis.tickformatstops[0].value == "%-d %b\n%Y"
    assert [layout[axis].nticks for axis in ("xaxis", "xaxis2", "xaxis3", "xaxis4")] == [3] * 4
    assert layout.xaxis.tickangle == 0


def test_the_dumbbell_draws_first_now_and_target_and_leaves_out_what_was_not_scored() -> None:
    trends = skill_trends(history(*[(0.5, 0.4, 0.6, None)] * 4), usual())
    drawn = dumbbell.dumbbell(trends, dict.fromkeys(SKILL_KEYS[:3], 0.3) | {SKILL_KEYS[3]: None}, TARGETS)
    by_name = {trace.name: list(trace.x) for trace in drawn.figure.data if trace.name}
    assert by_name["First three"] == [0.3, 0.3, 0.3, None]
    assert by_name["Now"][3] is None
    assert by_name["Target"] == [0.8] * 4
    assert "Code quality not scored, target 0.80" in drawn.alt
    assert "Communication from 0.30 to 0.50, target 0.80" in drawn.alt


def test_the_dumbbell_of_few_interviews_tells_no_change() -> None:
    trends = skill_trends(history(*[(0.5, 0.4, 0.6, None)] * 2), usual())
    drawn = dumbbell.dumbbell(trends, dict.fromkeys(SKILL_KEYS), TARGETS)
    assert "Communication at 0.50, target 0.80" in drawn.alt
    assert "from" not in drawn.alt.partition("1. ")[2]
    assert drawn.table["First three"] == ["–"] * 4


def test_the_heat_map_marks_what_cannot_be_told_from_the_target_without_colour() -> None:
    levels = [
        dict.fromkeys(SKILL_KEYS, pair) for pair in ((0.79, 0.05), (0.7, 0.05), (0.5, 0.05), (0.9, 0.02), (None, None))
    ]
    names = ["A", "B", "C", "D", "E"]
    drawn = heat_map.heat_map(names, levels, TARGETS, links=[f"[{name}](candidate)" for name in names])
    cells = drawn.figure.data["Technical"].tolist()
    assert cells == ["0.79\u00a0≈", "0.70", "0.50\u00a0▼", "0.90", "–"]
    styles = [re.search(rf"row{row}_col2\b[^{{]*{{\s*([^\s(]+ [^\s(]+)", drawn.figure.to_html()) for row in range(5)]
    hatched, tinted = "background: repeating-linear-gradient", "background-color: rgba"
    assert [found and found[1] for found in styles] == [hatched, *[tinted] * 3, None]
    assert drawn.figure.data["Candidate"].tolist()[0] == "[A](candidate)"
    assert drawn.table["Candidate"] == names
    assert drawn.table["Technical"] == [0.79, 0.7, 0.5, 0.9, None]
    assert heat_map.heat_map([], [], TARGETS, links=[]).table["Candidate"] == []


def test_bars_carry_their_score_in_the_colour_of_their_interview_and_sort_by_change() -> None:
    changes = {(2, "technical"): 0.0, (2, "communication"): -0.1}
    bars = comparison.comparison(compared(*SCORES[:2]), changes, by_change=True).figure
    assert next(iter(bars.layout.xaxis.categoryarray)) == "Communication"
    # Level also where a phone leaves each name no more than its longest word takes.
    assert bars.layout.xaxis.tickangle == 0
    assert set(bars.layout.xaxis.ticktext) == {"Communication", "Technical", "Problem<br>solving", "Code<br>quality"}
    assert next(iter(bars.data[0].text)) == "0.50"
    assert len({trace.marker.color for trace in bars.data}) == len(bars.data)
    assert bars.data[0].text[-1] == ""


def test_marks_of_very_many_interviews_are_small_and_none_is_left_out() -> None:
    few, many = (progression.progression(history(*[(0.5,) * 4] * count)).figure.data for count in (12, 1250))
    assert (few[0].marker.size, many[0].marker.size) == (9, 3)
    assert [len(line.y) for line in many] == [1250] * 4
