"""Whether the judge scores equal answers alike."""

from __future__ import annotations

import streamlit as st

from analytics.agreement.audit import SCORE, audit_pairs, sentence, unbiased_sentence
from analytics.agreement.audits import KeptAudit
from analytics.agreement.shifts import Shift
from analytics.formatting import percent, signed_number
from analytics.skills import BY_KEY
from analytics.views.judge import JudgeView
from pages.parts import times
from pages.parts.markdown import plain


def audit(view: JudgeView) -> None:
    """Show the last audit of each judge."""
    st.header("Does it matter how something is said?", anchor=False)
    if not view.audits:
        st.caption(
            "Not tested yet. Whoever runs this program can have the judge score answers of equal content, said in "
            "different ways: `python -m analytics audit-judge`."
        )
        return
    for kept in view.audits:
        _audit(kept)


def _audit(kept: KeptAudit) -> None:
    found = kept.found
    st.markdown(f"**{plain(found.judge.label, 80)}**, tested {times.day_and_age(kept.audited_at)}")
    for shift in found.biased:
        st.warning(sentence(shift, found.measure), icon=":material/balance:")
    if not found.biased:
        st.markdown(unbiased_sentence(found))
    skills = list(dict.fromkeys(shift.skill for shift in found.shifts))
    cells = {(shift.variant, shift.skill): _cell(shift) for shift in found.shifts}
    variants = audit_pairs().variants
    table = {"The same, said": list(variants.values())}
    for skill in skills:
        table[BY_KEY[skill].label] = [cells.get((variant, skill), "–") for variant in variants]
    st.table(
        table, border="horizontal", hide_index=True, alt="How far scores move when the same is said in another way"
    )
    unit = "in scores from 0 to 1" if found.measure == SCORE else "in claims, strengths less weaknesses"
    left_out = f" {percent(found.failed / found.runs)} of the runs failed and are left out." if found.failed else ""
    st.caption(f"Shift against the plain text {unit}, with its 95% interval.{left_out}")


def _cell(shift: Shift) -> str:
    if shift.mean is None:
        return "cannot tell"
    cell = f"{signed_number(shift.mean)} ({signed_number(shift.low)} to {signed_number(shift.high)})"
    return f"**{cell}**" if shift.biased else cell
