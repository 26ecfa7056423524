"""Add interviews: a transcript, its speakers, the person, and a preview before it is saved."""

from __future__ import annotations

import streamlit as st

from pages.parts.add import details, files, recording, speakers
from pages.parts.viewer import current_viewer

viewer = current_viewer()
if not viewer.may_add:
    st.info("This page does not exist, or you do not have access.", icon=":material/search_off:")
    st.stop()

st.title("Add interviews", anchor=False)
files.stop_without_rights()
files.show_saved(viewer)
draft = files.draft(viewer, [*files.sources(), *recording.recordings(viewer)])
if draft is None:
    files.formats(recordings=recording.is_offered())
    details.kinds_by_title(viewer)
    st.stop()

with st.container(key="draft"):
    st.header("Speakers", anchor=False)
    speakers.table(draft.key)
    candidate = speakers.candidate(draft.key)
    st.header("Conversation", anchor=False)
    speakers.turns(draft.key)
    st.header("Details", anchor=False)
    person = details.person(viewer, draft.key, candidate)
    speakers.warnings(draft.key, candidate, person.name)
    details.save(viewer, draft, candidate, person)
