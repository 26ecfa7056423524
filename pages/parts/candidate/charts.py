"""The charts of a candidate's page, each with its own options; with `yours` they address the candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import streamlit as st

from analytics.candidate import skill_trends
from analytics.candidate.skill_trends import SkillTrend
from analytics.charts import dumbbell, radar, verdict_marks
from analytics.charts import progression as charts_progression
from analytics.columns import now
from analytics.queries.candidates import SkillRecord
from analytics.reviews.requests import ReviewState
from analytics.runtime import settings
from analytics.skills import BY_KEY, SKILLS
from analytics.trends.design import FEWEST_INTERVIEWS
from analytics.trends.labels import Trend
from analytics.views.candidate import CandidateView
from pages.parts import address, chart, reads, times
from pages.parts.markdown import plain

PERIODS: Final = {"All": None, "365 days": 365, "90 days": 90, "30 days": 30}
WIDGETS: Final = ("period", "skills", "overlays", "lines", "judge")
_APART, _TOGETHER = "Each skill", "All in one"
_NEWEST, _ONE_SCALE, _AS_SCORED = "Newest judge", "All, on one scale", "All, as scored"

_TREND_ICONS: Final = {
    Trend.IMPROVING: ":green[:material/trending_up:]",
    Trend.DECLINING: ":red[:material/trending_down:]",
    Trend.STEADY: ":material/trending_flat:",
    Trend.NOT_ENOUGH_EVIDENCE: ":material/question_mark:",
}
# What the chart says of a score that somebody saw differently.
_REVIEWED: Final = {
    ReviewState.OPEN: "Review asked for",
    ReviewState.ANSWERED: "Reviewed by a coach",
    ReviewState.AGAIN: "Review asked for once more",
    ReviewState.FINAL: "Reviewed, final",
}


def progression(view: CandidateView, goals: Mapping[str, float]) -> None:
    """Describe and draw the progression of the chosen period and skills; a point opens its interview.

    `goals` hold the target of each skill that has a goal of its own.
    """
    scores, trends = _choose_scale(view)
    _sentences(trends or view.trends)
    history, skills, apart = _choose_part(scores)
    if not history:
        return
    targets = {**settings().targets, **goals} if apart else None
    clicked = chart.figure(
        charts_progression.progression(
            history,
            trends,
            skills=skills,
            zone=times.zone(),
            now=now(),
            targets=targets,
            judges=reads.judges(history),
            reviews={about: _REVIEWED[state] for about, state in view.reviews.items()},
        ),
        key="progression",
        file_name=f"progression {view.candidate.name}",
        clickable=True,
    )
    if clicked is not None:
        st.switch_page("interview.py", query_params={"interview": str(clicked)})


def averages(view: CandidateView) -> None:
    """Draw the averages with the chosen overlays."""
    trends = view.trends
    st.header("Average by skill", anchor=False)
    overlays: dict[str, dict[str, float | None]] = {
        "First three": skill_trends.recent_average(view.told, first=True),
        "Latest three": skill_trends.recent_average(view.told, first=False),
    }
    overlays = {name: layer for name, layer in overlays.items() if any(value is not None for value in layer.values())}
    overlays["Current level"] = {key: trend.current for key, trend in trends.items()}
    if any(trend.median is not None for trend in trends.values()):
        overlays["Median of all"] = {key: trend.median for key, trend in trends.items()}
    if judged := verdict_marks.averages(view.history):
        overlays[verdict_marks.LAYER] = judged
    selection = address.several("Also show", "overlays", list(overlays))
    averages = {key: trend.average for key, trend in trends.items()}
    layers = {"All interviews": averages} | {name: overlays[name] for name in selection}
    errors = {key: trend.average_error for key, trend in trends.items()}
    chart.figure(radar.radar(layers, errors), key="averages", file_name=f"averages {view.candidate.name}")
    unscored = [BY_KEY[key].label for key, average in averages.items() if average is None]
    if unscored:
        st.caption(f"Not scored yet: {', '.join(label.lower() for label in unscored)}.")


def levels(view: CandidateView, *, yours: bool) -> None:
    """Show each skill's first, current and target level, how sure that is, and the cohort."""
    first = skill_trends.recent_average(view.told, first=True)
    began = any(value is not None for value in first.values())
    st.header("Levels: first three, now, target" if began else "Levels: now, target", anchor=False)
    chart.figure(
        dumbbell.dumbbell(view.trends, first, settings().targets),
        key="levels",
        file_name=f"levels {view.candidate.name}",
        note="± shows how sure we are." if any(trend.current_error for trend in view.trends.values()) else "",
    )
    said = [f"{'○ first three · ' if began else ''}● now · | target."]
    if any(trend.scored > 1 for trend in view.trends.values()):
        said.append("“Now” is the level that the recent scores point to.")
    if view.judges > 1:
        newest = {trend.judge for trend in view.trends.values()}
        names = sorted({judge.label for key, judge in reads.judges(view.history).items() if key in newest})
        said.append(f"Levels are on the scale of {plain(' and '.join(names))}; targets are the same for every judge.")
    st.caption(" ".join(said))
    for trend in view.trends.values():
        if trend.position:
            st.caption(f"{BY_KEY[trend.skill].label}: {'you do ' if yours else ''}{_position(trend)}")


def _sentences(trends: Mapping[str, SkillTrend]) -> None:
    """Show of each skill how it develops."""
    with st.grid(2, min_column_width=320, gap="small"):
        for skill in SKILLS:
            trend = trends[skill.key]
            st.markdown(f"{_TREND_ICONS[trend.trend]} {plain(trend.sentence)}", help=trend.details or None)


def _choose_scale(view: CandidateView) -> tuple[Sequence[SkillRecord], Mapping[str, SkillTrend] | None]:
    """Offer whose scores to draw, where several judges gave them; return these, and the trends to draw.

    First it is the newest judge's, what nobody moved, unless these are too few to tell anything from. Scores of several
    judges as they were given are no one series, so they have no band.
    """
    if view.judges < 2:
        return view.history, view.trends
    newest = view.newest
    texts = [_NEWEST, *([_ONE_SCALE] if view.is_moved else []), _AS_SCORED]
    if view.is_moved and max(trend.scored for trend in newest.values()) < FEWEST_INTERVIEWS:
        texts[:2] = [_ONE_SCALE, _NEWEST]
    chosen = address.choose_from_address("Scores", "judge", dict(zip(texts, texts, strict=True)))
    if chosen == _ONE_SCALE:
        st.caption("Other judges' scores are moved to the scale of whoever scored the latest interview.")
        return view.told, view.trends
    if chosen == _AS_SCORED:
        st.caption("Judges differ in how strict they are, so there is no band and no trend across several.")
        return view.history, None
    if view.is_moved:
        st.caption(
            "Only scores by the judge of the latest interview. The rest of this page also counts other judges’ scores, "
            "moved to this scale."
        )
    return skill_trends.on_their_scale(view.history, newest), newest


def _choose_part(scores: Sequence[SkillRecord]) -> tuple[list[SkillRecord], list[str], bool]:
    """Offer periods and skills; return the history, the keys of the skills, and whether each has its own chart."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        labels = [skill.label for skill in SKILLS]
        selection = address.several("Skills", "skills", labels, default=labels)
        days = address.choose_from_address("Period", "period", PERIODS)
        apart = address.choose_from_address("Lines", "lines", {_APART: True, _TOGETHER: False})
    history = list(scores)
    if days is not None:
        begin = now() - timedelta(days=days)
        history = [record for record in history if record.date >= begin]
    if not history:
        st.info("No completed interview in this period. Choose a longer period.", icon=":material/event_busy:")
    elif days is not None:
        st.caption("The chart shows this period; trends and bands always use all interviews.")
    return (
        history,
        [skill.key for skill in SKILLS if skill.label in selection] or [skill.key for skill in SKILLS],
        apart,
    )


def _position(trend: SkillTrend) -> str:
    position = trend.position
    if position is None:
        return ""
    return (
        f"better than about {_of_100(position.percentile)} of 100 candidates (between {_of_100(position.low)} and "
        f"{_of_100(position.high)})."
    )


def _of_100(percentile: float) -> int:
    """Round a percentile; nobody is better than everybody, themselves included."""
    return min(round(percentile), 99)
