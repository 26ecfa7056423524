"""Links to a candidate's report: their contents, making, copying, listing and revoking them."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import urlsplit

import streamlit as st

from analytics.access.viewer import NotAllowedError, Viewer
from analytics.coaching.access import CoachingError
from analytics.coaching.links import USUAL_DAYS, Link, make_link, revoke_link
from analytics.formatting import calendar_day, quantity
from analytics.views.shared_report import holds
from pages.parts import reads, times
from pages.parts.markdown import plain
from pages.parts.shell.streamlit_server import base_path

_DAYS: Final = (1, USUAL_DAYS, 30, 90)
_MADE: Final = "made_link"
_REVOKED: Final = "revoked_link"


def report_links(viewer: Viewer, user_id: int, since: date | None, until: date | None) -> None:
    """Offer a new link to viewers who may make one, and list existing links."""
    links = reads.report_links(viewer, user_id)
    if viewer.may_link:
        st.markdown("**Link for somebody without an account**")
        _make(viewer, user_id, since, until)
    _show_news(user_id)
    for link in links:
        _link(viewer, link)
    if not links and viewer.may_link:
        st.caption("No links to this report yet.")


def _make(viewer: Viewer, user_id: int, since: date | None, until: date | None) -> None:
    days = st.segmented_control(
        "Opens for", _DAYS, default=USUAL_DAYS, required=True, format_func=lambda days: quantity(days, "day"),
        key="link_days",
    )  # fmt: skip
    without_scores = st.toggle("Leave out scores", key="link_without_scores")
    st.caption(f"Whoever has the link can read: {holds(without_scores=without_scores)}")
    if st.button("Make link", icon=":material/add_link:", key="make_link"):
        try:
            with reads.writing() as db:
                _, token = make_link(
                    viewer, db, user_id, days=int(days or USUAL_DAYS), without_scores=without_scores, since=since,
                    until=until, zone=str(times.zone()),
                )  # fmt: skip
        except (CoachingError, NotAllowedError) as error:
            st.error(str(error), icon=":material/error:")
            return
        # Only for this tab: the token is stored nowhere.
        st.session_state[_MADE] = (user_id, token)
        st.rerun()


def _show_news(user_id: int) -> None:
    """Show a link that was just made, or that one was revoked."""
    made_for, token = st.session_state.get(_MADE, (None, ""))
    if made_for == user_id:
        st.success("The link is ready. Copy it now: it is not shown again.", icon=":material/check:")
        st.code(_address(token), language=None, wrap_lines=True)
    if st.session_state.pop(_REVOKED, False):
        st.success("Revoked. The link no longer works.", icon=":material/check:")


def _address(token: str) -> str:
    """Write the link as it is opened from elsewhere."""
    here = urlsplit(st.context.url or "")
    return f"{here.scheme}://{here.netloc}{base_path()}/shared/{token}"


def _link(viewer: Viewer, link: Link) -> None:
    days = [calendar_day(day) for day in (link.since, link.until) if day is not None]
    opened = f"opened {quantity(link.openings, 'time')}" if link.openings else "not opened yet"
    if link.opened_at is not None:
        opened += f", last {times.day(link.opened_at)}"
    about = [" to ".join(days) or "all interviews"]
    about += ["without scores"] if link.without_scores else []
    about += [opened, f"made by {link.made_by} {times.day(link.made_at)}"]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{_state(link)}  \n:small[{plain(' · '.join(about))}]")
        if link.is_open and link.may_revoke:
            _revoke(viewer, link)


def _state(link: Link) -> str:
    if link.revoked_at is not None:
        return f":material/link_off: Revoked {times.day(link.revoked_at)}"
    if not link.is_open:
        return f":material/link_off: Expired {times.day(link.expires_at)}"
    return f":material/link: Opens until {times.day(link.expires_at)}"


def _revoke(viewer: Viewer, link: Link) -> None:
    asked = f"revoke_{link.id}"
    if not st.session_state.get(asked):
        if st.button("Revoke", key=f"ask_{link.id}"):
            st.session_state[asked] = True
            st.rerun()
        return
    st.caption("It stops working at once and for good.")
    if st.button("Revoke for good", type="primary", key=f"sure_{link.id}"):
        try:
            with reads.writing() as db:
                revoke_link(viewer, db, link.id)
        except (CoachingError, NotAllowedError) as error:
            st.error(str(error), icon=":material/error:")
            return
        st.session_state.pop(_MADE, None)
        st.session_state[_REVOKED] = True
        st.rerun()
    if st.button("Keep", key=f"keep_{link.id}"):
        del st.session_state[asked]
        st.rerun()
