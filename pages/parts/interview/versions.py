"""The versions of a breakdown: their origin, their differences, and which one is shown.

Nothing here runs in a callback: a change is made in the run whose viewer was just looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import streamlit as st

from analytics import runtime
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown.assessment.result import OFFLINE_ANALYST
from analytics.breakdown.versions import review
from analytics.breakdown.versions.version import PLATFORM, Source, Version, VersionError
from analytics.database.errors import DatabaseError
from analytics.formatting import percent
from analytics.skills import BY_KEY
from analytics.views.interview import InterviewView
from pages.parts import reads, times
from pages.parts.interview.version_differences import compare
from pages.parts.markdown import plain

_T = TypeVar("_T")

_SAID: Final = "version_said"
_SOURCES: Final = {
    Source.MODEL: "language model",
    Source.OFFLINE: "rule-based draft",
    Source.PLATFORM: PLATFORM,
    Source.RESTORED: "restored",
}
_FLAGS: Final = {
    "low_agreement": "low agreement",
    "bounded": "lower level taken",
    "kept": "kept from an earlier version",
    "withheld": "lines hidden from the model",
    "skipped": "unreadable messages",
    "left_out": "claims left out",
}


def flash() -> None:
    """Show the result of the last change, or why it failed."""
    kind, message = st.session_state.pop(_SAID, (None, ""))
    if kind == "done":
        st.success(message, icon=":material/check:")
    elif kind == "failed":
        st.error(message, icon=":material/error:")


def history(viewer: Viewer, view: InterviewView) -> None:
    """Show versions waiting for acceptance, the approval, and all earlier versions."""
    if view.may_press and view.current.draft is not None:
        _draft_notice(viewer, view, view.current.draft)
    if viewer.sees_others:
        _show_standing(viewer, view)
    opened = st.expander("Versions", icon=":material/history:", key="versions", on_change="rerun")
    if not opened.open:
        return
    with opened:
        versions = reads.history(viewer, view.interview.interview_id)
        if not versions:
            st.caption("No versions yet.")
            return
        for version in versions:
            _row(viewer, view, version)
        if len(versions) > 1:
            compare(versions, view)


def _show_standing(viewer: Viewer, view: InterviewView) -> None:
    current = view.current
    interview_id, engine = view.interview.interview_id, runtime.engine()
    if current.version is None:
        return
    number = current.version.number
    if current.approved_by is None:
        if st.button(
            f"Approve version {number}", key="approve", icon=":material/verified:",
            help="Newer versions do not replace it until someone switches.",
        ):  # fmt: skip
            _change(
                lambda: review.approve(viewer, engine, interview_id, number),
                lambda _: f"Version {number} is approved.",
            )
    elif st.button("Withdraw approval", key="withdraw", icon=":material/undo:", type="tertiary"):
        _change(
            lambda: review.approve(viewer, engine, interview_id, number, approved=False),
            lambda _: f"Version {number} is no longer approved.",
        )


def _draft_notice(viewer: Viewer, view: InterviewView, version: Version) -> None:
    """Offer a version that stands beside what is shown: to compare it, and to show it instead."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        poorer, shown_version = version.origin.poorer, view.current.version
        state = f"is a draft: {poorer}" if poorer else "is ready"
        former = "What is shown" if shown_version is None else f"Version {shown_version.number}"
        approved = " (approved)" if view.current.approved_by else ""
        st.markdown(f":material/pending: Version {version.number} {state}. {former}{approved} stays until you switch.")
        st.button("Compare", key="compare", icon=":material/compare_arrows:", on_click=_open_versions)
        if st.button(f"Use version {version.number}", key="accept", icon=":material/done_all:"):
            _change(
                lambda: review.accept(
                    viewer,
                    runtime.engine(),
                    view.interview.interview_id,
                    version.number,
                    write_back=runtime.settings().write_back,
                ),
                lambda shown: _describe_accepted(version.number, shown.number),
            )


def _describe_accepted(asked: int, shown: int) -> str:
    if shown == asked:
        return f"Version {shown} is shown now."
    return (
        f"Version {shown} is shown now. It is version {asked} with what it keeps from an earlier version brought up to "
        "date."
    )


def _open_versions() -> None:
    st.session_state["versions"] = True


def _row(viewer: Viewer, view: InterviewView, version: Version) -> None:
    is_shown = view.current.version is not None and view.current.version.id == version.id
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            badge = " :blue-badge[shown]" if is_shown else " :gray-badge[draft]" if version.origin.poorer else ""
            approved = " :green-badge[approved by coach]" if is_shown and view.current.approved_by else ""
            st.markdown(f"**Version {version.number}** · {_SOURCES[version.source]}{badge}{approved}")
            if (
                viewer.sees_others
                and not is_shown
                and st.button("Restore", key=f"restore_{version.number}", icon=":material/settings_backup_restore:")
            ):
                _change(
                    lambda: review.restore(
                        viewer,
                        runtime.engine(),
                        view.interview.interview_id,
                        version.number,
                        write_back=runtime.settings().write_back,
                    ),
                    lambda _: f"Version {version.number} restored.",
                )
        st.caption(_provenance(viewer, view, version))


def describe_maker(version: Version) -> str:
    """Describe who or what made a version."""
    origin = version.origin
    if origin.is_platform:
        return PLATFORM
    made = _SOURCES[Source.OFFLINE] if origin.analyst == OFFLINE_ANALYST else origin.analyst
    model = f"{origin.model} at {origin.host}" if origin.model else made
    return ", ".join([model, *_repeats(version)])


def _repeats(version: Version) -> list[str]:
    """Describe which version this one repeats, and whether with something brought up to date; empty if none."""
    if not version.origin.restored:
        return []
    done = "restored" if version.source is Source.RESTORED else "brought up to date"
    return [f"version {version.origin.restored} {done}"]


def effort(version: Version) -> list[str]:
    """Describe what a version took; empty without a model."""
    usage, seconds = version.origin.usage, version.origin.seconds
    if not usage.tokens:
        return []
    cost = _cost(version)
    return [f"{usage.tokens:,} tokens in {max(seconds, 1):.0f} s", *([cost] if cost else [])]


def _cost(version: Version) -> str:
    # The prices are those of the model that is connected, so of no other's versions.
    try:
        settings = runtime.model_settings()
    except ValueError:
        return ""
    usage = version.origin.usage
    same = version.origin.host == settings.host
    return settings.cost(usage.input_tokens, usage.output_tokens, usage.cached_tokens) if same else ""


def _provenance(viewer: Viewer, view: InterviewView, version: Version) -> str:
    origin = version.origin
    if version.source is Source.PLATFORM:
        # When it was kept here says nothing: it is as old as the interview.
        return f"Original, for the interview of {times.day(view.interview.date)}"
    words = [times.minute(version.created_at)]
    if viewer.sees_others:
        words.append(f"by {plain(version.created_by, 60)}")
    words += _repeats(version)
    if origin.model:
        words.append(f"{plain(origin.model, 60)} at {plain(origin.host, 60)}")
    hashes = (("prompt", origin.prompt_hash), ("rubric", origin.rubric_hash), ("transcript", origin.transcript_hash))
    words += [*effort(version), *(f"{name} {plain(value[:8])}" for name, value in hashes if value)]
    part = [f"{BY_KEY[key].label} {percent(share)} read" for key, share in origin.coverage.items() if 0 < share < 1]
    flags = [_flag(flag) for flag in origin.flags if not flag.startswith("draft:")]
    return " · ".join((*words, *part, *flags))


def _flag(flag: str) -> str:
    name, _, key = flag.partition(":")
    words = _FLAGS.get(name, name)
    return f"{BY_KEY[key].label}: {words}" if key in BY_KEY else words


def _change(change: Callable[[], _T], describe: Callable[[_T], str]) -> None:
    try:
        st.session_state[_SAID] = ("done", describe(change()))
    except (VersionError, NotAllowedError, DatabaseError) as error:
        st.session_state[_SAID] = ("failed", str(error))
    st.rerun()
