"""What two versions of a breakdown differ in."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.versions.diff import SkillDifference, difference
from analytics.breakdown.versions.struck import read_without
from analytics.breakdown.versions.version import Version, VersionError
from analytics.formatting import change, number, state_words
from analytics.skills import BY_KEY
from analytics.views.interview import InterviewView
from pages.parts.markdown import plain


def compare(versions: Sequence[Version], view: InterviewView) -> None:
    """Show two versions that the viewer chooses, and what changed from one to the other."""
    numbers = [version.number for version in versions]
    before_it, after_it = _worth_comparing(numbers, view)
    st.markdown("**What changed**")
    left, right = st.columns(2)
    # What is worth comparing changes with what is shown, and so does the choice.
    about = f"{view.interview.interview_id}_{before_it}_{after_it}"
    older = left.selectbox("From version", numbers, index=numbers.index(before_it), key=f"compare_from_{about}")
    newer = right.selectbox("To version", numbers, index=numbers.index(after_it), key=f"compare_to_{about}")
    by_number = {version.number: version for version in versions}
    try:
        before, after = (read_without(by_number[place], view.current.struck) for place in (older, newer))
    except VersionError as error:
        st.warning(str(error))
        return
    if view.current.struck:
        st.caption("Claims that a coach marked as wrong are left out. The versions keep them.")
    for skill in difference(before, after):
        with st.container(border=True, gap="small"):
            _difference(skill)


def _worth_comparing(numbers: Sequence[int], view: InterviewView) -> tuple[int, int]:
    """Choose two versions, given the newest first: the one that is shown and what waits, or what was there before."""
    current = view.current
    if current.draft is not None:
        draft = current.draft.number
        before = current.version.number if current.version else None
        return before or next((earlier for earlier in numbers if earlier < draft), numbers[-1]), draft
    number = current.version.number if current.version else numbers[0]
    return next((earlier for earlier in numbers if earlier < number), numbers[-1]), number


def _difference(skill: SkillDifference) -> None:
    before, after = skill.before.score, skill.after.score
    difference = change(before, after) if before is not None and after is not None else ""
    told = [_score(skill, "before"), _score(skill, "after")]
    scores = f"{told[0]} → {told[1]}" if told[0] != told[1] else f"{told[0]}, unchanged"
    st.markdown(
        f"**{BY_KEY[skill.skill].label}** · {scores} " + (f":gray[{difference}]" if difference != "0.00" else "")
    )
    if skill.lost or skill.gained:
        left, right = st.columns(2)
        for claim in skill.lost:
            left.markdown(f":red-badge[removed] {_point(claim)}")
        for claim in skill.gained:
            right.markdown(f":green-badge[added] {_point(claim)}")
    for old, new in skill.kept:
        if old.text == new.text:
            st.markdown(f":gray-badge[kept] {_point(new)}")
        else:
            left, right = st.columns(2)
            left.markdown(f":gray-badge[kept] {_point(old)}")
            right.markdown(f":gray-badge[reworded] {_point(new)}")
    if not (skill.lost or skill.gained or skill.kept):
        st.caption("No claims in either version.")


def _score(skill: SkillDifference, which: str) -> str:
    breakdown = skill.before if which == "before" else skill.after
    return state_words(breakdown.state) if breakdown.score is None else number(breakdown.score)


def _point(claim: Claim) -> str:
    return f"{claim.kind.replace('_', ' ')}: {plain(claim.text, 300)}"
