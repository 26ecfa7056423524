"""A server on loopback that writes recordings down as OpenAI's does, and answers as it is told.

A behaviour may hold `status`, `body` (sent as it is, JSON or text) and `hang` (seconds of silence before it); without
one left the server gives `ANSWER`. `requests` are the forms received: the fields' texts, and the file as (name, bytes).
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PATH = "/v1/audio/transcriptions"
ANSWER = {
    "task": "transcribe",
    "duration": 14.5,
    "text": "Why a queue? It absorbs peaks. And when it is full? Then it refuses.",
    "segments": [
        {"type": "transcript.text.segment", "id": f"seg_{place}", "start": start, "end": start + 2.5, **said}
        for place, (start, said) in enumerate(
            [
                (0.5, {"speaker": "A", "text": " Why a queue?"}),
                (4.0, {"speaker": "B", "text": " It absorbs peaks,"}),
                (6.5, {"speaker": "B", "text": " and I measured it."}),
                (10.0, {"speaker": "A", "text": " And when it is full?"}),
                (12.0, {"speaker": "B", "text": " Then it refuses."}),
            ]
        )
    ],
    "usage": {"type": "tokens", "input_tokens": 140, "output_tokens": 50, "total_tokens": 190},
}
# A recording of no sound: the header of a WAV file is all that anybody looks at here.
RECORDING = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes.fromhex("10000000 0100 0100 401f0000 803e0000 0200 1000") + b"data"


class TranscriptionServer:
    """The server; `url` is what OPENAI_BASE_URL would be."""

    def __init__(self, behaviours: Sequence[dict[str, Any]] = ()) -> None:
        self.requests: list[dict[str, Any]] = []
        self._behaviours = list(behaviours)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> Self:
        serve = {"poll_interval": 0.05}
        threading.Thread(target=self._server.serve_forever, kwargs=serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def _take(self, content_type: str, raw: bytes) -> dict[str, Any]:
        head = f"Content-Type: {content_type}\r\n\r\n".encode()
        form: dict[str, Any] = {}
        for part in email.message_from_bytes(head + raw, policy=email.policy.HTTP).iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            form[str(name)] = (part.get_filename(), content) if part.get_filename() else content.decode()
        with self._lock:
            self.requests.append(form)
            return self._behaviours.pop(0) if self._behaviours else {}

    def _handler(owner) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                behaviour: dict[str, Any] = {"status": 404, "body": {"error": {"message": "no such path"}}}
                if self.path == PATH:
                    behaviour = owner._take(self.headers["Content-Type"], raw)
                body = behaviour.get("body", ANSWER)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                # A client that gave up is part of the play.
                with contextlib.suppress(ConnectionError):
                    if owner._stopped.wait(behaviour.get("hang", 0)):
                        self.close_connection = True
                        return
                    self.send_response(behaviour.get("status", 200))
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *said: object) -> None:
                pass

        return Handler
