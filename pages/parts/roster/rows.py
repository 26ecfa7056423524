"""The roster's list and heat map: their rows, and turning their pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import streamlit as st

from analytics.charts import heat_map as charts_heat_map
from analytics.charts import sparkline
from analytics.columns import now
from analytics.formatting import number, quantity, signed_number
from analytics.report.cohort import EXPLANATION as HEAT_MAP_EXPLANATION
from analytics.report.cohort import tint
from analytics.roster.attention import Attention, reason_words
from analytics.roster.page import RosterPage, RosterRow
from analytics.runtime import settings
from analytics.skills import SKILLS
from analytics.text import visible
from analytics.trends.labels import Trend
from pages.parts import address, chart, times
from pages.parts.markdown import plain
from pages.parts.roster import order, toolbar

SIZE: Final = 25
_REASON_COLOURS: Final = {
    Attention.REVIEW: "primary",
    Attention.DECLINING: "red",
    Attention.BELOW_TARGET: "orange",
    Attention.SILENT: "blue",
    Attention.FAILED: "violet",
}
_ARROWS: Final = {Trend.IMPROVING: "↗", Trend.DECLINING: "↘", Trend.STEADY: "→", Trend.NOT_ENOUGH_EVIDENCE: ""}
# What the tints and the hatch of the heat map mean.
_LEGEND: Final = {
    "at the target or above": charts_heat_map.TINTS["green"],
    "below it": charts_heat_map.TINTS["orange"],
    "far below it": charts_heat_map.TINTS["red"],
    "cannot be told from it": charts_heat_map.HATCH,
}
_NO_BREAK: Final = "\u00a0"
# As many scores as a line the size of a word can show apart.
_MOST_SCORES: Final = 8


def show_mixed_judges(page: RosterPage) -> None:
    """Show a note if the order or the filters mix judges."""
    if page.mixes_judges:
        st.caption(
            ":material/gavel: Different judges scored these candidates, and judges differ in how strict they are. To "
            "compare like with like, choose one under Filter, “Scored by”."
        )


def roster_list(rows: Sequence[RosterRow]) -> None:
    """Show candidates one below the other, each name linked to its page, with reasons beside it."""
    st.session_state["listed"] = [(row.user_id, row.name) for row in rows]
    order.heads(st.session_state["viewer"], toolbar.first_page)
    moment, listed = now(), st.container(gap="xsmall")
    for row in rows:
        with listed.container(border=True, key=f"row_{row.user_id}"):
            name, why, levels, last = st.columns(order.WIDTHS, vertical_alignment="center", gap="small")
            name.page_link(
                "candidate.py", label=f"**{plain(row.name, 60)}**", icon="", help="", width="stretch",
                query_params={"candidate": str(row.user_id)},
            )  # fmt: skip
            why.markdown(_reasons(row, moment))
            levels.markdown(_levels(row))
            last.markdown(_last(row))


def _reasons(row: RosterRow, moment: datetime) -> str:
    chips = (
        f":{_REASON_COLOURS[reason.kind]}-badge[{reason_words(reason, row.last_interview_at, moment)}]"
        for reason in row.reasons
    )
    return " ".join(chips) or ("" if row.is_hidden else ":gray[Nothing needs attention]")


def _levels(row: RosterRow) -> str:
    if row.is_hidden:
        return ":gray[:material/visibility_off: Hidden until you have rated all interviews]"
    if row.overall is None:
        return ":gray[Not scored yet]"
    return "\n".join(f"* **{skill.label}** {_level(row, skill.key)}" for skill in SKILLS)


def _level(row: RosterRow, key: str) -> str:
    """Write a level and, where it stands in a list over everybody, its change; tinted by how near the target is."""
    level, trend, target = row.levels[key], row.trends[key], settings().targets[key]
    if level.now is None:
        return ":gray[–]"
    moved = trend in {Trend.IMPROVING, Trend.DECLINING} and level.change is not None
    change = f" :small[{_ARROWS[trend]}{_NO_BREAK}{signed_number(level.change)}]" if moved else ""
    return f":{tint(level.now, target)}-background[{number(level.now)}]{change}"


def _last(row: RosterRow) -> str:
    """Write when the last interview was, beside the overall scores up to it as a sparkline."""
    if row.last_interview_at is None:
        return ""
    scores = [score for score in row.recent_overall if score is not None][-_MOST_SCORES:]
    told = sparkline.describe(scores)
    picture = f'![{told}]({sparkline.sparkline(scores)} "{told}") ' if scores else ""
    day = f":small[:gray[{times.day(row.last_interview_at)}]]"
    return f"{picture}{times.ago(row.last_interview_at).capitalize()}  \n{day}"


def heat_map(rows: Sequence[RosterRow]) -> None:
    """Show candidates and skills as a table of tinted and hatched cells, each name linked to its page."""
    st.session_state["listed"] = [(row.user_id, row.name) for row in rows]
    drawn = charts_heat_map.heat_map(
        [visible(row.name) for row in rows],
        [{key: (level.now, level.error) for key, level in row.levels.items()} for row in rows],
        settings().targets,
        links=[f"[{plain(row.name, 60)}](candidate?candidate={row.user_id})" for row in rows],
    )
    st.markdown(f":small[{HEAT_MAP_EXPLANATION}]")
    with st.container(key="tints"):
        words = (
            f'<span style="{style}; padding: 4px 8px; display: inline-block">{told}</span>'
            for told, style in _LEGEND.items()
        )
        st.html(f"<small>{' '.join(words)}</small>")
    with st.container(key="heat"):
        st.table(drawn.figure, border="horizontal", hide_index=True, alt=drawn.alt)
    chart.numbers(drawn.table, key="heat_map", file_name="skills of candidates", alt=drawn.alt)


def turn_pages(page: RosterPage) -> None:
    """Show the position in the list, with links to the neighbouring pages."""
    asked = st.query_params.get("first", "1")
    first = int(asked) if asked.isdigit() and len(asked) < 10 and toolbar.cursors() != (None, None) else 1
    last = first + len(page.rows) - 1
    several = page.total > len(page.rows)
    with st.container(horizontal=True, vertical_alignment="center"):
        if several:
            st.button(
                "Previous", icon=":material/chevron_left:", disabled=page.before is None,
                on_click=_turn, kwargs={"before": page.before, "first": max(1, first - SIZE)},
            )  # fmt: skip
            st.button(
                "Next", icon=":material/chevron_right:", icon_position="right", disabled=page.after is None,
                on_click=_turn, kwargs={"after": page.after, "first": last + 1},
            )  # fmt: skip
        st.caption(f"{first:,}–{last:,} of {page.total:,}" if several else quantity(page.total, "candidate"))


def _turn(first: int, after: str | None = None, before: str | None = None) -> None:
    address.write_address(after=after, before=before, first=first)
