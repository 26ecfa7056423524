"""The last part of *Add interviews*: the person, the details, and saving."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from analytics.access.viewer import NotAllowedError, Viewer
from analytics.formatting import quantity
from analytics.importing.add import Details, Person, add_interview
from analytics.importing.errors import AddError
from analytics.importing.tags import tag_by_title
from analytics.queries.tags import HARDEST, KINDS, LONGEST_KIND, Tags
from analytics.runtime import settings
from analytics.skills import POSTS
from analytics.text import visible
from pages.parts import reads, times
from pages.parts.add import files, recording, speakers
from pages.parts.change import field_key
from pages.parts.markdown import plain

_EXISTING: Final = "Someone here already"
_NEW: Final = "Someone new"
_PRACTICE, _ALL = "Only you (practice)", "You, your coaches and admins"


def person(viewer: Viewer, key: str, candidate: str | None) -> Person:
    """Ask who was interviewed; interviewees add their own interviews.

    What is typed stays, whoever is called the candidate afterwards.
    """
    if not viewer.sees_others:
        return Person(user_id=viewer.user_id, name=viewer.name)
    people = reads.people(viewer, "")
    selection = _NEW
    if people:
        selection = st.segmented_control(
            "Whose interview is it?", [_EXISTING, _NEW], default=_EXISTING, required=True, key="add_whose"
        )
    if selection == _NEW:
        with st.container(horizontal=True):
            _propose(field_key(key, "name"), candidate or "")
            name = st.text_input("Name", max_chars=255, key=field_key(key, "name"), width=300)
            email = st.text_input("E-mail", max_chars=255, key=field_key(key, "email"), width=300)
        return Person(email=email or "", name=name or "")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Find", type="search", placeholder="Name or e-mail", max_chars=100, width=220)
        listed = reads.people(viewer, search) if search else people
        names = {row.user_id: visible(f"{row.name} ({row.email})") for row in listed}
        picked = st.selectbox(
            "Person", list(names), index=None, format_func=names.__getitem__, width=380,
            placeholder="Choose a person" if listed else "No candidates match",
        )  # fmt: skip
    return Person(user_id=picked, name=next((row.name for row in listed if row.user_id == picked), ""))


def save(viewer: Viewer, draft: files.Draft, candidate: str | None, person: Person) -> None:
    """Ask for the remaining details and save everything at once."""
    with st.form(f"{draft.key}_details", border=True):
        title = st.text_input("Title", _title(draft.name), max_chars=255, key=field_key(draft.key, "title"))
        with st.container(horizontal=True):
            held_at = st.datetime_input("Began", None, width=220, max_value=None, key=field_key(draft.key, "began"))
            zones = sorted(available_timezones())
            here = str(times.zone())
            zone = st.selectbox(
                "Time zone",
                zones,
                index=zones.index(here) if here in zones else None,
                width=260,
                key=field_key(draft.key, "zone"),
            )
        tags = ask_tags(Tags(), field_key(draft.key, "tags"))
        seen_by = _ALL
        if not viewer.sees_others:
            seen_by = st.segmented_control(
                "Who sees it", [_PRACTICE, _ALL], default=_PRACTICE, required=True, key=field_key(draft.key, "seen_by")
            )
            st.caption("You can share it, or take it back, on its page.")
        job = st.text_area(
            "Job description", height=80, max_chars=100_000, placeholder="Optional", key=field_key(draft.key, "job")
        )
        pressed = st.form_submit_button("Save", type="primary", icon=":material/save:")
    if not pressed:
        return
    if candidate is None:
        st.error("Say who the candidate is.", icon=":material/error:")
        return
    if not isinstance(held_at, datetime) or zone is None:
        st.error("Say when the interview began.", icon=":material/error:")
        return
    upload = replace(draft.upload, transcript=speakers.read_draft(draft.key).transcript)
    details = Details(title or "", held_at.replace(tzinfo=ZoneInfo(zone)), tags, job or "", seen_by == _PRACTICE)
    try:
        with reads.writing() as connection:
            added = add_interview(
                viewer, connection, upload, candidate, person=person, details=details,
                per_day=settings().added_interviews_per_day,
            )  # fmt: skip
    except (AddError, NotAllowedError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    recording.forget(viewer, draft.upload.source)
    files.remember(added, title or "", draft)
    st.session_state.pop(draft.key, None)
    st.rerun()


def ask_tags(now: Tags, key: str) -> Tags:
    """Ask for an interview's kind, difficulty and level of the post."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        offered = list(dict.fromkeys([*KINDS, *([now.kind] if now.kind else [])]))
        kind = st.selectbox(
            "Kind", offered, index=offered.index(now.kind) if now.kind else None, accept_new_options=True, width=260,
            placeholder="Choose or type one", key=f"{key}_kind",
        )  # fmt: skip
        difficulty = st.segmented_control(
            "Difficulty", list(range(1, HARDEST + 1)), default=now.difficulty, key=f"{key}_difficulty",
            help="1 is easy, 5 is hard.",
        )  # fmt: skip
    post = st.segmented_control(
        "Level of the post", POSTS, default=now.post, format_func=str.capitalize, key=f"{key}_post",
        help="Breakdowns rate for it. Where nothing is chosen, the title and the job description tell it.",
    )  # fmt: skip
    return Tags(kind[:LONGEST_KIND] if kind else None, difficulty, post)


def kinds_by_title(viewer: Viewer) -> None:
    """Offer to set the kind of all interviews whose title matches, including the platform's."""
    opened = st.expander("Set kinds by title", icon=":material/rule:", key="by_title", on_change="rerun")
    if not opened.open:
        return
    with opened, st.form("by_title_form", border=False):
        title = st.text_input("Title", placeholder="Backend*", max_chars=255, help="* stands for any text.")
        tags = ask_tags(Tags(), "by_title")
        pressed = st.form_submit_button("Set", type="primary")
    if not pressed:
        return
    try:
        with reads.writing() as connection:
            count = tag_by_title(viewer, connection, title or "", tags)
    except (AddError, NotAllowedError) as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if count:
        st.success(f"Set for {quantity(count, 'interview')}.", icon=":material/check:")
    else:
        st.info("No interview with such a title lacks this.", icon=":material/info:")


def _propose(widget: str, name: str) -> None:
    """Fill in a name, and follow when another one is proposed, unless somebody typed something else."""
    proposed = f"{widget}_proposed"
    before = st.session_state.get(proposed, "")
    if widget not in st.session_state or (name != before and st.session_state[widget] in {"", before}):
        st.session_state[widget] = name
    st.session_state[proposed] = name


def _title(name: str) -> str:
    stem = name.rpartition(".")[0] or name
    return "" if name == "Pasted text" else visible(stem)
