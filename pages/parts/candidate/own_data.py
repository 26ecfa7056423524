"""Interviewees' own data: the notice, who looked, export and deletion."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access.deletion import ask_deletion, cancel_deletion, due_at, may_ask
from analytics.access.personal_data import export_person
from analytics.access.viewer import Viewer
from analytics.access.visits import Visit, note_visit, visits_to
from analytics.formatting import quantity
from analytics.views.notice import notice
from pages.parts import common, reads, times
from pages.parts.change import confirm, save
from pages.parts.markdown import plain
from pages.parts.tables import table
from pages.parts.viewer import while_same

_PLACE: Final = "own_data"


def note_look(viewer: Viewer, what: str, *, user_ids: Collection[int]) -> None:
    """Record that the viewer was shown something about these people."""
    # In the demo and in a workspace of one's own there is nobody to be told.
    if not common.is_demo() and not common.is_own():
        note_visit(viewer, runtime.engine(), what, user_ids)


def own_data(viewer: Viewer) -> None:
    """Show interviewees what is kept about them, with export and deletion."""
    if not may_ask(viewer) or viewer.user_id is None:
        return
    with reads.reading() as db:
        due = due_at(viewer, db)
    confirm(_PLACE)
    if due is not None:
        st.warning(f"All that is kept about you here is deleted on {times.day(due)}.", icon=":material/auto_delete:")
        if st.button("Keep my data", key="cancel_deletion"):
            save(_PLACE, lambda db: cancel_deletion(viewer, db), "Your data stays.")
    opened = st.expander("Your data", icon=":material/shield_person:", key="own_data", on_change="rerun")
    if not opened.open:
        return
    with opened:
        try:
            model = runtime.model_settings()
        except ValueError:
            model = None
        for question, answer in notice(runtime.settings(), model):
            st.markdown(f"**{question}.** {plain(answer, 1_000)}")
        with reads.reading() as db:
            _visits(visits_to(viewer, db, viewer.user_id))
        if common.is_demo():
            st.caption("Outside the demo you download and delete all of it here.")
        else:
            _take_or_delete(viewer, viewer.user_id, asked=due is not None)


def _visits(visits: list[Visit]) -> None:
    st.markdown("**Who looked.** Your page, your interviews, comparisons, reports, and the API; not the list of all.")
    if not visits:
        st.caption("Nobody yet.")
        return
    table(
        {
            "When": [times.day(visit.last_at) for visit in visits],
            "Who": [visit.viewer for visit in visits],
            "What": [visit.what for visit in visits],
        },
        alt="Who looked at you, at what, and on which day",
    )


def _take_or_delete(viewer: Viewer, user_id: int, *, asked: bool) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download all of it", while_same(viewer, lambda: _export(user_id)), file_name="my-data.json",
            mime="application/json", icon=":material/download:", on_click="ignore", key="export_own",
        )  # fmt: skip
        if asked:
            return
        days = runtime.settings().deletion_days
        with st.popover("Delete all of it", icon=":material/delete:", key="delete_own"):
            st.markdown(
                f"In {quantity(days, 'day')} all that is kept about you here is gone for good. Until then you can take "
                "it back. Your interviews stay with the interview platform, which has its own deletion."
            )
            if st.button("Delete my data", type="primary", key="delete_own_now"):
                save(_PLACE, lambda db: ask_deletion(viewer, db, days), "You can take this back until then.")


def _export(user_id: int) -> bytes:
    exported = export_person(runtime.engine(), user_id)
    return json.dumps(exported, ensure_ascii=False, indent=2, default=str).encode()
