"""Grouped bars that compare interviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final

import plotly.graph_objects as go

from analytics.charts import judge_steps, verdict_marks
from analytics.charts.style import TEMPLATE, Chart, Table, cell, hover, hover_date, score_axis, score_list
from analytics.formatting import day, number, quantity, rounded
from analytics.judges import PLATFORM_JUDGE, Judge
from analytics.queries.interviews import ComparedRecord
from analytics.skills import SKILL_KEYS, SKILLS, Skill
from analytics.text import shorten

MOST_COMPARED: Final = 6
# The colours of the interviews, as the legend names them; told apart without hue too.
COLOURS: Final = ("#2F6DA8", "#D98E04", "#3F9C8F", "#B04A8B", "#7A8794", "#8C5A2B")


def comparison(
    records: Sequence[ComparedRecord],
    differences: Mapping[tuple[int, str], float],
    *,
    by_change: bool = False,
    zone: tzinfo = UTC,
    now: datetime | None = None,
    judges: Mapping[str, Judge] | None = None,
) -> Chart:
    """Draw the scores of two to six interviews as bars grouped by skill, in the given order.

    The bars of an interview have its colour and carry the score; a skill without a score has no bar. `differences` are
    those of judges' scores from another interview's, by interview and skill, as far as they can be compared; with
    `by_change` the skill that differs most comes first. Dates are those of `zone`; with `now` the labels say how long
    ago they were. `judges` are those of the scores, by their keys.
    """
    judges = judges or {PLATFORM_JUDGE.key: PLATFORM_JUDGE}
    interviews = {record.interview_id: record for record in records}
    scores = {(record.interview_id, record.skill): record for record in records}
    figure = go.Figure()
    skills = _by_change(differences) if by_change else list(SKILLS)
    for position, (interview_id, interview) in enumerate(interviews.items()):
        bars = [scores.get((interview_id, skill.key)) for skill in skills]
        about = [interview_id, hover(interview.interview_title), hover_date(interview.date, zone, now)]
        figure.add_trace(
            go.Bar(
                x=[skill.label for skill in skills],
                y=[rounded(_score(record)) for record in bars],
                name=f"{position + 1} · {hover_date(interview.date, zone, None)}",
                text=["" if (score := _score(record)) is None else number(score) for record in bars],
                textangle=0,
                textposition="outside",
                cliponaxis=False,
                marker={"color": COLOURS[position % len(COLOURS)], "line": {"width": 0}}
                | verdict_marks.bar_marks(bars),
                customdata=[[*about, judge_steps.scorer(record, judges, zone)] for record in bars],
                hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<br>%{x}: %{y:.2f}<br>%{customdata[3]}"
                "<extra></extra>",
            )
        )
    figure.update_layout(
        template=TEMPLATE,
        height=380,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        barmode="group",
        bargap=0.18,
        bargroupgap=0.08,
        legend={"orientation": "h", "x": 0, "y": 1.06, "yanchor": "bottom"},
        xaxis={
            "fixedrange": True,
            "type": "category",
            "categoryarray": [skill.label for skill in skills],
            # Level on a phone, too: names of two words take two lines.
            "tickvals": [skill.label for skill in skills],
            "ticktext": [skill.label.replace(" ", "<br>") for skill in skills],
            "tickangle": 0,
        },
        yaxis=score_axis(),
    )
    held = [[record for record in records if record.interview_id == interview_id] for interview_id in interviews]
    table: Table = {
        "Number": [str(number) for number in range(1, len(interviews) + 1)],
        "Interview": [record.interview_title for record in interviews.values()],
        "Candidate": [record.candidate for record in interviews.values()],
        "Date": [day(record.date, zone) for record in interviews.values()],
        "Scored by": [judge_steps.scorers(one, judges) for one in held],
        "Scored on": [judge_steps.write_scoring_days(one, zone) for one in held],
    }
    for skill in SKILLS:
        table[skill.label] = [
            cell(scores.get((interview_id, skill.key)) or record) for interview_id, record in interviews.items()
        ]
    table |= verdict_marks.columns(scores, interviews)
    for skill in SKILLS:
        told = [differences.get((interview_id, skill.key)) for interview_id in interviews]
        table[f"{skill.label}, difference"] = [None if one is None else round(one, 4) for one in told]
    text = "; ".join(
        f"{number}, {shorten(record.interview_title)} on {day(record.date, zone)}: "
        + score_list({key: _score(scores.get((interview_id, key))) for key in SKILL_KEYS})
        for number, (interview_id, record) in enumerate(interviews.items(), 1)
    )
    return Chart(
        figure,
        table,
        f"Scores of the four skills in {quantity(len(interviews), 'interview')}, as bars from 0 to 1. {text}."
        + verdict_marks.describe(records),
    )


def _by_change(differences: Mapping[tuple[int, str], float]) -> list[Skill]:
    def largest(skill: Skill) -> float:
        return max((abs(one) for (_, key), one in differences.items() if key == skill.key), default=0.0)

    return sorted(SKILLS, key=largest, reverse=True)


def _score(record: ComparedRecord | None) -> float | None:
    return record.shown_score if record else None
