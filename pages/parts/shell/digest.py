"""The viewer's digest subscription, in the account menu."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access.viewer import Viewer
from analytics.coaching.digests import Channel, Every, choose_digest, digest_of
from pages.parts import reads
from pages.parts.change import confirm, save, submit

_NEVER: Final = "never"
_OFTEN: Final = {_NEVER: "Never", Every.DAY: "Every day", Every.WEEK: "Every week"}
_PLACES: Final = {"json": "To the webhook", "slack": "To Slack", "teams": "To Teams"}
_SCORES: Final = "Name trends and the targets of goals. Without this, a link leads to them."
_OTHERS: Final = "Others may read what goes there. It names nobody but you and says only how much is new."


def digest(viewer: Viewer) -> None:
    """Offer the digest subscription; nothing if digests cannot be delivered."""
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
    names = {Channel.MAIL: "By e-mail", Channel.WEBHOOK: _PLACES[settings.digest_webhook_format]}
    with opened, st.form("digest_form", border=False):
        often = st.segmented_control(
            "How often", list(_OFTEN), default=chosen.every if chosen else _NEVER, format_func=_OFTEN.__getitem__,
            required=True,
        )  # fmt: skip
        kept = chosen.channel if chosen and chosen.channel in ways else ways[0]
        way = st.segmented_control(
            "How", ways, default=kept, format_func=names.__getitem__, required=True,
            help=_OTHERS if settings.posts and settings.is_chat else None,
        )  # fmt: skip
        scores = st.checkbox("With trends and targets", value=bool(chosen and chosen.with_scores), help=_SCORES)
        st.caption("About everybody whose page you have opened and may still see. Nothing is sent when nothing is new.")
        if above := submit("Save"):
            with above:
                every = None if often == _NEVER else Every(often)
                save(
                    "digest",
                    lambda db: choose_digest(viewer, db, every, Channel(way), with_scores=scores),
                    f"{_OFTEN[every]}, if there is anything new." if every else "Nothing will be sent.",
                )
