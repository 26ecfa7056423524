"""The demo's guided tour: three steps from who needs attention to what was said, until hidden."""

from __future__ import annotations

from typing import Final

import streamlit as st

# A step for each page, by its title. Without italics or code: their fonts would be 230 kB more to load.
_STEPS: Final = {
    "Candidates": "**1 of 3** · The first row needs attention most, and says why. Open it.",
    "Candidate": (
        "**2 of 3** · “Work on next” is what to talk about. Press “Show where it was said” for the sentence behind it."
    ),
    "Interview": (
        "**3 of 3** · What is quoted is marked in the conversation. Go back to the candidate and press "
        "“Best against worst” to see what changed."
    ),
}
# There every button is one more key on the way to a candidate.
_FIRST: Final = "Candidates"
# The page's own script writes it for a year when `_HIDE` is pressed; nothing of the demo is stored about a visitor.
_COOKIE: Final = "guide"
_HIDE: Final = "hide_guide"


def guide(page: str) -> None:
    """Show the step that belongs to a page, unless the tour is hidden in this browser."""
    step = _STEPS.get(page)
    if step is None or _COOKIE in st.context.cookies or st.session_state.get(_COOKIE):
        return
    with st.container(key="guide", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/signpost: {step}", width="content")
        if page != _FIRST:
            st.button("Hide the tour", type="tertiary", key=_HIDE, on_click=_hide)


def _hide() -> None:
    st.session_state[_COOKIE] = "hidden"
