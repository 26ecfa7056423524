"""The current viewer, looked up in the database at every rerun."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from analytics import runtime
from analytics.access import sign_in, without_sign_in
from analytics.access.sign_in import RefusedError, SignedOutError, SignIn
from analytics.access.viewer import Role, Viewer
from analytics.database.errors import DatabaseError
from analytics.database.sessions import writing
from analytics.settings import Settings, SettingsError
from pages.parts import outage
from pages.parts.markdown import plain

_ROLES: Final = {"Admin": Role.ADMIN, "Coach": Role.COACH, "Interviewee": Role.INTERVIEWEE}
_VIEW_AS: Final = "view_as"
_TITLE: Final = "Interview skill analytics"


def current_viewer() -> Viewer:
    """Return the viewer of this run; anybody who may not sign in sees why, and the run ends.

    Call it again wherever a run begins without the entry script: in fragments and callbacks. Deferred downloads, which
    belong to no run, have `while_same`.
    """
    try:
        viewer = _look_up()
        if viewer is not None:
            return viewer
        if not providers():
            _close_page()
        _sign_in_page(None)
    except SignedOutError as error:
        _sign_in_page(str(error))
    except RefusedError as error:
        _refuse(str(error))
    except (DatabaseError, SettingsError) as error:
        st.title(_TITLE)
        outage.explain(error)


def is_still(viewer: Viewer) -> bool:
    """Return whether the viewer is still the same; draws nothing otherwise."""
    try:
        return _look_up() == viewer
    except (RefusedError, DatabaseError, SettingsError):
        return False


def while_same(viewer: Viewer, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return the function of a deferred download: empty if the viewer is another by then, or nobody.

    It is called where Streamlit does not know who is looking, so the sign-in is the one of this run.
    """
    person = _signed_in()

    def made() -> bytes:
        try:
            # Where nobody signs in, nobody loses a right.
            same = person is None or sign_in.viewer_of(runtime.engine(), person, runtime.settings()) == viewer
        except RefusedError:
            same = False
        return make() if same else b""

    return made


def _look_up() -> Viewer | None:
    """Look up who is looking; None where nobody has signed in, or nobody can. Raises what keeps them out."""
    settings = runtime.settings()
    if settings.is_own:
        return without_sign_in.owner(runtime.engine(), settings)
    if not providers():
        return _demo_viewer(settings) if settings.is_demo else None
    person = _signed_in()
    return None if person is None else sign_in.viewer_of(runtime.engine(), person, settings)


def _signed_in() -> SignIn | None:
    """Return who has signed in; None if nobody has, or nobody can."""
    if runtime.settings().is_own or not providers() or not st.user.is_logged_in:
        return None
    return read_sign_in(dict(st.user))


def read_sign_in(claims: Mapping[str, Any]) -> SignIn | None:
    """Read the provider's ID token; None if it does not identify anybody.

    Raises `RefusedError` where it says what cannot be kept.
    """
    issuer, subject, issued_at = claims.get("iss"), claims.get("sub"), claims.get("iat")
    sign_in.require_storable(issuer, subject, claims.get("email"), claims.get("name"))
    if not isinstance(issuer, str) or not isinstance(subject, str) or issued_at is None:
        return None
    if not isinstance(issued_at, int | float):
        raise RefusedError(sign_in.UNUSABLE)
    email = claims.get("email")
    return SignIn(
        issuer=issuer,
        subject=subject,
        email=email if isinstance(email, str) else "",
        email_verified=claims.get("email_verified") is True,
        issued_at=sign_in.moment(issued_at),
    )


def providers() -> list[str | None]:
    """Return the configured sign-in providers (None: the only one); empty without sign-in."""
    try:
        configured = st.secrets["auth"]
    except (KeyError, StreamlitSecretNotFoundError):
        return []
    named = [name for name, value in configured.items() if isinstance(value, Mapping) and "client_id" in value]
    return [*([None] if "client_id" in configured else []), *named] or [None]


def account(viewer: Viewer, own: Callable[[Viewer], None]) -> None:
    """Show who is signed in, the content of `own`, and sign-out; in the demo, a switch between roles."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if runtime.settings().is_own:
            st.caption("Your workspace, on this machine only")
            return
        if not providers():
            st.segmented_control(
                "View as", list(_ROLES), default="Admin", key=_VIEW_AS, required=True, bind="query-params"
            )
            return
        with st.popover(plain(viewer.name, 40), icon=":material/account_circle:"):
            st.caption(plain(viewer.email))
            st.caption(f"Signed in as {viewer.role}")
            own(viewer)
            if st.button("Sign out", icon=":material/logout:"):
                _sign_out()


def _sign_out() -> None:
    """End the sign-in everywhere, then in this browser."""
    person = read_sign_in(dict(st.user))
    try:
        if person is not None:
            with writing(runtime.engine()) as db:
                sign_in.sign_out(db, person)
    except DatabaseError as error:
        st.error(f"You are not signed out: other tabs and copied cookies would stay open. {error}")
        return
    st.logout()


def _demo_viewer(settings: Settings) -> Viewer:
    chosen = st.session_state.get(_VIEW_AS) or st.query_params.get(_VIEW_AS)
    return without_sign_in.demo_viewer(runtime.engine(), _ROLES.get(chosen or "", Role.ADMIN), settings)


def _close_page() -> NoReturn:
    st.title(_TITLE)
    st.error(
        "This dashboard is closed: nobody can sign in yet.",
        icon=":material/lock:",
    )
    st.markdown(
        "It reads a real database, so it shows nothing until sign-in is configured. Whoever runs it copies "
        "`.streamlit/secrets.example.toml` to `.streamlit/secrets.toml`, fills in the OpenID Connect provider, names "
        "the first admins in `ADMIN_EMAILS`, and starts it again. `docs/access.md` explains each step."
    )
    st.stop()


def _sign_in_page(why: str | None) -> NoReturn:
    st.title(_TITLE)
    st.markdown(why or "Sign in to see how interview skills develop.")
    for name in providers():
        label = f"Sign in with {name}" if name else "Sign in"
        if st.button(label, icon=":material/login:", type="primary", key=f"sign_in_{name}"):
            st.login(name)
    st.stop()


def _refuse(why: str) -> NoReturn:
    st.title(_TITLE)
    st.error(why, icon=":material/block:")
    if st.button("Sign out", icon=":material/logout:"):
        st.logout()
    st.stop()
