"""One interview: facts, the four skills, submitted code and the conversation."""

from __future__ import annotations

import streamlit as st

from pages.parts import address, common, notes, reads
from pages.parts.candidate import own_data
from pages.parts.interview import breakdown, conversation, facts, skill_links, tags

viewer = st.session_state["viewer"]
address.restore_address("interview", ("message",))
interview_id = address.identity("interview")
conversation.begin_anew(interview_id)
view = common.interview_or_stop(reads.interview(viewer, interview_id) if interview_id is not None else None)
own_data.note_look(viewer, "interview", user_ids=[view.interview.user_id])

with common.bar():
    common.to_candidate(view.interview.user_id, view.interview.candidate)
    common.title(view.interview.title)
    facts.when_and_score(view)
    skill_links.to_parts(view)
    facts.neighbours(view.interview, reads.interviews_of(viewer, view.interview.user_id))
facts.facts(view)
tags.label(viewer, view)
facts.summary(view)

claims, said = st.columns(2)
height = facts.pane_height(view)
with claims.container(height=height, key="pane_claims", autoscroll=False):
    st.header("Skills", anchor=skill_links.SKILLS_ANCHOR)
    quoted, asked = breakdown.quotes(viewer, view)
    breakdown.section(viewer, view)
with said.container(height=height, key="pane_conversation", autoscroll=False):
    if view.conversation.submissions:
        st.header("Submitted code", anchor=skill_links.CODE_ANCHOR)
        facts.submissions(view.conversation, quoted)
    st.header("Conversation", anchor=skill_links.CONVERSATION_ANCHOR)
    tags.speakers(viewer, view)
    noted = notes.in_interview(viewer, view).at
    conversation.conversation(
        view.conversation, quoted, asked, below=lambda number: notes.at_message(viewer, noted.get(number, ()))
    )
breakdown.lead_to(asked)
skill_links.lead_to_skill(view)
