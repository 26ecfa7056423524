"""The charts: what is drawn is what the rows say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from analytics import charts
from analytics.cohort import usual
from analytics.outlook import outlook
from analytics.queries import ComparedRecord, SkillRecord
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
    return [ComparedRecord(*record, 1, "Ann") for record in history(*scores)]


SCORES = [(0.5, 0.4, 0.6, None), (0.6, 0.4, None, 0.7), (0.7, 0.4, 0.6, 0.8), (0.8, 0.4, 0.6, 0.9)]


def test_equal_rows_give_an_equal_figure() -> None:
    told = outlook(history(*SCORES), usual())
    assert charts.progression(history(*SCORES), told).figure == charts.progression(history(*SCORES), told).figure
    layers = {"All": dict.fromkeys(SKILL_KEYS, 0.5)}
    assert charts.radar(layers).figure == charts.radar(layers).figure
    assert charts.comparison(compared(*SCORES), 1).figure == charts.comparison(compared(*SCORES), 1).figure


def test_figures_carry_their_own_template_and_no_background() -> None:
    drawn = (
        charts.progression(history(*SCORES)).figure,
        charts.radar({"All": dict.fromkeys(SKILL_KEYS, 0.5)}).figure,
        charts.comparison(compared(*SCORES), 1).figure,
    )
    for figure in drawn:
        template = figure.layout.template.layout
        assert template.paper_bgcolor == template.plot_bgcolor == "rgba(0,0,0,0)"
        assert not figure.layout.template.data.to_plotly_json()


def test_a_missing_score_is_a_gap_and_never_a_zero() -> None:
    figure = charts.progression(history(*SCORES)).figure
    lines = {trace.name: trace for trace in figure.data}
    assert list(lines["Code quality"].y) == [None, 0.7, 0.8, 0.9]
    assert not any(trace.connectgaps for trace in figure.data)
    assert tuple(figure.layout.yaxis.range) == (0, 1)
    bars = charts.comparison(compared(*SCORES), 1).figure.data
    assert bars[0].y[3] is None
    assert bars[1].y[2] is None


def test_skills_are_told_apart_without_colour_too() -> None:
    traces = charts.progression(history(*SCORES)).figure.data
    for told_by in ("line.color", "line.dash", "marker.symbol"):
        assert len({trace[told_by] for trace in traces}) == 4
    assert [trace.line.color for trace in traces] == [skill.colour for skill in SKILLS]


def test_the_band_stays_between_zero_and_one_and_around_the_line() -> None:
    told = outlook(history(*[(0.98, 0.02, 0.5, 0.9), (1.0, 0.0, 0.6, 0.1)] * 4), usual())
    records = history(*[(0.98, 0.02, 0.5, 0.9), (1.0, 0.0, 0.6, 0.1)] * 4)
    bands = [trace for trace in charts.progression(records, told).figure.data if trace.fill == "toself"]
    assert [band.legendgroup for band in bands] == list(SKILL_KEYS)
    assert all(0 <= y <= 1 for band in bands for y in band.y)
    assert all(band.hoverinfo == "skip" for band in bands)
    # The upper edge comes first, then the lower one backwards.
    edge = list(bands[2].y)
    assert all(high > low for high, low in zip(edge[:8], reversed(edge[8:]), strict=True))


def test_interviews_of_one_moment_stand_apart_and_in_order() -> None:
    figure = charts.progression(history(*SCORES, same_moment=True)).figure
    places = list(figure.data[0].x)
    assert places == sorted(places)
    assert len(set(places)) == 4
    assert {point[2] for point in figure.data[0].customdata} == {"1 Mar 2026"}


def test_every_point_leads_to_its_interview() -> None:
    for trace in charts.progression(history(*SCORES)).figure.data:
        assert [point[0] for point in trace.customdata] == [1, 2, 3, 4]


def test_titles_cannot_act_in_a_hover_label() -> None:
    title = "<b>x</b><a href='https://evil.example'>y</a> & \u202e" + "J" * 300
    shown = charts.progression(history(*SCORES, title=title)).figure.data[0].customdata[0][1]
    assert "<a" not in shown
    assert "<b>" not in shown
    assert "&lt;b&gt;" in shown
    assert "\u202e" not in shown
    assert all(len(line) < 80 for line in shown.split("<br>"))


@pytest.mark.parametrize("skill", SKILL_KEYS)
def test_the_radar_stays_open_where_nothing_is_known(skill: str) -> None:
    averages: dict[str, float | None] = dict.fromkeys(SKILL_KEYS, 0.5)
    averages[skill] = None
    chart = charts.radar({"All": averages}, dict.fromkeys(SKILL_KEYS, 0.1))
    line, *whiskers = chart.figure.data
    assert line.fill == "none"
    assert sum(r is None for r in line.r) == (2 if skill == SKILL_KEYS[0] else 1)
    assert len(chart.figure.layout.polar.angularaxis.tickvals) == 4
    assert len(whiskers) == 3
    assert tuple(chart.figure.layout.polar.radialaxis.range) == (0, 1)
    assert "not scored" in chart.alt


def test_a_complete_radar_is_closed_and_its_overlays_are_not_filled() -> None:
    whole = dict.fromkeys(SKILL_KEYS, 0.5)
    figure = charts.radar({"All": whole, "First three": whole}).figure
    assert [trace.fill for trace in figure.data] == ["toself", "none"]
    assert figure.data[0].r[0] == figure.data[0].r[-1]
    assert figure.layout.showlegend
    assert not charts.radar({"All": whole}).figure.layout.showlegend


def test_tables_and_words_say_the_same_as_the_figure() -> None:
    chart = charts.progression(history(*SCORES))
    assert chart.table["Communication"] == [0.5, 0.6, 0.7, 0.8]
    assert chart.table["Code quality"][0] == "not assessed"
    assert "Communication from 0.50 to 0.80" in chart.alt
    assert "4 interviews from 8 Mar 2026 to 29 Mar 2026" in chart.alt
    bars = charts.comparison(compared(*SCORES[:2]), 2)
    assert bars.table["Communication, difference"] == [-0.1, 0.0]
    assert bars.table["Code quality, difference"] == [None, 0.0]
    assert "code quality not scored" in bars.alt


def test_nothing_to_draw_is_no_error() -> None:
    assert charts.progression([]).table["Date"] == []
    assert "no interview yet" in charts.progression([]).alt
    assert charts.radar({}).figure.data == ()


def test_the_first_and_the_latest_are_counted_by_skill() -> None:
    records = history(*SCORES)
    assert charts.recent_average(records, first=True)["communication"] == pytest.approx(0.6)
    assert charts.recent_average(records, first=False)["communication"] == pytest.approx(0.7)
    # Three interviews in which it was scored, not the last three whatever they hold.
    assert charts.recent_average(records, first=False)["problem_solving"] == pytest.approx(0.6)
    assert charts.recent_average([], first=True) == dict.fromkeys(SKILL_KEYS)
