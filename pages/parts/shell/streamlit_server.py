"""What the server layer must know about Streamlit: its cookies, websocket messages and HTML page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import streamlit.runtime
from google.protobuf.message import DecodeError
from starlette.requests import HTTPConnection
from streamlit import config
from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from analytics import runtime
from analytics.access import sign_in, without_sign_in
from analytics.access.viewer import Viewer
from analytics.database.errors import DatabaseError
from analytics.settings import SettingsError
from pages.parts import scroll
from pages.parts.shell import first_page
from pages.parts.viewer import providers, read_sign_in

# Everything else acts on the whole process (its caches, its files, its options) or tells about the machine.
_FOR_VISITORS: Final = frozenset(
    {"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request", "file_urls_request"}
)
_OPERATIONS: Final = frozenset({"deferred_file", "dataframe_chunk"})
# Those messages are short; longer ones are not looked at.
_LONGEST_END: Final = 200
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def read_messages() -> Callable[[bytes], bytes | None]:
    """Return the reader of one visitor's websocket messages.

    It returns a message as the server is to take it, None for one that visitors may not send. What is no message at all
    is left for the server to refuse.
    """
    has_run = False

    def read(data: bytes) -> bytes | None:
        nonlocal has_run
        message = BackMsg()
        try:
            message.ParseFromString(data)
        except DecodeError:
            return data
        kind = message.WhichOneof("type")
        if kind == "backend_operation_request":
            return data if message.backend_operation_request.WhichOneof("payload") in _OPERATIONS else None
        if kind == "rerun_script" and not has_run:
            has_run = True
            # After a restart the server knows no part of the page, and would drop a rerun of one without a word.
            if message.rerun_script.fragment_id:
                message.rerun_script.ClearField("fragment_id")
                return bytes(message.SerializeToString())
        return data if kind in _FOR_VISITORS else None

    return read


def admits(request: HTTPConnection) -> bool:
    """Return whether a request's cookie is of somebody who may sign in now; in the demo, everybody may."""
    try:
        return _opens_to_everybody() or _visitor(request) is not None
    except (sign_in.RefusedError, DatabaseError, SettingsError):
        return False


def may_upload(request: HTTPConnection) -> bool:
    """Return whether a request is from somebody who may add interviews now; in the demo, nobody may."""
    try:
        visitor = _visitor(request)
    except (sign_in.RefusedError, DatabaseError, SettingsError):
        return False
    return visitor is not None and visitor.may_add


def kept_files() -> dict[str, list[int]]:
    """Return the sizes of the files that people have left with the server, by the session of their page."""
    if not streamlit.runtime.exists():
        return {}
    sessions = getattr(streamlit.runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    return {session: [len(file.data) for file in list(files.values())] for session, files in list(sessions.items())}


def visitor_name(request: HTTPConnection) -> str | None:
    """Return the name in the request's sign-in cookie, without checking their rights; None for a stranger.

    Where nobody signs in, everybody has the empty name.
    """
    try:
        if is_own() or _opens_to_everybody():
            return ""
        person = read_sign_in(_claims(request))
        return None if person is None else f"{person.subject} of {person.issuer}"
    except (sign_in.RefusedError, SettingsError):
        return None


def begins_run(data: bytes) -> bool:
    """Return whether a browser's message has a page drawn."""
    try:
        return bool(BackMsg.FromString(data).WhichOneof("type") == "rerun_script")
    except DecodeError:
        return False


def ends_run(data: bytes) -> bool:
    """Return whether a message to a browser announces the end of a page's run, and no other run follows at once."""
    if len(data) > _LONGEST_END:
        return False
    try:
        message = ForwardMsg.FromString(data)
    except DecodeError:
        return False
    ended = message.WhichOneof("type") == "script_finished"
    return bool(ended and message.script_finished != ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN)


def is_own() -> bool:
    """Return whether this is a personal workspace; invalid settings are reported elsewhere."""
    try:
        return runtime.settings().is_own
    except SettingsError:
        return False


def _opens_to_everybody() -> bool:
    return runtime.settings().is_demo and not providers()


def _visitor(request: HTTPConnection) -> Viewer | None:
    """Look up who sent a request; None where nobody is signed in. Raises what keeps them out."""
    settings = runtime.settings()
    if settings.is_own:
        return without_sign_in.owner(runtime.engine(), settings)
    person = read_sign_in(_claims(request)) if providers() else None
    return None if person is None else sign_in.viewer_of(runtime.engine(), person, settings)


def script_hashes() -> list[str]:
    """Return the hashes of the page's inline scripts."""
    scripts = (*_INLINE_SCRIPT.findall(first_page.first_page()), scroll.SCRIPT)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in digests]


def refuse_agent_api() -> None:
    """Raise `SettingsError` if Streamlit's agent API, which lets programs drive sessions, is enabled."""
    if config.get_option("server.enableAgentApi"):
        raise SettingsError("server.enableAgentApi lets programs drive people's pages; leave it off.")


@cache
def base_path() -> str:
    """Return the path below which the pages are served, such as /dashboard; empty at the root."""
    path = config.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def address() -> str:
    """Return the program's address on this machine."""
    scheme = "https" if config.get_option("server.sslCertFile") else "http"
    host = config.get_option("server.address") or "localhost"
    return f"{scheme}://{host}:{config.get_option('server.port')}{base_path()}"


@cache
def hosts() -> frozenset[str]:
    """Return the host names of the program: the configured ones, and the one the sign-in provider redirects to."""
    try:
        named = runtime.settings().allowed_hosts
    except SettingsError:
        named = frozenset()
    leads_back_to = urlsplit(get_origin_from_redirect_uri() or "").hostname
    streamlits = (config.get_option("browser.serverAddress"), *config.get_option("server.allowedHosts"))
    return named | {host.lower() for host in (leads_back_to, *streamlits) if host}


def _claims(request: HTTPConnection) -> dict[str, object]:
    """Read the sign-in cookie as the server does when a page connects; empty for a forged or foreign one."""

    def part(name: str) -> bytes | None:
        value = request.cookies.get(name)
        return None if value is None else decode_signed_value(get_cookie_secret(), name, value.encode("latin-1"))

    stored = get_cookie_with_chunks(part, USER_COOKIE_NAME)
    claims = json.loads(stored) if stored else {}
    ours = claims.get("is_logged_in") is True and claims.get("origin") == get_origin_from_redirect_uri()
    return claims if ours else {}
