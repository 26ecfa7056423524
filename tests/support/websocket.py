"""A dashboard's websocket, spoken by hand: what a browser sends, and what no browser would."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from websockets.sync.client import ClientConnection, connect

from tests.support import secrets
from tests.support.secrets import COOKIE_SECRET
from tests.support.world import PEOPLE


def sign_in_cookie(dashboard: str, claims: Mapping[str, Any], secret: str = COOKIE_SECRET) -> str:
    """The cookie that the dashboard gives to whoever the provider says these claims about."""
    held = {"origin": dashboard, "is_logged_in": True, "provider": "default"} | dict(claims)
    return create_signed_value(secret, "_streamlit_user", json.dumps(held)).decode()


def claims_of(subject: str, issuer: str, **claims: Any) -> dict[str, Any]:
    """What the provider says about somebody who has just signed in."""
    now = int(time.time())
    said = {"iss": issuer, "sub": subject, "email": f"{subject}@example.org", "email_verified": True, "iat": now}
    return said | claims


@dataclass
class Run:
    """What the dashboard sent in one run of a page."""

    messages: list[ForwardMsg] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything that was sent, as far as it is text."""
        return b"\n".join(message.SerializeToString() for message in self.messages).decode("utf-8", "replace")

    @property
    def pages(self) -> dict[str, str]:
        """The pages of the navigation: their titles and script hashes."""
        found = [message.navigation for message in self.messages if message.WhichOneof("type") == "navigation"]
        return {page.page_name: page.page_script_hash for sent in found for page in sent.app_pages}

    @property
    def page_not_found(self) -> bool:
        """Whether the dashboard said that there is no such page."""
        return any(message.WhichOneof("type") == "page_not_found" for message in self.messages)

    @property
    def session_id(self) -> str:
        """The session's own id."""
        started = [message for message in self.messages if message.WhichOneof("type") == "new_session"]
        return str(started[0].new_session.initialize.session_id)

    def widgets(self, label: str) -> list[str]:
        """The ids of the widgets with this label."""
        found = []
        for message in self.messages:
            if message.WhichOneof("type") == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                widget = getattr(element, element.WhichOneof("type") or "", None)
                if getattr(widget, "label", None) == label and getattr(widget, "id", None):
                    found.append(widget.id)
        return found


class Visitor:
    """One open websocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, message: BackMsg | bytes) -> None:
        self.connection.send(message if isinstance(message, bytes) else message.SerializeToString())

    def run(
        self,
        *,
        page: str = "",
        query: str = "",
        page_hash: str = "",
        fragment: str = "",
        widgets: tuple[WidgetState, ...] = (),
    ) -> Run:
        """Ask for a run of a page, and wait until it is over."""
        message = BackMsg()
        state = message.rerun_script
        state.page_name, state.query_string, state.page_script_hash, state.fragment_id = (
            page,
            query,
            page_hash,
            fragment,
        )
        state.widget_states.widgets.extend(widgets)
        self.send(message)
        return self.finished()

    def finished(self) -> Run:
        """Collect what is sent until a run is over."""
        return self.received("script_finished")

    def received(self, last: str, seconds: float = 120) -> Run:
        """Collect what is sent up to a message of this type."""
        run = Run()
        give_up = time.monotonic() + seconds
        while True:
            data = self.connection.recv(timeout=max(0.1, give_up - time.monotonic()))
            assert isinstance(data, bytes)
            message = ForwardMsg()
            message.ParseFromString(data)
            run.messages.append(message)
            assert secrets.found(data) == []
            if message.WhichOneof("type") == last:
                return run


@contextmanager
def visiting(
    dashboard: str, sign_in: str | None = None, *, session_id: str = "", origin: str | None = None
) -> Iterator[Visitor]:
    """Open the websocket as a browser does, with the sign-in cookie given."""
    with urllib.request.urlopen(f"{dashboard}/_stcore/health", timeout=60) as answer:
        cookies = dict(cookie.split(";")[0].split("=", 1) for cookie in answer.headers.get_all("set-cookie") or [])
    xsrf = cookies.get("_streamlit_xsrf", "")
    if sign_in is not None:
        cookies["_streamlit_user"] = sign_in
    with connect(
        f"ws://{urlsplit(dashboard).netloc}/_stcore/stream",
        origin=origin or dashboard,  # type: ignore[arg-type]
        additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        subprotocols=["streamlit", *([xsrf] if xsrf else []), *([session_id] if session_id else [])],  # type: ignore[list-item]
        max_size=None,
    ) as connection:
        yield Visitor(connection)


def outcome(run: Run) -> str:
    """Name what was shown, in the words of the document."""
    text = run.text
    assert "encountered an error" not in text
    if "Sign in to see how interview skills develop." in text:
        assert run.pages == {}
        return "sign in"
    if "Your account is deactivated." in text:
        assert run.pages == {}
        return "refused"
    if run.page_not_found:
        return "no page"
    return (
        "shown"
        if PEOPLE["interviewee"].word in text.lower()
        or "Add a role" in text
        or "Or paste a" in text
        or "at random for me" in text
        else "empty"
    )
