"""An interview's tags, speakers and deletion, on its page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import streamlit as st

from analytics.access.private import may_be_private, private_among, set_private
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.formatting import quantity
from analytics.importing import change
from analytics.importing.errors import AddError
from analytics.importing.tags import set_tags
from analytics.queries.interviews import ComparedRecord
from analytics.queries.tags import HARDEST, Tags
from analytics.queries.tags import tags as known_tags
from analytics.views.interview import InterviewView
from pages.parts import address, reads
from pages.parts.add import details
from pages.parts.add import speakers as edited_speakers
from pages.parts.change import save
from pages.parts.markdown import plain

WIDGETS: Final = ("of_kind", "of_difficulty")
_ALL_KINDS: Final = "All kinds"
_ANY: Final = "Any"
_DIFFICULTIES: Final = frozenset(str(level) for level in range(1, HARDEST + 1))


def label(viewer: Viewer, view: InterviewView) -> None:
    """Show the tags and the origin of the interview, with ways to change the tags and to delete it."""
    tags, added = view.label.tags, view.label.added
    if not viewer.may_add and tags == Tags() and added is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if tags.kind is not None:
            st.badge(plain(tags.kind, 40), icon=":material/category:")
        if tags.difficulty is not None:
            st.badge(f"Difficulty {tags.difficulty} of 5", icon=":material/signal_cellular_alt:", color="gray")
        if (post := _post(view)) is not None:
            st.badge(post, icon=":material/stairs:", color="gray")
        if viewer.may_add:
            with st.popover("Kind, difficulty and level", icon=":material/edit:", type="tertiary", key="tags"):
                _change_tags(viewer, view)
        if added is not None:
            st.caption(f"Added by {plain(added.added_by, 60)} · {plain(added.format, 40)}", width="content")
            _show_sharing(viewer, view)
            if change.may_delete(viewer, added):
                with st.popover("Delete", icon=":material/delete:", type="tertiary", key="delete"):
                    _delete(viewer, view)


def _post(view: InterviewView) -> str | None:
    """Name the level of the post, and the one that the shown version was rated for; None where neither is known."""
    chosen, made = view.label.tags.post, view.current.breakdown
    rated = made.post if made is not None and not view.hidden else ""
    if chosen is None:
        return f"Level: {rated}" if rated else None
    return f"Level: {chosen}" + (f" (shown version rated for {rated})" if rated not in ("", chosen) else "")


def _show_sharing(viewer: Viewer, view: InterviewView) -> None:
    """Offer an interviewee to share an interview that they added, or to take it back."""
    if not may_be_private(viewer, view.interview.user_id, view.label.added and view.label.added.added_by):
        return
    number = view.interview.interview_id
    with reads.reading() as db:
        is_private = number in private_among(db, view.interview.user_id)
    if is_private:
        st.badge("Practice: only you see it", icon=":material/lock:", color="gray")
    pressed = st.button(
        "Share with your coaches" if is_private else "Take it back", type="tertiary", key="sharing",
        icon=":material/group:" if is_private else ":material/lock:",
        help=None if is_private else "Coaches and admins no longer see it, nor anything that was made of it.",
    )  # fmt: skip
    if pressed:
        save("sharing", lambda db: set_private(viewer, db, number, private=not is_private), "")


def speakers(viewer: Viewer, view: InterviewView) -> None:
    """Offer to change the speakers of an added interview."""
    added = view.label.added
    if added is None or not change.may_change(viewer, added):
        return
    opened = st.expander("Change speakers", icon=":material/switch_account:", key="speakers", on_change="rerun")
    if opened.open:
        with opened:
            _change_speakers(viewer, view)


def forget_kind_of_another(user_id: int | None) -> None:
    """Show all interviews of the next candidate, whatever was chosen before, unless the address says so."""
    before = st.session_state.get("kind_of_candidate")
    st.session_state["kind_of_candidate"] = user_id
    if before in (None, user_id):
        return
    for widget, everything in (("of_kind", _ALL_KINDS), ("of_difficulty", _ANY)):
        if widget in st.session_state:
            st.session_state[widget] = st.query_params.get(widget, everything)


def kind_asked() -> str | None:
    """Return the kind of interviews in the page's address; None for all."""
    asked = st.session_state.get("of_kind") or st.query_params.get("of_kind")
    return asked if asked and asked != _ALL_KINDS else None


def difficulty_asked() -> int | None:
    """Return the difficulty of interviews in the page's address; None for any."""
    asked = st.session_state.get("of_difficulty") or st.query_params.get("of_difficulty")
    return int(asked) if asked in _DIFFICULTIES else None


def choose_kind(kinds: Iterable[str], difficulties: Iterable[int]) -> None:
    """Offer to narrow the page to one kind and difficulty: those that are known, and those already asked for."""
    kind, difficulty = kind_asked(), difficulty_asked()
    kinds = sorted({*kinds, *([kind] if kind else [])})
    difficulties = sorted({*difficulties, *([difficulty] if difficulty else [])})
    with st.container(horizontal=True):
        if kinds:
            options = {one: one for one in (_ALL_KINDS, *kinds)}
            address.pick_from_address("Kind of interview", "of_kind", options, width=260)
        if difficulties:
            levels = {level: level for level in (_ANY, *map(str, difficulties))}
            address.pick_from_address("Difficulty", "of_difficulty", levels, width=160)


def of_kind(viewer: Viewer, records: Sequence[ComparedRecord]) -> list[ComparedRecord]:
    """Offer to narrow the comparison to one kind and difficulty, and say how many interviews that hides."""
    with reads.reading() as db:
        known = known_tags(viewer, db, {record.interview_id for record in records})
    kind, difficulty = kind_asked(), difficulty_asked()
    choose_kind(
        {one.kind for one in known.values() if one.kind is not None},
        {one.difficulty for one in known.values() if one.difficulty is not None},
    )
    fitting = []
    for record in records:
        of_this = known.get(record.interview_id, Tags())
        if kind in {None, of_this.kind} and difficulty in {None, of_this.difficulty}:
            fitting.append(record)
    left_out = len({record.interview_id for record in records}) - len({record.interview_id for record in fitting})
    if left_out:
        st.caption(f"Not shown: {quantity(left_out, 'interview')} of another kind or difficulty.")
    return fitting


def _change_tags(viewer: Viewer, view: InterviewView) -> None:
    number = view.interview.interview_id
    with st.form(f"tags_{number}", border=False):
        asked = details.ask_tags(view.label.tags, f"tags_{number}")
        pressed = st.form_submit_button("Save", type="primary")
    if not pressed:
        return
    try:
        with reads.writing() as connection:
            set_tags(viewer, connection, number, asked)
    except (AddError, NotAllowedError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.rerun()


def _delete(viewer: Viewer, view: InterviewView) -> None:
    st.markdown("This deletes the interview, its scores, every version and its tags. It cannot be undone.")
    if not st.button("Delete this interview", icon=":material/delete:", type="primary", key="delete_now"):
        return
    try:
        with reads.writing() as connection:
            change.delete_interview(viewer, connection, view.interview.interview_id)
    except (AddError, NotAllowedError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    st.switch_page("candidate.py", query_params={"candidate": str(view.interview.user_id)})


def _change_speakers(viewer: Viewer, view: InterviewView) -> None:
    number = view.interview.interview_id
    key = f"speakers_{number}"
    with reads.reading() as db:
        held = change.read_stored(viewer, db, number)
    if held is None:
        st.info("The stored conversation cannot be read.")
        return
    edited_speakers.begin(key, held.transcript, held.candidate)
    edited_speakers.table(key)
    candidate = edited_speakers.candidate(key)
    edited_speakers.turns(key)
    edited_speakers.warnings(key, candidate, view.interview.candidate)
    with st.container(horizontal=True):
        pressed = st.button("Save speakers", type="primary", icon=":material/save:", disabled=candidate is None)
        if st.button("Discard", key="discard_speakers"):
            del st.session_state[key]
            st.rerun()
    if not pressed or candidate is None:
        return
    try:
        with reads.writing() as connection:
            change.change_speakers(viewer, connection, number, edited_speakers.read_draft(key).transcript, candidate)
    except (AddError, NotAllowedError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    del st.session_state[key]
    st.rerun()
