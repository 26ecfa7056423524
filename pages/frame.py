"""The entry script: page config, the viewer, navigation, and the page itself."""

from __future__ import annotations

import streamlit as st

from analytics import __version__
from analytics.observability.metrics import page_run
from pages.parts import outage
from pages.parts.common import ICON, PROGRAM, STYLE, demo_banner, explain_unknown_page, is_demo, name_tab
from pages.parts.shell.digest import digest
from pages.parts.shell.guide import guide
from pages.parts.viewer import account, current_viewer

st.set_page_config(
    page_title=PROGRAM,
    page_icon=ICON,
    layout="wide",
    menu_items={"About": f"Interview Skill Analytics {__version__}"},
)
viewer = st.session_state["viewer"] = current_viewer()
outage.give_back()

roster = st.Page(
    "candidates.py",
    title="Candidates",
    icon=":material/groups:",
    help="Who is improving and who needs attention. Search, filter and sort; a row opens the candidate.",
    default=True,
)
person = st.Page(
    "candidate.py",
    title="Candidate",
    icon=":material/person:",
    help="One candidate: how the four skills develop, what to work on next, and every interview.",
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
    help="Two to six interviews side by side, skill by skill, of one candidate or several.",
)
interview = st.Page(
    "interview.py",
    title="Interview",
    icon=":material/forum:",
    help="One interview: its breakdown, the submitted code and the conversation.",
    visibility="hidden",
)
add = st.Page(
    "add.py",
    title="Add interviews",
    icon=":material/add:",
    help="Bring in interviews from transcripts: of Zoom, Teams, Meet, Otter and others, or pasted text.",
)
judge = st.Page(
    "judge.py",
    title="Judge",
    icon=":material/balance:",
    help="How far the judge can be trusted: its scores beside what people say.",
)
people = st.Page(
    "people.py",
    title="People",
    icon=":material/manage_accounts:",
    help="Who has which role, who coaches whom, and who changed that.",
)

pages = [roster if viewer.sees_others else own, person, compare, interview]
if viewer.may_add and not is_demo():
    pages.append(add)
if viewer.sees_others:
    pages.append(judge)
if viewer.administers:
    pages.append(people)
page = st.navigation(pages, position="top")
name_tab(page.title)
st.html(STYLE)
with st.container(key="frame", horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    demo_banner()
    account(viewer, digest)
explain_unknown_page()
if is_demo() and viewer.sees_others:
    guide(page.title)
with page_run(page.title):
    page.run()
