"""How well scores agree with people, in figures and words."""

from __future__ import annotations

from typing import Final, Literal

import streamlit as st

from analytics.agreement import wording
from analytics.agreement.figures import Calibration, level_of
from analytics.agreement.figures import correct_score as without_leniency
from analytics.charts import agreement as charts_agreement
from analytics.formatting import quantity, signed_number
from analytics.skills import BY_KEY, SKILL_KEYS
from analytics.views.judge import JudgeAgreement, JudgeView, SkillAgreement
from pages.parts import chart, times
from pages.parts.markdown import plain

WIDGETS: Final = ("judge_skill",)
_BADGES: Final[dict[Calibration, tuple[str, Literal["green", "orange", "gray"]]]] = {
    Calibration.CALIBRATED: (":material/check_circle:", "green"),
    Calibration.NOT_CALIBRATED: (":material/error:", "orange"),
    Calibration.CANNOT_TELL: (":material/help:", "gray"),
}
_STANDINGS: Final = {
    Calibration.CALIBRATED: "Calibrated",
    Calibration.NOT_CALIBRATED: "Not calibrated",
    Calibration.CANNOT_TELL: "Cannot tell yet",
}


def choose_judge(view: JudgeView) -> JudgeAgreement | None:
    """Offer the judges; None if none has scored what people rated."""
    st.markdown("How well scores agree with people: levels from coaches' verdicts, or from a file.")
    if not view.judges:
        return None
    if len(view.judges) == 1:
        (only,) = view.judges
        st.markdown(f"**{plain(only.judge.label, 80)}**")
        return only
    place = st.selectbox(
        "Judge",
        range(len(view.judges)),
        format_func=lambda each: _name(view.judges[each]),
        key="named_judge",
        help="A model with other instructions or another rubric is another judge.",
    )
    return view.judges[place]


def explain_no_pairs(view: JudgeView) -> None:
    """Show what is missing where nothing can be compared."""
    if view.levels:
        st.info("People have rated interviews, but no judge has scored the same skills yet.", icon=":material/info:")
    else:
        rate = "Rate some below, or bring" if view.may_draw or view.queue else "Bring"
        st.info(
            f"No interview has been rated by a person yet. {rate} in levels from a file.",
            icon=":material/info:",
        )


def overview(found: JudgeAgreement) -> None:
    """Show each skill on one line."""
    columns: dict[str, list[str]] = {"Skill": [], "Rated by both": [], "Leniency": [], "Kappa": [], "Standing": []}
    for each in found.skills:
        agreement = each.agreement
        columns["Skill"].append(BY_KEY[each.skill].label)
        columns["Rated by both"].append(f"{agreement.pairs:,}")
        columns["Leniency"].append("–" if agreement.leniency is None else signed_number(agreement.leniency.value))
        columns["Kappa"].append("–" if agreement.kappa is None else wording.between(agreement.kappa))
        columns["Standing"].append(_STANDINGS[agreement.standing])
    st.table(columns, border="horizontal", hide_index=True, alt="How far this judge can be trusted, skill by skill")


def choose_skill(found: JudgeAgreement) -> SkillAgreement:
    """Offer the skills, starting with the one with most pairs."""
    most = max(found.skills, key=lambda each: each.agreement.pairs).skill
    key = st.segmented_control(
        "Skill", list(SKILL_KEYS), default=most, required=True, key="judge_skill", bind="query-params",
        format_func=lambda each: BY_KEY[each].label,
    )  # fmt: skip
    return found.of(key or most)


def corrected_scale(skill: SkillAgreement) -> bool:
    """Offer the corrected scale if the judge is calibrated and lenient or strict; off by default."""
    if not skill.agreement.correctable:
        return False
    offset = -skill.agreement.offset / 4
    return st.toggle(
        f"Show corrected scores on this page ({signed_number(offset)})",
        key=f"corrected_{skill.skill}",
        help="Takes the leniency out of the judge's scores here. Scores elsewhere stay as they are.",
    )


def show_skill(skill: SkillAgreement) -> None:
    """Show the figures of a skill with their meaning."""
    found = skill.agreement
    st.header(BY_KEY[skill.skill].label, anchor=False)
    icon, colour = _BADGES[found.standing]
    st.badge(_STANDINGS[found.standing].capitalize(), icon=icon, color=colour)
    st.markdown(wording.describe_standing(found))
    told = wording.figures(found)
    if told:
        constant = found.constant.level if found.constant is not None else 0
        st.table(
            {
                "Figure": [each.name for each in told],
                "This judge": [each.value for each in told],
                f"Always level {constant}": [each.constant for each in told],
                "What it means": [each.meaning for each in told],
            },
            border="horizontal",
            hide_index=True,
            alt="The figures of this skill",
        )
        st.caption("In brackets: the 95% interval. Figures are in levels from 1 to 5; one level is 0.25 of a score.")
    if skill.seen:
        st.caption(
            f"In {quantity(skill.seen, 'pair')} the score was in view when the person rated, which draws levels "
            "together. Rate blind to be sure."
        )
    st.markdown(wording.retest(skill.retest))


def scatter(found: JudgeAgreement, skill: SkillAgreement, *, corrected: bool) -> None:
    """Draw the pairs of levels with the identity line."""
    st.header("Person and judge", anchor=False)
    if not skill.pairs:
        st.caption("Nothing to draw yet.")
        return
    chart.figure(
        charts_agreement.agreement(
            BY_KEY[skill.skill],
            [(pair.person, _corrected_level(skill, pair.judge, corrected=corrected)) for pair in skill.pairs],
            found.judge.label,
        ),
        key="agreement",
        file_name=f"agreement-{skill.skill}",
    )
    note = " Corrected for leniency." if corrected else ""
    st.caption(f"On the dotted line both agree; above it the judge is kinder. Larger circles: more interviews.{note}")


def disagreements(skill: SkillAgreement, *, corrected: bool) -> None:
    """List the largest disagreements, each with a link to the interview at its quotes."""
    st.header("Largest disagreements", anchor=False)
    if not skill.disagreements:
        st.caption("Person and judge are never a level or more apart.")
        return
    for place, each in enumerate(skill.disagreements):
        judged = _corrected_level(skill, each.pair.judge, corrected=corrected)
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=f"named_{place}"
        ):
            st.markdown(
                f"{plain(each.interview.candidate, 60)}, {times.day(each.interview.date)}: "
                f"person **{each.pair.person:g}**, judge **{round(judged, 2):g}**{' (corrected)' if corrected else ''}"
            )
            st.page_link(
                "interview.py",
                label=plain(each.interview.title, 60),
                icon=":material/forum:",
                query_params={"interview": str(each.interview.interview_id)}
                | ({"quote": each.quote} if each.quote else {}),
            )


def _corrected_level(skill: SkillAgreement, level: float, *, corrected: bool) -> float:
    return level_of(without_leniency((level - 1) / 4, skill.agreement)) if corrected else level


def _name(each: JudgeAgreement) -> str:
    told = f", instructions {each.judge.prompt[:6]}" if each.judge.prompt else ""
    return f"{plain(each.judge.label, 60)} ({quantity(each.pairs, 'pair')}{told})"
