"""Parts of a page that rerun alone: a filter redraws its chart and leaves the rest."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def fragment(draw: Callable[[], None], *, still: Callable[[], bool]) -> None:
    """Draw a fragment of the page, which from then on reruns alone when something in it is used.

    It never shows what the page around it does not: where `still` says that the page would look different now, all of
    it is drawn again.
    """
    drawn = False

    @st.fragment
    def again() -> None:
        nonlocal drawn
        if drawn and not still():
            st.rerun()
        drawn = True
        draw()

    again()
