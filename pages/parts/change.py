"""Saving a form: carried out completely or explained, then confirmed on the refreshed page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics import runtime
from analytics.access.members import ChangeError
from analytics.access.viewer import NotAllowedError
from analytics.coaching.access import CoachingError
from analytics.database import sessions
from analytics.database.errors import DatabaseError
from analytics.database.sessions import Connection
from pages.parts import address

# What begins the key of a field that somebody types into; `outage` keeps what stands there.
TYPED: Final = "typed_"
# And of the choice who may read a note, which is kept there too.
READERS: Final = "readers_"
_BEGAN: Final = "began_"

T = TypeVar("T")


def save(place: str, change: Callable[[Connection], object], done: str, *, form: str = "", opened: str = "") -> None:
    """Make a change and refresh the page; a refused change is explained, and nothing has changed.

    `done` is said by `confirm` of the same place; `form` is the one to be emptied (`form_key`),
    `opened` the one that begins anew (`began_with`).
    """
    try:
        # Not in a callback: the viewer was looked up in this run, and the change itself asks again what they may.
        # Not by `reads`, which ends the page where the database fails: what was typed would be gone.
        with sessions.writing(runtime.engine()) as db:
            change(db)
    except (ChangeError, CoachingError, NotAllowedError, DatabaseError) as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state[f"{place}_saved"] = done
    forget(opened)
    if form:
        st.session_state[f"{form}_saves"] = st.session_state.get(f"{form}_saves", 0) + 1
    st.rerun()


def submit(label: str, *, primary: bool = True, disabled: bool = False) -> DeltaGenerator | None:
    """Show a form's button; once it is pressed, return the place above it, for what is wrong.

    Below the button it would be out of sight where a form reaches to the bottom of a phone.
    """
    above = st.container()
    pressed = st.form_submit_button(label, type="primary" if primary else "secondary", disabled=disabled)
    return above if pressed else None


def form_key(form: str) -> str:
    """Return the key of a form that is emptied by saving; what could not be saved stays in it.

    Streamlit's own `clear_on_submit` empties it in either case. The key names whom the page is about: what was typed
    about one never stands in the form about another.
    """
    return f"{form}_{about_whom()}_{st.session_state.get(f'{form}_saves', 0)}"


def about_whom() -> str:
    """Return what tells the keys of this page from those of the same page about somebody else."""
    return "_".join(str(address.identity(name) or "") for name in ("candidate", "interview"))


def began_with(form: str, value: T) -> T:
    """Return the stored value that a form was opened with, until it is saved or closed (`forget`).

    What is stored meanwhile does not replace what is typed. On another person's page it begins anew.
    """
    if st.session_state.get("begun_about") != about_whom():
        for key in [key for key in st.session_state if str(key).startswith(_BEGAN)]:
            del st.session_state[key]
        st.session_state["begun_about"] = about_whom()
    began: T = st.session_state.setdefault(f"{_BEGAN}{form}", value)
    return began


def forget(form: str) -> None:
    """Drop what a closed form began with, so that it begins anew when it is opened again."""
    st.session_state.pop(f"{_BEGAN}{form}", None)


def field_key(form: str, field: str, default: object = None) -> str:
    """Return the key of a field in a form, so that what was typed there outlives an outage of the database.

    Another default is another field, which begins with it.
    """
    return f"{TYPED}{form}_{field}_{hash(default)}"


def confirm(place: str) -> None:
    """Show a confirmation once, at this place."""
    if message := st.session_state.pop(f"{place}_saved", None):
        st.success(message, icon=":material/check:")
