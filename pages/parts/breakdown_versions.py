"""The versions of a breakdown: where each comes from, what changed between two, and which of them is shown.

Nothing here runs in a callback: a change is made in the run whose viewer was just looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access import NotAllowedError, Viewer
from analytics.breakdown import reviewing, versions
from analytics.breakdown.differences import SkillDifference, difference
from analytics.breakdown.evidence import Claim
from analytics.breakdown.versions import PLATFORM, Source, Version, VersionError
from analytics.charts import state_words
from analytics.database import DatabaseError
from analytics.skills import BY_KEY
from pages.parts import data, local
from pages.parts.data import InterviewPage
from pages.parts.text import number, plain, signed

_SAID: Final = "version_said"
_SOURCES: Final = {
    Source.MODEL: "language model",
    Source.OFFLINE: "offline analyst, no language model",
    Source.PLATFORM: PLATFORM,
    Source.RESTORED: "restored",
}
_FLAGS: Final = {
    "low_agreement": "low agreement",
    "kept": "kept its former value",
    "withheld": "lines withheld",
    "skipped": "messages skipped",
    "left_out": "something left out",
}


def said() -> None:
    """Say what the last change did, or why it was not made."""
    kind, message = st.session_state.pop(_SAID, (None, ""))
    if kind == "done":
        st.success(message, icon=":material/check:")
    elif kind == "failed":
        st.error(message, icon=":material/error:")


def history(viewer: Viewer, shown: InterviewPage) -> None:
    """Offer what waits for acceptance, the approval, and everything that ever was."""
    if viewer.sees_others:
        _standing(viewer, shown)
    opened = st.expander("Versions", icon=":material/history:", key="versions", on_change="rerun")
    if not opened.open:
        return
    with opened:
        found = data.history(viewer, shown.interview.interview_id)
        if not found:
            st.caption("No breakdown of this interview was made here yet.")
            return
        for version in found:
            _row(viewer, shown, version)
        if len(found) > 1:
            _compare(found, shown)


def _standing(viewer: Viewer, shown: InterviewPage) -> None:
    presented = shown.presented
    interview_id, engine = shown.interview.interview_id, runtime.engine()
    if presented.version is None:
        return
    if presented.waiting is not None:
        waiting = presented.waiting.number
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/pending: Version {waiting} is newer and stands beside the approved version "
                f"{presented.version.number}. Compare them under Versions."
            )
            if st.button(f"Accept version {waiting}", key="accept", icon=":material/done_all:"):
                _change(
                    lambda: reviewing.accept(
                        viewer, engine, interview_id, waiting, write_back=runtime.settings().write_back
                    ),
                    f"Version {waiting} is shown now.",
                )
    held = presented.version.number
    if presented.approved_by is None:
        if st.button(
            f"Approve version {held}", key="approve", icon=":material/verified:",
            help="A later breakdown does not replace it, but stands beside it until someone accepts it.",
        ):  # fmt: skip
            _change(lambda: reviewing.approve(viewer, engine, interview_id, held), f"Version {held} is approved.")
    elif st.button("Withdraw the approval", key="withdraw", icon=":material/undo:", type="tertiary"):
        _change(
            lambda: reviewing.approve(viewer, engine, interview_id, held, approved=False),
            f"Version {held} is not approved any more.",
        )


def _row(viewer: Viewer, shown: InterviewPage, version: Version) -> None:
    is_shown = shown.presented.version is not None and shown.presented.version.id == version.id
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            badge = " :blue-badge[shown]" if is_shown else ""
            approved = " :green-badge[approved by coach]" if is_shown and shown.presented.approved_by else ""
            st.markdown(f"**Version {version.number}** · {_SOURCES[version.source]}{badge}{approved}")
            if (
                viewer.sees_others
                and not is_shown
                and st.button("Restore", key=f"restore_{version.number}", icon=":material/settings_backup_restore:")
            ):
                _change(
                    lambda: reviewing.restore(
                        viewer,
                        runtime.engine(),
                        shown.interview.interview_id,
                        version.number,
                        write_back=runtime.settings().write_back,
                    ),
                    f"Version {version.number} is shown again, as a new version.",
                )
        st.caption(_provenance(viewer, version))


def made_by(version: Version) -> str:
    """Say who or what made a version."""
    origin = version.origin
    if origin.is_platform:
        return PLATFORM
    model = f"{origin.model} at {origin.host}" if origin.model else origin.analyst
    return f"{model}, repeating version {origin.restored}" if origin.restored else model


def effort(version: Version) -> list[str]:
    """Say what a version took; empty where no model was asked."""
    usage, seconds = version.origin.usage, version.origin.seconds
    return [f"{usage.tokens:,} tokens in {max(seconds, 1):.0f} s"] if usage.tokens else []


def _provenance(viewer: Viewer, version: Version) -> str:
    origin = version.origin
    words = [local.minute(version.created_at)]
    if version.source is Source.PLATFORM:
        words.append("as it was stored before the next version")
    elif viewer.sees_others:
        words.append(f"by {plain(version.created_by, 60)}")
    if origin.restored:
        words.append(f"repeats version {origin.restored}")
    if origin.model:
        words.append(f"{plain(origin.model, 60)} at {plain(origin.host, 60)}")
    hashes = (("prompt", origin.prompt_hash), ("rubric", origin.rubric_hash), ("transcript", origin.transcript_hash))
    words += [*effort(version), *(f"{name} {plain(value[:8])}" for name, value in hashes if value)]
    part = [f"{BY_KEY[key].label} {share:.0%} read" for key, share in origin.coverage.items() if 0 < share < 1]
    flags = [_flag(flag) for flag in origin.flags]
    return " · ".join((*words, *part, *flags))


def _flag(flag: str) -> str:
    name, _, key = flag.partition(":")
    words = _FLAGS.get(name, name)
    return f"{BY_KEY[key].label}: {words}" if key in BY_KEY else words


def _compare(found: Sequence[Version], shown: InterviewPage) -> None:
    numbers = [version.number for version in found]
    before_it, after_it = _worth_comparing(numbers, shown)
    st.markdown("**What changed**")
    left, right = st.columns(2)
    # What is worth comparing changes with what is shown, and so does the choice.
    about = f"{shown.interview.interview_id}_{before_it}_{after_it}"
    older = left.selectbox("From version", numbers, index=numbers.index(before_it), key=f"compare_from_{about}")
    newer = right.selectbox("To version", numbers, index=numbers.index(after_it), key=f"compare_to_{about}")
    chosen = {version.number: version for version in found}
    try:
        before, after = (versions.read_version(chosen[place]) for place in (older, newer))
    except VersionError as error:
        st.warning(str(error))
        return
    for skill in difference(before, after):
        with st.container(border=True, gap="small"):
            _difference(skill)


def _worth_comparing(numbers: Sequence[int], shown: InterviewPage) -> tuple[int, int]:
    """Choose two versions, given the newest first: the one that is shown and what waits, or what was there before."""
    presented = shown.presented
    held = presented.version.number if presented.version else numbers[0]
    if presented.waiting is not None:
        return held, presented.waiting.number
    return next((earlier for earlier in numbers if earlier < held), numbers[-1]), held


def _difference(skill: SkillDifference) -> None:
    before, after = skill.before.score, skill.after.score
    change = signed(after - before) if before is not None and after is not None and after != before else ""
    told = [_score(skill, "before"), _score(skill, "after")]
    scores = f"{told[0]} → {told[1]}" if told[0] != told[1] else f"{told[0]}, as before"
    st.markdown(f"**{BY_KEY[skill.skill].label}** · {scores} " + (f":gray[{change}]" if change else ""))
    if skill.lost or skill.gained:
        left, right = st.columns(2)
        for claim in skill.lost:
            left.markdown(f":red-badge[lost] {_point(claim)}")
        for claim in skill.gained:
            right.markdown(f":green-badge[gained] {_point(claim)}")
    for old, new in skill.kept:
        if old.text == new.text:
            st.markdown(f":gray-badge[kept] {_point(new)}")
        else:
            left, right = st.columns(2)
            left.markdown(f":gray-badge[kept] {_point(old)}")
            right.markdown(f":gray-badge[reworded] {_point(new)}")
    if not (skill.lost or skill.gained or skill.kept):
        st.caption("No points in either.")


def _score(skill: SkillDifference, which: str) -> str:
    found = skill.before if which == "before" else skill.after
    return state_words(found.state) if found.score is None else number(found.score)


def _point(claim: Claim) -> str:
    cited = f" :gray[({plain(', '.join(claim.evidence))})]" if claim.evidence else ""
    return f"{claim.kind}: {plain(claim.text, 300)}{cited}"


def _change(change: Callable[[], object], message: str) -> None:
    try:
        change()
        st.session_state[_SAID] = ("done", message)
    except (VersionError, NotAllowedError, DatabaseError) as error:
        st.session_state[_SAID] = ("failed", str(error))
    st.rerun()
