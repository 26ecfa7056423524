"""What is new, sent to oneself: chosen in the account's menu."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access.viewer import Viewer
from analytics.coaching.digests import Channel, Every, choose_digest, digest_of
from pages.parts import reads
from pages.parts.change import confirm, save

_OFTEN: Final = {None: "Never", Every.DAY: "Every day", Every.WEEK: "Every week"}
_CHANNELS: Final = {Channel.MAIL: "By e-mail", Channel.WEBHOOK: "To the webhook"}
_SCORES: Final = "Name trends and the targets of goals. Without this, a link leads to them."
_OTHERS: Final = "Others may read what goes there. It names nobody but you and says only how much is new."


def digest(viewer: Viewer) -> None:
    """Let the viewer have what is new sent to them; shows nothing where no digest can be sent."""
    settings = runtime.delivery_settings()
    if not settings.is_configured or not viewer.email:
        return
    confirm("digest")
    opened = st.expander("What is new, sent to you", icon=":material/mail:", key="digest", on_change="rerun")
    if not opened.open:
        return
    # Not from the replica: what was just saved would not be there yet.
    with reads.writing() as db:
        chosen = digest_of(viewer, db)
    ways = [way for way, on in ((Channel.MAIL, settings.mails), (Channel.WEBHOOK, settings.posts)) if on]
    with opened, st.form("digest_form", border=False):
        often = st.segmented_control(
            "How often", list(_OFTEN), default=chosen.every if chosen else None, format_func=_OFTEN.__getitem__,
            required=True,
        )  # fmt: skip
        way = ways[0]
        if len(ways) > 1:
            kept = chosen.channel if chosen else way
            way = st.segmented_control(
                "How", ways, default=kept, format_func=_CHANNELS.__getitem__, required=True,
                help=_OTHERS if settings.is_chat else None,
            )  # fmt: skip
        elif way is Channel.WEBHOOK:
            st.caption(f"It goes to the webhook of this dashboard. {_OTHERS if settings.is_chat else ''}")
        scores = st.checkbox("With trends and targets", value=bool(chosen and chosen.with_scores), help=_SCORES)
        st.caption("About everybody whose page you have opened and may still see. Nothing is sent when nothing is new.")
        if st.form_submit_button("Save", type="primary"):
            done = "Nothing will be sent." if often is None else f"{_OFTEN[Every(often)]}, if there is anything new."
            save(
                "digest",
                lambda db: choose_digest(
                    viewer, db, None if often is None else Every(often), Channel(way), with_scores=scores
                ),
                done,
            )
