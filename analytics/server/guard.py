"""The guard in front of the whole program, which closes what Streamlit's server leaves open.

* Files behind the pages (downloads) go only to people who may come in; the server's own metrics go to nobody.
* Programs that would drive people's pages (Streamlit's agent routes and their tools) find nothing, also where it is on.
* Files are left with the server only by people who may add interviews.
* A visitor's websocket messages that would act on the whole process are dropped; the first one draws a whole page.
* Cookies carry `Secure` whenever the visitor came over https.
* After signing in, people arrive at the page whose link they opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from anyio import CapacityLimiter, to_thread
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.server.cookies import SIGNED_IN, remember_page, return_to_page, secure_cookies

Admits = Callable[[HTTPConnection], bool]
Reads = Callable[[bytes], bytes | None]

_FOR_NOBODY: Final = re.compile(r"(^|/)_stcore/(metrics/?$|agent(/|$))")
# Not the files of the page itself, which lie in a folder of the same name.
_FILES: Final = re.compile(r"(?<!/static)/media/")
_UPLOADS: Final = re.compile(r"(^|/)_stcore/upload_file(/|$)")
# People looked up at once: whoever asks for files without end must not take every thread.
_LOOKED_UP_AT_ONCE: Final = 4
_SIGNING_IN: Final = re.compile(r"(^|/)auth/login$")


def nobody(_request: HTTPConnection) -> bool:
    """Refuse uploads for everybody."""
    return False


class Guard:
    """Checks every request and websocket before the program sees it.

    `admits` tells whether a request comes from somebody who may come in; it may wait for the database, and `may_upload`
    whether it comes from somebody who may leave files with the server. `new_reader` makes, for each websocket, what
    returns its messages as they go on, and None for those that are dropped.
    """

    def __init__(
        self, app: ASGIApp, *, admits: Admits, new_reader: Callable[[], Reads], may_upload: Admits = nobody
    ) -> None:
        """Guard a program."""
        self.app = app
        self._may_upload = may_upload
        self._admits = admits
        self._new_reader = new_reader
        self._looking_up = CapacityLimiter(_LOOKED_UP_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or stand beside a websocket."""
        if scope["type"] == "websocket":
            await self.app(scope, self._sift(receive), secure_cookies(scope, send))
        elif scope["type"] == "http":
            await self._http(scope, receive, secure_cookies(scope, send))
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if _FOR_NOBODY.search(path):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        elif _FILES.search(path) and not await self._answers(self._admits, scope):
            await PlainTextResponse("Sign in first", 403)(scope, receive, send)
        elif _UPLOADS.search(path) and not await self._answers(self._may_upload, scope):
            await PlainTextResponse("Files cannot be uploaded here", 403)(scope, receive, send)
        elif _SIGNING_IN.search(path):
            await self.app(scope, receive, remember_page(scope, send))
        elif SIGNED_IN.search(path):
            await self.app(scope, receive, return_to_page(scope, send))
        else:
            await self.app(scope, receive, send)

    async def _answers(self, question: Admits, scope: Scope) -> bool:
        return await to_thread.run_sync(question, HTTPConnection(scope), limiter=self._looking_up)

    def _sift(self, receive: Receive) -> Receive:
        read = self._new_reader()

        async def sift() -> Message:
            while True:
                message = await receive()
                data = message.get("bytes") if message["type"] == "websocket.receive" else None
                if data is None:
                    return message
                if (kept := read(data)) is not None:
                    message["bytes"] = kept
                    return message

        return sift
