"""Notes about a person on their page or in an interview: listed, searched and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.coaching.access import LONGEST_TEXT
from analytics.coaching.notes import Note, Visibility, filter_notes, rewrite_note
from analytics.database.sessions import Connection
from analytics.formatting import quantity
from analytics.interviewlab.conversation import Conversation
from analytics.skills import BY_KEY, SKILL_KEYS
from analytics.views.interview import InterviewView
from analytics.views.notes import InterviewNotes, note_in_interview, view_found_notes, view_notes
from analytics.views.session import SessionView
from pages.parts import reads, times
from pages.parts.change import READERS, about_whom, began_with, confirm, field_key, forget, form_key, save, submit
from pages.parts.markdown import plain, plain_lines

_PRIVATE: Final = "private_notes"
_IN_INTERVIEW: Final = "notes"
_READERS: Final = {
    Visibility.ME: "Only me",
    Visibility.COACHES: "Coaches of this candidate",
    Visibility.SHARED: "Candidate and coaches",
}
# So many are read as quickly as searched; each more is time at every step on the page.
FEW: Final = 5
# As many notes as a search shows.
_AT_ONCE: Final = 20
_MESSAGE, _CODE, _INTERVIEW = "A message", "A line of code", "The interview"


def private_switch() -> bool:
    """Show the switch for private notes; while it is off, none may be read."""
    # Kept by the browser's session alone, so that it is off after each sign-in.
    return st.toggle(
        "Show private notes", key=_PRIVATE,
        help="While this is off, notes that are not shared are not sent to this browser.",
    )  # fmt: skip


def search(viewer: Viewer, view: SessionView, *, private: bool) -> None:
    """List the newest notes about a person, with a search for others if there are more than a few."""
    found, count = view.notes, view.note_count
    wanted = ""
    if count > FEW:
        wanted = st.text_input("Search notes", key="note_search", icon=":material/search:", width=360).strip()
    if wanted:
        found = filter_notes(reads.notes(viewer, view.user_id, private=private), wanted)
        count = len(found)
        if not found:
            st.caption("No notes match.")
    if count > FEW and st.toggle(f"Show all {count} notes", key="all_notes"):
        shown = found if wanted else reads.notes(viewer, view.user_id, private=private)
    else:
        shown = found[:FEW]
    _list("session", viewer, shown, with_interview=True)


def about_anybody(viewer: Viewer) -> None:
    """Search the notes about everybody on the viewer's list."""
    opened = st.expander("Search notes", icon=":material/search:", key="notes_of_all", on_change="rerun")
    if not opened.open:
        return
    with opened:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
            wanted = st.text_input("In all notes you may read", key="search_notes", max_chars=100, width=360)
            private = private_switch()
        if not wanted.strip():
            return
        with reads.reading() as db:
            found = view_found_notes(viewer, wanted, db, private=private)
        st.caption(quantity(len(found), "note") if found else "No notes match.")
        for name, note in found[:_AT_ONCE]:
            _show_found(name, note)
        if len(found) > _AT_ONCE:
            st.caption(f"The {_AT_ONCE} latest are shown. Search for more words to see others.")


def _show_found(name: str, note: Note) -> None:
    told = [times.day(note.history[0].written_at), note.written_by, _READERS[note.visibility]]
    told += [about(note.skill)] if note.skill else []
    with st.container(gap="xsmall"):
        page, query = "candidate.py", {"candidate": str(note.user_id)}
        if note.interview_id is not None:
            page, query = "interview.py", {"interview": str(note.interview_id)}
        st.page_link(page, label=plain(name, 60), icon=":material/sticky_note_2:", query_params=query)
        st.markdown(f"{plain_lines(note.text)}{_quote(note)}  \n:small[{plain(' · '.join(told))}]")


def in_interview(viewer: Viewer, view: InterviewView) -> InterviewNotes:
    """Show the notes about an interview with a form for a new one; returns those that belong to a message."""
    private = private_switch()
    with reads.reading() as db:
        found = view_notes(viewer, view.interview, view.conversation, db, private=private)
    write(
        _IN_INTERVIEW,
        lambda db, note: note_in_interview(viewer, db, view.interview.interview_id, **note),
        coaching=found.coaching,
        conversation=view.conversation,
    )
    confirm(_IN_INTERVIEW)
    _list(_IN_INTERVIEW, viewer, found.elsewhere)
    return found


def at_message(viewer: Viewer, notes: Sequence[Note]) -> None:
    """Show the notes at a message, below it."""
    _list(_IN_INTERVIEW, viewer, notes)


def write(
    place: str,
    change: Callable[[Connection, Mapping[str, Any]], object],
    *,
    coaching: bool,
    conversation: Conversation | None = None,
) -> None:
    """Show the form for a note: visibility first, then the text; with a conversation also the place."""
    opened = st.expander("Write a note", icon=":material/edit_note:", key="write_note", on_change="rerun")
    if not opened.open:
        return
    with opened:
        choices = [key for key in _READERS if coaching or key is not Visibility.COACHES]
        # Chosen anew for everybody: it cannot be changed later.
        key = f"{READERS}{about_whom()}"
        readers = st.segmented_control("Who may read it", choices, format_func=_READERS.__getitem__, key=key)
        if readers is None:
            st.caption("First choose who may read it. That cannot be changed later.")
            return
        part = {} if conversation is None else _part(conversation)
        with st.form(form := form_key("note"), border=False):
            skill = st.selectbox("About", [None, *SKILL_KEYS], format_func=about) if conversation is None else None
            text = st.text_area("Note", max_chars=LONGEST_TEXT, key=field_key(form, "text"))
            if above := submit("Save"):
                with above:
                    hidden = readers != Visibility.SHARED and not st.session_state.get(_PRIVATE)
                    note = {"visibility": Visibility(str(readers)), "text": text, "skill": skill} | part
                    told = "Saved. Switch private notes on to see it." if hidden else "Saved."
                    save(place, lambda db: change(db, note), told, form="note")


def about(skill: str | None) -> str:
    """Return the subject of a note in words."""
    return "The candidate as a whole" if skill is None else BY_KEY[skill].label


def _part(conversation: Conversation) -> dict[str, int]:
    """Ask which part of an interview a note is about."""
    parts = [_INTERVIEW, *([_MESSAGE] if conversation.turns else []), *([_CODE] if conversation.submissions else [])]
    part = st.segmented_control("About", parts, default=_INTERVIEW, required=True, key="note_part")
    if part == _MESSAGE:
        last = conversation.turns[-1].message + 1
        return {"message": int(st.number_input("Message", 1, last, key="note_message"))}
    if part == _CODE:
        count = len(conversation.submissions)
        submission = int(st.number_input("Submission", 1, count, key="note_submission")) if count > 1 else 1
        lines = conversation.submissions[submission - 1].code.count("\n") + 1
        return {"submission": submission, "line": int(st.number_input("Line", 1, lines, key="note_line"))}
    return {}


def _list(place: str, viewer: Viewer, notes: Sequence[Note], *, with_interview: bool = False) -> None:
    for note in notes:
        told = [times.day(note.history[0].written_at), note.written_by, _READERS[note.visibility]]
        told += [about(note.skill)] if note.skill else []
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/sticky_note_2: {plain_lines(note.text)}{_quote(note)}  \n:small[{plain(' · '.join(told))}]"
            )
            if with_interview and note.interview_id is not None:
                query = {"interview": str(note.interview_id)}
                st.page_link("interview.py", label="Interview", icon=":material/forum:", query_params=query)
            if len(note.history) > 1:
                _history(note)
            if note.yours:
                _edit(place, viewer, note)


def _quote(note: Note) -> str:
    if note.place is None:
        return ""
    where = "" if note.place.line is None else f"Submission {note.place.place}, line {note.place.line}: "
    return f"  \n:gray[{where}“{plain(note.place.quote, 200)}”]"


def _history(note: Note) -> None:
    opened = st.popover("History", key=f"history_{note.id}", on_change="rerun")
    if opened.open:
        with opened:
            for wording in reversed(note.history[:-1]):
                st.markdown(f"{plain_lines(wording.text)}  \n:small[{times.day(wording.written_at)}]")


def _edit(place: str, viewer: Viewer, note: Note) -> None:
    form = f"editing_{note.id}"
    opened = st.popover("Edit", key=f"edit_{note.id}", on_change="rerun")
    if not opened.open:
        forget(form)
        return
    with opened:
        with st.form(form, border=False):
            former = began_with(form, note.text)
            text = st.text_area("Note", former, max_chars=LONGEST_TEXT, key=field_key(form, "text", former))
            if above := submit("Save"):
                with above:
                    if text.strip():
                        save(place, lambda db: rewrite_note(viewer, db, note.id, text), "Saved.", opened=form)
                    else:
                        st.error("Write something, or take the note back.", icon=":material/error:")
        _take_back(place, viewer, note)


def _take_back(place: str, viewer: Viewer, note: Note) -> None:
    """Take a note back at the second press, since nothing brings it back."""
    asked = f"take_back_{note.id}"
    if st.button("Take back", key=f"{asked}_ask"):
        st.session_state[asked] = True
    if st.session_state.get(asked):
        st.caption("This removes it from every page. It cannot be undone.")
        if st.button("Take back for good", key=f"{asked}_sure", type="primary"):
            save(place, lambda db: rewrite_note(viewer, db, note.id, ""), "Taken back.")
