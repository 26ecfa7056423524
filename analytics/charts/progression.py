"""The progression of the skills from interview to interview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

import plotly.graph_objects as go

from analytics.candidate.skill_trends import BandPoint, SkillTrend
from analytics.charts import judge_steps, review_marks, verdict_marks
from analytics.charts.places import place_in_time
from analytics.charts.style import INK, TEMPLATE, Chart, Table, cell, fade, hover, hover_date, score_axis
from analytics.formatting import day, number, quantity, rounded, wall_clock
from analytics.judges import PLATFORM_JUDGE, Judge
from analytics.queries.candidates import SkillRecord
from analytics.skills import BY_KEY, SKILL_KEYS, SKILLS, Skill

_BAND_OPACITY: Final = 0.14


def progression(
    history: Sequence[SkillRecord],
    trends: Mapping[str, SkillTrend] | None = None,
    *,
    skills: Sequence[str] = SKILL_KEYS,
    zone: tzinfo = UTC,
    now: datetime | None = None,
    targets: Mapping[str, float] | None = None,
    judges: Mapping[str, Judge] | None = None,
    reviews: Mapping[tuple[int, str], str] | None = None,
) -> Chart:
    """Draw the skills' scores over time, one line each, with a gap at a missing score or a change of judge.

    `history` is in interview order. With `trends` each line has its 95% band. Every point's customdata begins with
    the interview's id. `skills` are those to draw; the table holds them all. Dates are those of `zone`; with `now` the
    labels say how long ago they were. With `targets` each skill has a field of its own, on one scale, with its target.
    `judges` are those of the scores, by their keys; where one follows another there is a mark with words. `reviews` are
    words by interview and skill about scores that somebody saw differently: their points are open; the table says why.
    The chart is shared: do not change it.
    """
    bands = {key: trend.band for key, trend in (trends or {}).items() if key in skills}
    # The day is enough, and charts of one day are the same.
    today = None if now is None else datetime.combine(wall_clock(now, zone), time(), zone)
    apart = None if targets is None else tuple(targets[key] for key in skills)
    known = tuple((judges or {PLATFORM_JUDGE.key: PLATFORM_JUDGE}).values())
    asked = tuple(sorted((reviews or {}).items()))
    return _progression(
        tuple(history), tuple(bands.items()), tuple(skills), apart, known, zone=zone, today=today, asked=asked
    )


# Making a figure costs many times what comparing its rows does; each takes some 0.3 MB.
@lru_cache(maxsize=128)
def _progression(
    history: tuple[SkillRecord, ...],
    bands: tuple[tuple[str, tuple[BandPoint, ...]], ...],
    skills: tuple[str, ...],
    targets: tuple[float, ...] | None,
    known: tuple[Judge, ...],
    *,
    zone: tzinfo,
    today: datetime | None,
    asked: tuple[tuple[tuple[int, str], str], ...],
) -> Chart:
    band_of, reviews = dict(bands), dict(asked)
    interviews = one_record_per_interview(history)
    positions = place_in_time(interviews, zone)
    scores = {(record.interview_id, record.skill): record for record in history}
    figure = go.Figure()
    drawn = [BY_KEY[key] for key in skills]
    for skill in drawn:
        if skill.key in band_of:
            figure.add_trace(_band(skill, band_of[skill.key], positions))
    labels = {
        interview_id: [interview_id, hover(record.interview_title), hover_date(record.date, zone, today)]
        for interview_id, record in interviews.items()
    }
    judges = {judge.key: judge for judge in known}
    marks: dict[str, list[tuple[str, str]]] = {}
    for skill in drawn:
        records = [scores.get((interview_id, skill.key)) for interview_id in interviews]
        trace, marks[skill.key] = _line(
            skill, dict(zip(interviews, records, strict=True)), positions, labels, judges=judges, zone=zone
        )
        review_marks.open_points(trace, skill.key, reviews)
        figure.add_trace(trace)
    dates = {"fixedrange": True, "showgrid": False, "type": "date", **_DATES, **_few_days(list(positions.values()))}
    if targets is None:
        figure.update_layout(
            height=400,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            xaxis=dates,
            yaxis=score_axis(),
            **judge_steps.marks([mark for skill in drawn for mark in marks[skill.key]], ""),
        )
    else:
        _set_apart(figure, drawn, targets, dates, marks)
    figure.update_layout(template=TEMPLATE, hovermode="closest")
    table: Table = {
        "Interview": [record.interview_title for record in interviews.values()],
        "Date": [day(record.date, zone) for record in interviews.values()],
    }
    for skill in SKILLS:
        table[skill.label] = [cell(scores.get((interview_id, skill.key))) for interview_id in interviews]
    table |= verdict_marks.columns(scores, interviews) | review_marks.columns(reviews, interviews)
    held = [[one for key in SKILL_KEYS if (one := scores.get((interview_id, key)))] for interview_id in interviews]
    table["Scored by"] = [judge_steps.scorers(records, judges) for records in held]
    table["Scored on"] = [judge_steps.write_scoring_days(records, zone) for records in held]
    words = judge_steps.describe(history, judges, zone) + verdict_marks.describe(history)
    words += review_marks.describe(history, reviews, zone)
    return Chart(figure, table, _progression_alt(interviews, history, zone) + words)


def _line(
    skill: Skill,
    records: Mapping[int, SkillRecord | None],
    positions: Mapping[int, datetime],
    labels: Mapping[int, list[Any]],
    *,
    judges: Mapping[str, Judge],
    zone: tzinfo,
) -> tuple[go.Scatter, list[tuple[str, str]]]:
    """Draw the scores of a skill, with a gap half-way to the first of another judge; return the places of these too."""
    # Moments are written out: Plotly copies and encodes a text in a quarter of the time.
    begins = {step.first.interview_id: step for step in judge_steps.steps(list(records.values()), judges)}
    x: list[str] = []
    y: list[float | None] = []
    about: list[list[Any]] = []
    points: list[SkillRecord | None] = []
    marks = []
    for interview_id, record in records.items():
        step = begins.get(interview_id)
        if step is not None:
            before, after = positions[step.before.interview_id], positions[interview_id]
            marks.append(((before + (after - before) / 2).isoformat(), step.words))
            x.append(marks[-1][0])
            y.append(None)
            about.append([*labels[interview_id], ""])
            points.append(None)
        points.append(record)
        x.append(positions[interview_id].isoformat())
        y.append(rounded(record.shown_score) if record else None)
        about.append([*labels[interview_id], judge_steps.scorer(record, judges, zone, step)])
    trace = go.Scatter(
        x=x,
        y=y,
        name=skill.label,
        legendgroup=skill.key,
        mode="lines+markers",
        connectgaps=False,
        cliponaxis=False,
        line={"color": skill.colour, "dash": skill.dash, "width": 2},
        marker={"color": skill.colour, **verdict_marks.point_marks(skill.symbol, _mark_size(len(records)), points)},
        unselected={"marker": {"opacity": 1}},
        customdata=about,
        hovertemplate=f"<b>%{{customdata[1]}}</b><br>%{{customdata[2]}}<br>{skill.label}: %{{y:.2f}}"
        "<br>%{customdata[3]}<extra></extra>",
    )
    return trace, marks


_DAY: Final = 86_400_000
# The year stands once, below the first day or month, so that they need not be slanted on a phone.
_DATES: Final = {
    "tickformatstops": [
        {"dtickrange": [_DAY, "M1"], "value": "%-d %b\n%Y"},
        {"dtickrange": ["M1", "M11"], "value": "%b\n%Y"},
    ]
}
_FEW_MONTHS: Final = timedelta(days=90)


def _mark_size(interviews: int) -> int:
    """Return the size of marks in pixels: smaller where many would cover each other."""
    return max(3, min(9, 600 // max(interviews, 1)))


def _few_days(moments: Sequence[datetime]) -> dict[str, Any]:
    """Set as few ticks on an axis of days as have room on a phone, and none of hours and milliseconds."""
    if not moments or moments[-1] - moments[0] > _FEW_MONTHS:
        return {}
    few = {"tickangle": 0, "nticks": 3}
    if moments[-1] - moments[0] > timedelta(days=2):
        return few
    about = timedelta(days=3)
    return few | {
        "range": [moments[0] - about, moments[-1] + about], "dtick": 3 * _DAY, "tick0": moments[0].date().isoformat(),
    }  # fmt: skip


def _set_apart(
    figure: go.Figure,
    skills: Sequence[Skill],
    targets: Sequence[float],
    dates: Mapping[str, Any],
    marks: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    """Draw each skill in a field of its own, two beside each other, all on the same two scales."""
    rows = (len(skills) + 1) // 2
    wide = 1.0 if len(skills) == 1 else 0.46
    fields = {}
    for place, (skill, target) in enumerate(zip(skills, targets, strict=True)):
        number, left, top = str(place + 1) if place else "", 0.54 * (place % 2), 1 - place // 2 / rows
        fields[skill.key] = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        scale: dict[str, Any] = {"domain": [top - 0.8 / rows, top - 0.16 / rows], "anchor": f"x{number}"}
        if place % 2:
            # The numbers at the left are those of the field beside it too; on a phone they would stand on its points.
            scale["showticklabels"] = False
        figure.update_layout({
            f"xaxis{number}": {"nticks": 5, **dates, "domain": [left, left + wide], "anchor": f"y{number}"}
            | ({"matches": "x"} if place else {}),
            f"yaxis{number}": score_axis() | scale,
        })  # fmt: skip
        line = {"color": INK, "width": 1.5, "dash": "dot"}
        figure.add_shape(
            type="line", x0=0, x1=1, y0=target, y1=target, line=line, xref=f"x{number} domain", yref=f"y{number}"
        )
        mark = judge_steps.marks(marks[skill.key], number)
        figure.update_layout(
            shapes=[*figure.layout.shapes, *mark["shapes"]],
            annotations=[*figure.layout.annotations, *mark["annotations"]],
        )
        figure.add_annotation(
            # On two lines, which are narrow enough for a phone.
            text=f"<b>{skill.label}</b><br>target {target:.2f}", x=0, y=1.02, showarrow=False, xanchor="left",
            yanchor="bottom", align="left", xref=f"x{number} domain", yref=f"y{number} domain", font={"size": 13},
        )  # fmt: skip
    for trace in figure.data:
        trace.update(fields[trace.legendgroup])
    # Room for the last mark, and for half of the month below it.
    figure.update_layout(height=245 * rows + 20, showlegend=False, margin={"r": 20})


def one_record_per_interview(history: Sequence[SkillRecord]) -> dict[int, SkillRecord]:
    """Return one record for each interview, in interview order."""
    return {record.interview_id: record for record in history}


def _band(skill: Skill, band: Sequence[BandPoint], positions: Mapping[int, datetime]) -> go.Scatter:
    edges = [
        (positions[point.interview_id].isoformat(), point.centre, point.half_width)
        for point in band
        if point.interview_id in positions
    ]
    drawn = [
        (x, max(0.0, centre - half), min(1.0, centre + half))
        for x, centre, half in edges
        if centre is not None and half is not None
    ]
    return go.Scatter(
        x=[x for x, _, _ in drawn] + [x for x, _, _ in reversed(drawn)],
        y=[high for _, _, high in drawn] + [low for _, low, _ in reversed(drawn)],
        fill="toself",
        fillcolor=fade(skill.colour, _BAND_OPACITY),
        line={"width": 0},
        mode="lines",
        legendgroup=skill.key,
        showlegend=False,
        hoverinfo="skip",
        name=f"{skill.label}, 95% band",
    )


def _progression_alt(interviews: Mapping[int, SkillRecord], history: Sequence[SkillRecord], zone: tzinfo) -> str:
    if not interviews:
        return "Scores of the four skills: no interviews yet."
    dates = [day(record.date, zone) for record in interviews.values()]
    parts = []
    for skill in SKILLS:
        drawn = (record.shown_score for record in history if record.skill == skill.key)
        scores = [score for score in drawn if score is not None]
        ends = (
            f"from {number(scores[0])} to {number(scores[-1])}" if len(scores) > 1 else ", ".join(map(number, scores))
        )
        parts.append(f"{skill.label} {ends or 'not scored'}")
    count = quantity(len(interviews), "interview")
    return f"Scores of the four skills in {count} from {dates[0]} to {dates[-1]}. {'; '.join(parts)}."
