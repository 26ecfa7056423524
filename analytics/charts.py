"""The charts: rows in, a figure out, with its numbers as a table and as a sentence.

Pure: equal rows give an equal figure, and neither the clock nor a theme is read. The template is our own, so that a
figure looks the same wherever it is drawn; backgrounds are transparent and every colour is legible on light and dark.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

import plotly.graph_objects as go

from analytics.feedback import State
from analytics.outlook import BandPoint, SkillOutlook
from analytics.queries import ComparedRecord, SkillRecord, as_utc
from analytics.skills import BY_KEY, SKILL_KEYS, SKILLS, Skill, overall
from analytics.text import shortened

Cell = str | float | None
Table = dict[str, list[Cell]]

STATE_WORDS: Final[Mapping[str, str]] = {
    State.SCORED: "scored",
    State.NOT_ASSESSED: "not assessed",
    State.FAILED: "scoring failed",
    State.PENDING: "not scored yet",
}
MOST_COMPARED: Final = 6
# The colour of a bar is its skill's; its shade and its number are the interview's.
SHADES: Final = (1.0, 0.82, 0.68, 0.56, 0.46, 0.38)

_INK: Final = "#5B6673"
_GRID: Final = "rgba(128,136,146,0.28)"
_CLEAR: Final = "rgba(0,0,0,0)"
_TEMPLATE: Final = go.layout.Template(
    layout={
        "font": {"color": _INK, "family": "sans-serif", "size": 13},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "hoverlabel": {"align": "left"},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    }
)
_TICKS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_SAME_MOMENT: Final = 250
# What lies beyond is a mistake or no end at all, and leaves no room on the calendar to stand apart.
_LAST_DRAWN: Final = datetime(4000, 1, 1, tzinfo=UTC)
_BAND_OPACITY: Final = 0.14


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure, the numbers in it as a table by column, and what it shows in one or two sentences."""

    figure: go.Figure
    table: Table
    alt: str


def progression(
    history: Sequence[SkillRecord],
    outlooks: Mapping[str, SkillOutlook] | None = None,
    *,
    skills: Sequence[str] = SKILL_KEYS,
    zone: tzinfo = UTC,
) -> Chart:
    """Draw the skills' scores over time, one line each, with a gap where a skill has no score.

    `history` is in interview order. With `outlooks` each line has its 95% band. Every point's customdata begins with
    the interview's id. `skills` are those to draw; the table holds them all. Dates are those of `zone`. The chart is
    shared: do not change it.
    """
    bands = {key: outlook.band for key, outlook in (outlooks or {}).items() if key in skills}
    return _progression(tuple(history), tuple(bands.items()), tuple(skills), zone)


# Making a figure costs many times what comparing its rows does; each takes some 0.3 MB.
@lru_cache(maxsize=128)
def _progression(
    history: tuple[SkillRecord, ...],
    bands: tuple[tuple[str, tuple[BandPoint, ...]], ...],
    skills: tuple[str, ...],
    zone: tzinfo,
) -> Chart:
    band_of = dict(bands)
    interviews = _interviews(history)
    places = _places(interviews, zone)
    scores = {(record.interview_id, record.skill): record for record in history}
    figure = go.Figure()
    drawn = [BY_KEY[key] for key in skills]
    for skill in drawn:
        if skill.key in band_of:
            figure.add_trace(_band(skill, band_of[skill.key], places))
    labels = [
        [interview_id, _hover(record.interview_title), day(record.date, zone)]
        for interview_id, record in interviews.items()
    ]
    for skill in drawn:
        records = [scores.get((interview_id, skill.key)) for interview_id in interviews]
        values = [record.score if record else None for record in records]
        figure.add_trace(
            go.Scatter(
                x=[places[interview_id] for interview_id in interviews],
                y=values,
                name=skill.label,
                legendgroup=skill.key,
                mode="lines+markers",
                connectgaps=False,
                cliponaxis=False,
                line={"color": skill.colour, "dash": skill.dash, "width": 2},
                marker={"color": skill.colour, "symbol": skill.symbol, "size": 9},
                unselected={"marker": {"opacity": 1}},
                customdata=labels,
                hovertemplate=f"<b>%{{customdata[1]}}</b><br>%{{customdata[2]}}<br>{skill.label}: %{{y:.2f}}"
                "<extra></extra>",
            )
        )
    figure.update_layout(
        template=_TEMPLATE,
        height=400,
        hovermode="closest",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        xaxis={"fixedrange": True, "showgrid": False, "type": "date"},
        yaxis=_score_axis(),
    )
    table: Table = {
        "Interview": [record.interview_title for record in interviews.values()],
        "Date": [day(record.date, zone) for record in interviews.values()],
    }
    for skill in SKILLS:
        table[skill.label] = [_cell(scores.get((interview_id, skill.key))) for interview_id in interviews]
    return Chart(figure, table, _progression_alt(interviews, history, zone))


def radar(layers: Mapping[str, Mapping[str, float | None]], errors: Mapping[str, float | None] | None = None) -> Chart:
    """Draw sets of averages on axes from 0 to 1, one layer by name; the first is filled.

    A skill without a value keeps its axis and the line stays open there. `errors` are half the intervals of the first
    layer, drawn along the axes. The chart is shared: do not change it.
    """
    return _radar(
        tuple((name, tuple(averages.items())) for name, averages in layers.items()), tuple((errors or {}).items())
    )


_Values = tuple[tuple[str, float | None], ...]


@lru_cache(maxsize=128)
def _radar(named: tuple[tuple[str, _Values], ...], errors: _Values) -> Chart:
    layers = {name: dict(averages) for name, averages in named}
    figure = go.Figure()
    angles = {key: 90.0 * place for place, key in enumerate(SKILL_KEYS)}
    for place, (name, averages) in enumerate(layers.items()):
        line = _RADAR_LINES[place % len(_RADAR_LINES)]
        closed = [*SKILL_KEYS, SKILL_KEYS[0]]
        complete = all(averages.get(key) is not None for key in SKILL_KEYS)
        figure.add_trace(
            go.Scatterpolar(
                r=[averages.get(key) for key in closed],
                theta=[angles[key] for key in closed],
                name=html.escape(name),
                mode="lines+markers",
                connectgaps=False,
                cliponaxis=False,
                fill="toself" if complete and not place else "none",
                fillcolor="rgba(91,127,166,0.18)",
                line=line,
                marker={"size": 7, "symbol": ("circle", "square", "diamond", "triangle-up")[place % 4]},
                text=[BY_KEY[key].label for key in closed],
                hovertemplate="%{text}: %{r:.2f}<extra>" + html.escape(name) + "</extra>",
            )
        )
    first = next(iter(layers.values()), {})
    for key, error in errors:
        average = first.get(key)
        if average is None or error is None:
            continue
        low, high = max(0.0, average - error), min(1.0, average + error)
        figure.add_trace(
            go.Scatterpolar(
                r=[low, high],
                theta=[angles[key]] * 2,
                mode="lines",
                line={"color": BY_KEY[key].colour, "width": 6},
                opacity=0.55,
                showlegend=False,
                text=[f"{BY_KEY[key].label}: 95% between {low:.2f} and {high:.2f}"] * 2,
                hovertemplate="%{text}<extra></extra>",
            )
        )
    figure.update_layout(
        template=_TEMPLATE,
        height=400,
        margin={"l": 70, "r": 70, "t": 30, "b": 50},
        showlegend=len(layers) > 1,
        legend={"orientation": "h", "x": 0.5, "xanchor": "center", "y": -0.14, "yanchor": "top"},
        polar={
            "bgcolor": _CLEAR,
            "radialaxis": {
                "range": [0, 1],
                "tickvals": list(_TICKS[1:]),
                "tickformat": ".1f",
                "tickfont": {"size": 11},
                "angle": 45,
                "tickangle": 0,
                "ticks": "",
                "gridcolor": _GRID,
                "showline": False,
            },
            "angularaxis": {
                "rotation": 90,
                "ticks": "",
                "direction": "clockwise",
                "tickvals": list(angles.values()),
                "ticktext": [BY_KEY[key].label.replace(" ", "<br>") for key in angles],
                "gridcolor": _GRID,
                "linecolor": _GRID,
            },
        },
    )
    table: Table = {"Skill": [skill.label for skill in SKILLS]}
    table |= {name: [averages.get(key) for key in SKILL_KEYS] for name, averages in layers.items()}
    said = "; ".join(f"{name}: {_listed(averages)}" for name, averages in layers.items())
    return Chart(figure, table, f"Radar of the four skills from 0 to 1. {said}.")


_RADAR_LINES: Final = (
    {"color": "#5B7FA6", "width": 3},
    {"color": "#D99A00", "width": 2, "dash": "dash"},
    {"color": "#B04A8B", "width": 2, "dash": "dot"},
    {"color": "#3F9C8F", "width": 2, "dash": "dashdot"},
)


def comparison(records: Sequence[ComparedRecord], baseline: int, *, zone: tzinfo = UTC) -> Chart:
    """Draw the scores of two to six interviews as bars grouped by skill, in the order given.

    The bars of an interview carry its number; a skill without a score has no bar. `baseline` is the interview whose
    scores the table subtracts. Dates are those of `zone`.
    """
    interviews = {record.interview_id: record for record in records}
    scores = {(record.interview_id, record.skill): record for record in records}
    figure = go.Figure()
    for place, (interview_id, interview) in enumerate(interviews.items()):
        found = [scores.get((interview_id, key)) for key in SKILL_KEYS]
        label = f"{place + 1}"
        figure.add_trace(
            go.Bar(
                x=[skill.label for skill in SKILLS],
                y=[record.score if record else None for record in found],
                name=label,
                text=[label] * len(SKILLS),
                textposition="outside",
                cliponaxis=False,
                marker={
                    "color": [skill.colour for skill in SKILLS],
                    "opacity": SHADES[place % len(SHADES)],
                    "line": {"width": 0},
                },
                customdata=[[interview_id, _hover(interview.interview_title), day(interview.date, zone)]] * len(SKILLS),
                hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{x}: %{y:.2f}<extra></extra>",
            )
        )
    figure.update_layout(
        template=_TEMPLATE,
        height=380,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        barmode="group",
        bargap=0.18,
        bargroupgap=0.08,
        showlegend=False,
        xaxis={"fixedrange": True, "type": "category", "categoryarray": [skill.label for skill in SKILLS]},
        yaxis=_score_axis(),
    )
    table: Table = {
        "Number": [str(place + 1) for place in range(len(interviews))],
        "Interview": [record.interview_title for record in interviews.values()],
        "Candidate": [record.candidate for record in interviews.values()],
        "Date": [day(record.date, zone) for record in interviews.values()],
    }
    for skill in SKILLS:
        table[skill.label] = [
            _cell(scores.get((interview_id, skill.key)) or record) for interview_id, record in interviews.items()
        ]
    for skill in SKILLS:
        before = _score(scores.get((baseline, skill.key)))
        others = [_score(scores.get((interview_id, skill.key))) for interview_id in interviews]
        table[f"{skill.label}, difference"] = [
            None if score is None or before is None else round(score - before, 4) for score in others
        ]
    said = "; ".join(
        f"{place + 1}, {shortened(record.interview_title)} on {day(record.date, zone)}: "
        + _listed({key: _score(scores.get((interview_id, key))) for key in SKILL_KEYS})
        for place, (interview_id, record) in enumerate(interviews.items())
    )
    return Chart(figure, table, f"Bars of the four skills from 0 to 1 for {len(interviews)} interviews. {said}.")


def day(moment: datetime | None, zone: tzinfo = UTC) -> str:
    """Write a date as everywhere in the program: the day it was in a zone."""
    if moment is None:
        return "–"
    there = _wall_clock(moment, zone)
    return f"{there.day} {there:%b %Y}"


def _wall_clock(moment: datetime, zone: tzinfo) -> datetime:
    """Tell what clocks in a zone showed at a moment, without the zone."""
    try:
        there: datetime = as_utc(moment).astimezone(zone)
    except OverflowError:
        # The calendar's first and last day are nowhere else in it.
        there = moment
    return there.replace(tzinfo=None)


def state_words(state: str) -> str:
    """Say a skill's state in words."""
    return STATE_WORDS.get(state, "not scored")


def recent_average(history: Sequence[SkillRecord], *, first: bool, interviews: int = 3) -> dict[str, float | None]:
    """Average each skill over the first or the latest interviews in which it was scored; None where it never was."""
    averages: dict[str, float | None] = {}
    for key in SKILL_KEYS:
        scores = [record.score for record in history if record.skill == key and record.score is not None]
        chosen = scores[:interviews] if first else scores[-interviews:]
        averages[key] = sum(chosen) / len(chosen) if chosen else None
    return averages


def overall_of(records: Iterable[SkillRecord | ComparedRecord]) -> float | None:
    """Weigh the skills of one interview into its overall score."""
    return overall({record.skill: record.score for record in records if record.skill is not None})


def _interviews(history: Sequence[SkillRecord]) -> dict[int, SkillRecord]:
    """Give one record for each interview, in interview order."""
    return {record.interview_id: record for record in history}


def _places(interviews: Mapping[int, SkillRecord], zone: tzinfo) -> dict[int, datetime]:
    """Place interviews in time; those of the same moment stand a little apart, so that each can be seen and clicked."""
    if not interviews:
        return {}
    # Where clocks are put back an hour comes twice, and what came later may show an earlier time.
    drawn = (_wall_clock(min(as_utc(record.date), _LAST_DRAWN), zone) for record in interviews.values())
    moments = list(accumulate(drawn, max))
    apart = max((moments[-1] - moments[0]) / max(_SAME_MOMENT, len(moments)), timedelta(hours=1))
    places: dict[int, datetime] = {}
    repeated = 0
    for place, interview_id in enumerate(interviews):
        repeated = repeated + 1 if place and moments[place] == moments[place - 1] else 0
        places[interview_id] = moments[place] + repeated * apart
    return places


def _band(skill: Skill, band: Sequence[BandPoint], places: Mapping[int, datetime]) -> go.Scatter:
    edges = [
        (places[point.interview_id], point.centre, point.half_width) for point in band if point.interview_id in places
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
        fillcolor=_faded(skill.colour, _BAND_OPACITY),
        line={"width": 0},
        mode="lines",
        legendgroup=skill.key,
        showlegend=False,
        hoverinfo="skip",
        name=f"{skill.label}, 95% band",
    )


def _faded(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _score_axis() -> dict[str, Any]:
    return {
        "range": [0, 1],
        "fixedrange": True,
        "tickvals": list(_TICKS),
        "tickformat": ".1f",
        "gridcolor": _GRID,
        "zeroline": False,
    }


def _cell(record: SkillRecord | ComparedRecord | None) -> Cell:
    if record is None:
        return STATE_WORDS[State.PENDING]
    return state_words(record.state) if record.score is None else round(record.score, 4)


def _score(record: ComparedRecord | None) -> float | None:
    return record.score if record else None


def _listed(scores: Mapping[str, float | None]) -> str:
    return ", ".join(
        f"{BY_KEY[key].label.lower()} {'not scored' if score is None else format(score, '.2f')}"
        for key, score in scores.items()
        if key in BY_KEY
    )


def _progression_alt(interviews: Mapping[int, SkillRecord], history: Sequence[SkillRecord], zone: tzinfo) -> str:
    if not interviews:
        return "Progression of the four skills: no interview yet."
    dates = [day(record.date, zone) for record in interviews.values()]
    parts = []
    for skill in SKILLS:
        scores = [record.score for record in history if record.skill == skill.key and record.score is not None]
        ends = (
            f"from {scores[0]:.2f} to {scores[-1]:.2f}" if len(scores) > 1 else ", ".join(map("{:.2f}".format, scores))
        )
        parts.append(f"{skill.label} {ends or 'not scored'}")
    return (
        f"Scores of the four skills in {len(interviews)} interviews from {dates[0]} to {dates[-1]}. {'; '.join(parts)}."
    )


def _hover(title: str) -> str:
    """Write a title for a hover label, which takes some HTML: escaped, cut, and broken into lines."""
    return "<br>".join(html.escape(line) for line in textwrap.wrap(shortened(title, 120), 44) or ["Untitled"])
