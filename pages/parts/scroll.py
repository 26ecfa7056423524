"""Scrolling to a quoted sentence, once the page that holds it is drawn.

Streamlit has no command for it, and a link cannot turn to another page of the conversation as well.
"""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

_PRESSES: Final = "scrolled_times"
# The content policy lets this very text run and no other, so what differs stands in the attributes before it.
SCRIPT: Final = """
{
    const asked = document.currentScript.previousElementSibling.dataset;
    const look = (late) => {
        const heading = document.getElementById(asked.anchor);
        const message = heading && heading.closest('[data-testid="stChatMessage"]');
        const marks = message ? [...message.querySelectorAll("span")] : [];
        const found = marks.find((mark) => mark.textContent === asked.quote) || (late || !message ? heading : null);
        if (found) {
            found.scrollIntoView({block: "center"});
        }
        return Boolean(found);
    };
    if (!look(false)) {
        const drawing = new MutationObserver(() => look(false) && drawing.disconnect());
        drawing.observe(document.body, {childList: true, subtree: true});
        setTimeout(() => drawing.disconnect() || look(true), 5000);
    }
}
"""


def scroll_to(anchor: str, quote_id: str) -> None:
    """Scroll to the quote with this anchor, in the message or in the code; call it after both are drawn."""
    # Another text each time, or the browser would not do it again.
    st.session_state[_PRESSES] = time = st.session_state.get(_PRESSES, 0) + 1
    attributes = f'data-anchor="{escape(anchor)}" data-quote="{escape(quote_id)}" data-time="{time}"'
    st.html(f"<span {attributes}></span><script>{SCRIPT}</script>", unsafe_allow_javascript=True)
