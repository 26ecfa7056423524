"""Claims that a coach marks as wrong, and shows again."""

from __future__ import annotations

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.formatting import quantity
from analytics.reviews.owner import LONGEST_REASON
from analytics.reviews.requests import ReviewTarget
from analytics.reviews.struck import ClaimKey, StruckClaim, take_back
from analytics.skills import BY_KEY
from analytics.views.reviews import ReviewsView, strike_claim
from pages.parts import times
from pages.parts.change import field_key, form_key, save, submit
from pages.parts.markdown import plain
from pages.parts.reviews.common import PLACE


def struck_claims(viewer: Viewer, view: ReviewsView) -> None:
    """List struck claims for coaches, each with a button to restore it."""
    if not view.struck:
        return
    label = f"{quantity(len(view.struck), 'claim')} marked as wrong"
    opened = st.expander(label, icon=":material/strikethrough_s:", key="struck", on_change="rerun")
    if not opened.open:
        return
    with opened:
        for place, one in enumerate(view.struck):
            _struck(viewer, one, f"unstrike_{place}")


def _struck(viewer: Viewer, one: StruckClaim, key: str) -> None:
    kind = one.key.kind.replace("_", " ")
    with st.container(horizontal=True, vertical_alignment="center"):
        said = f"{BY_KEY[one.key.skill].label}, {kind}: “{plain(one.reason, LONGEST_REASON)}”"
        by = f":small[:gray[{plain(one.struck_by, 60)} · {times.day(one.struck_at)}]]"
        st.markdown(f"~~{plain(one.key.claim, 400)}~~  \n{said}  \n{by}")
        if st.button("Show again", key=key, icon=":material/undo:"):
            save(PLACE, lambda db: take_back(viewer, db, one.interview_id, one.key), "The claim is shown again.")


def strike(viewer: Viewer, about: ReviewTarget, key: str) -> None:
    """Offer to mark a claim as wrong; `key` tells its fields from those of others."""
    opened = st.popover(
        "Mark as wrong", icon=":material/strikethrough_s:", key=f"strike_{key}", on_change="rerun", type="tertiary"
    )
    if not opened.open:
        return
    with opened, st.form(form := form_key(f"striking_{key}"), border=False):
        reason = st.text_input("What is wrong with it?", max_chars=LONGEST_REASON, key=field_key(form, "reason"))
        st.caption("It is then no longer shown. The version keeps it; new ones do not make it again of the same words.")
        if above := submit("Mark as wrong"):
            with above:
                claim = ClaimKey(about.skill, about.kind or "", about.claim)
                save(
                    PLACE,
                    lambda db: strike_claim(viewer, db, about.interview_id, claim, reason),
                    "The claim is struck.",
                )
