"""What stands before the program must know about Streamlit: its cookies, its websocket messages and its page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.requests import HTTPConnection
from streamlit import config, file_util
from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from analytics import runtime, sign_in
from analytics.database import DatabaseError
from analytics.settings import SettingsError
from pages.parts import scrolling
from pages.parts.who import providers, told

# Everything else acts on the whole process (its caches, its files, its options) or tells about the machine.
_FOR_VISITORS: Final = frozenset({"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"})
_OPERATIONS: Final = frozenset({"deferred_file", "dataframe_chunk"})
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def takes(data: bytes) -> bool:
    """Tell whether a visitor may send this message; what is no message at all is left for the server to refuse."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return True
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    return kind in _FOR_VISITORS


def admits(request: HTTPConnection) -> bool:
    """Tell whether a request carries the cookie of somebody who may come in now; in the demo, everybody may."""
    try:
        settings = runtime.settings()
        if not providers():
            return settings.is_demo
        person = told(_claims(request))
        if person is None:
            return False
        sign_in.viewer_of(runtime.engine(), person, settings)
    except (sign_in.RefusedError, DatabaseError, SettingsError):
        return False
    return True


def script_hashes() -> list[str]:
    """Give the hashes of the scripts that stand inside the page: those that Streamlit serves it with, and our own."""
    page = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
    scripts = (*_INLINE_SCRIPT.findall(page), scrolling.SCRIPT)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in digests]


@cache
def hosts() -> frozenset[str]:
    """Name the hosts under which people reach the program: as set, and as the sign-in provider leads back to."""
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
