"""One interview: facts, the four skills, submitted code and the conversation."""

from __future__ import annotations

import streamlit as st

from pages.parts import breakdown, cards, data, filters, talk

viewer = st.session_state["viewer"]
filters.keep_place("interview", ("message",))
interview_id = filters.identity("interview")
shown = data.interview(viewer, interview_id) if interview_id is not None else None
if shown is None:
    cards.no_interview()
    st.stop()

cards.to_candidate(shown.interview.user_id, shown.interview.candidate)
cards.title(shown.interview.title)
talk.facts(shown)
talk.summary(shown)

st.header("Skills", anchor=False)
quoted, asked = breakdown.quotes(viewer, shown)
breakdown.section(viewer, shown)

if shown.conversation.submissions:
    st.header("Submitted code", anchor=False)
    talk.submissions(shown.conversation, quoted)

st.header("Conversation", anchor=False)
talk.conversation(shown.conversation, quoted, asked)
breakdown.lead_to(asked)
