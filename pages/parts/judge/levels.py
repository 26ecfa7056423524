"""Levels by people: interviews to rate blind, and levels from a file."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.access.viewer import NotAllowedError, Viewer
from analytics.agreement.labels import LabelsError, import_labels
from analytics.agreement.queue import DRAWN, draw
from analytics.formatting import quantity
from analytics.views.judge import JudgeView
from pages.parts import reads, times
from pages.parts.common import is_demo
from pages.parts.markdown import plain

_FLASH: Final = "judge_flash"
_LARGEST_MB: Final = 2


def flash() -> None:
    """Show the result of the last change."""
    if message := st.session_state.pop(_FLASH, None):
        st.success(message, icon=":material/check:")


def queue(viewer: Viewer, view: JudgeView) -> None:
    """Show the viewer's rating queue, and offer to draw more."""
    st.header("Rate before you see", anchor=False)
    st.caption("Levels given without seeing the score say most about the judge.")
    if not view.may_draw:
        st.markdown("Nothing to choose: you can rate scored interviews of other people, each once.")
    elif st.button(f"Choose {DRAWN} at random for me to rate blind", icon=":material/shuffle:"):
        with reads.writing() as db:
            drawn = draw(viewer, db)
        st.session_state[_FLASH] = (
            f"{quantity(drawn, 'interview')} chosen. Scores of interviews you have not rated are hidden from you now."
            if drawn
            else "No interviews left for you to rate."
        )
        st.rerun()
    open_ones = [each for each in view.queue if not each.rated]
    rated = len(view.queue) - len(open_ones)
    if view.queue:
        st.markdown(f"{quantity(len(open_ones), 'interview')} to rate, {rated} rated.")
    for each in open_ones:
        st.page_link(
            "interview.py",
            label=plain(f"{each.candidate}, {times.day(each.date)}: {each.title}", 120),
            icon=":material/rate_review:",
            query_params={"interview": str(each.interview_id)},
        )


def bring_in_levels(viewer: Viewer) -> None:
    """Import a CSV of people's levels, or say what is wrong line by line."""
    st.header("Levels from a file", anchor=False)
    st.caption("A CSV with the columns id (the interview's number in its address), skill, level (1 to 5).")
    if is_demo():
        st.caption("The demo takes no files on its pages. On the console: `python -m analytics labels FILE`.")
        return
    with st.form("levels", clear_on_submit=False, border=False):
        file = st.file_uploader("CSV of levels", type=["csv", "tsv", "txt"], max_upload_size=_LARGEST_MB)
        pressed = st.form_submit_button("Bring in", icon=":material/upload:")
    if not pressed:
        return
    if file is None:
        st.warning("Choose a file first.", icon=":material/info:")
        return
    try:
        with reads.writing() as db:
            done = import_labels(viewer, db, file.getvalue())
    except (LabelsError, NotAllowedError) as error:
        first, *lines = str(error).split("\n")
        st.error("  \n".join(plain(line) for line in (first, *lines)), icon=":material/error:")
        return
    st.session_state[_FLASH] = done.sentence
    st.rerun()
