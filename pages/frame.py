"""The entry script: page config, who is looking, navigation, and the page itself."""

from __future__ import annotations

import streamlit as st

from analytics.observability import page_run
from pages.parts.cards import ICON, demo_banner
from pages.parts.who import account, current_viewer

st.set_page_config(page_title="Interview skill analytics", page_icon=ICON, layout="wide")
viewer = st.session_state["viewer"] = current_viewer()

roster = st.Page(
    "candidates.py",
    title="Candidates",
    icon=":material/groups:",
    help="Who is improving and who needs attention. Search, filter and sort; a row opens the person.",
    default=True,
)
person = st.Page(
    "candidate.py",
    title="Candidate",
    icon=":material/person:",
    help="One person: how the four skills develop, what to work on next, and every interview.",
    visibility="hidden",
)
# The same page at the root, so that a link to a candidate opens for the candidate too.
own = st.Page(
    "candidate.py",
    title="Your skills",
    icon=":material/person:",
    help="How your four skills develop, what to work on next, and every interview.",
    url_path="own",
    default=True,
)
compare = st.Page(
    "compare.py",
    title="Compare",
    icon=":material/bar_chart:",
    help="Two to six interviews side by side, skill by skill, of one person or several.",
)
interview = st.Page(
    "interview.py",
    title="Interview",
    icon=":material/forum:",
    help="One interview: scores, strengths and weaknesses, submitted code and the conversation.",
    visibility="hidden",
)
people = st.Page(
    "people.py",
    title="People",
    icon=":material/manage_accounts:",
    help="Who has which role, who coaches whom, and who changed that.",
)

pages = [roster if viewer.sees_others else own, person, compare, interview]
if viewer.administers:
    pages.append(people)
page = st.navigation(pages, position="top")
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    demo_banner()
    account(viewer)
with page_run(page.title):
    page.run()
