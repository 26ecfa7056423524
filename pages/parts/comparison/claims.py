"""What was said in one interview and not in the other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analytics.queries.interviews import ComparedRecord
from analytics.skills import BY_KEY
from analytics.text import shorten
from analytics.views.comparison import ClaimChanges, SaidClaim
from pages.parts.markdown import plain
from pages.parts.times import day


def two_of(chosen: Sequence[ComparedRecord], baseline: int) -> tuple[ComparedRecord, ComparedRecord]:
    """Return the baseline and the interview beside it: the only other one, or a chosen one."""
    before = next(record for record in chosen if record.interview_id == baseline)
    others = [record for record in chosen if record is not before]
    if len(others) == 1:
        return before, others[0]
    names = {record.interview_id: f"{day(record.date)} · {shorten(record.interview_title, 60)}" for record in others}
    picked = st.selectbox(
        "Beside the baseline",
        list(names),
        format_func=names.__getitem__,
        key="beside",
        width=420,
        index=len(others) - 1,
    )
    return before, next(record for record in others if record.interview_id == picked)


def claim_changes(changes: Sequence[ClaimChanges], before: ComparedRecord, after: ComparedRecord) -> None:
    """Show each skill's claims in the first interview only, in the other only, and in both."""
    if not changes:
        st.caption("Neither interview has written feedback.")
        return
    heads = [f"Only {day(record.date)}: {plain(record.interview_title, 60)}" for record in (before, after)]
    if heads[0] == heads[1]:
        heads[1] += " (the other)"
    for each in changes:
        st.subheader(BY_KEY[each.skill].label, anchor=False)
        for column, head, claims in zip(st.columns(2), heads, (each.gone, each.new), strict=True):
            with column:
                _show_claims(head, claims)
        if each.kept:
            _show_claims("In both", each.kept)


def _show_claims(head: str, claims: Sequence[SaidClaim]) -> None:
    """Show claims one below the other, each with its quote."""
    signs = {"Strength": ":green[:material/add:]", "Weakness": ":orange[:material/remove:]"}
    lines = (
        f"- {signs[claim.kind]} {plain(claim.text, 200)}{f' :gray[“{plain(claim.quote, 160)}”]' if claim.quote else ''}"
        for claim in claims
    )
    st.caption(head)
    st.markdown("\n".join(lines) or ":gray[Nothing]")
