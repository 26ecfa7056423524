"""A model server on loopback that speaks both protocols and does what it is told, well or badly.

In a test: `with ModelServer([{"status": 429, "headers": {"Retry-After": "0"}}]) as server: ... server.url`. Each
request takes the next behaviour; when none is left the server answers as a sensible model would (`{}` is that too).

In another process: `python -m tests.support.model_server --port 8009` prints its address; `POST /control` with a JSON
list replaces the behaviours that are left, `GET /control` gives the requests so far, `DELETE /control` forgets both.

What a behaviour may hold:
    status, headers    an error's; the body is `body` or an error object of `code` and `message`
    body               sent as it is: a text, or anything that becomes JSON
    text               what the model says, in the protocol's envelope
    answer             the same as JSON
    message            fields of the message of a chat completion, in place of the usual ones
    refusal            a refusal in the protocol's envelope
    finish             "length" or "content_filter": how the answer ended
    hang               seconds of silence before anything is sent
    drip               seconds between single bytes of the body
    cut                number of bytes after which the connection is closed
    until              number of requests that must have come before the second half of the body is sent
    size               pad the body to so many bytes
    usage              [input, output] tokens
    when               only for requests that hold this text; others leave the behaviour for later

A request with `stream` set is answered in pieces, as events. `rule` is asked first about every request body and gives a
behaviour, or None for the next one.

It also takes batches (files and batches, as OpenAI does): `batches` are the calls received that way, a batch is
confirmed after `batch_delay` seconds and `looks` times not ready when it is asked for; `requests` stays what was
asked at once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.model_events import events

Behaviour = dict[str, Any]
_CLAIM = re.compile(r"^(\d+)\. [a-z ]+: ", re.MULTILINE)
_ROW = re.compile(r"^(S\d+|C\d+:\d+) \| (.*)$", re.MULTILINE)


def sensible_answer(prompt: str) -> dict[str, Any]:
    """Answer a prompt as a model would that does what it is asked: cites what is there, claims what it can show."""
    if '{"verdicts": [' in prompt:
        return {
            "verdicts": [
                {"claim": int(number), "shows": "yes", "contradicts": False, "on_question": True}
                for number in _CLAIM.findall(prompt)
            ]
        }
    if '{"level": 3}' in prompt:
        return {"level": 4 if "- strength" in prompt and "- weakness" not in prompt else 3}
    rows = [(label, text) for label, text in _ROW.findall(prompt) if text != "[withheld]"]
    code = 'skill "Code quality"' in prompt
    spoken = [
        label for label, text in rows if label[0] == ("C" if code else "S") and len(text.split()) >= (2 if code else 6)
    ]
    skill = re.search(r'skill "([^"]+)"', prompt)
    name = skill[1].lower() if skill else "the skill"
    if not spoken:
        return {"strengths": [], "weaknesses": [], "recommendations": []}
    first, middle, last = spoken[0], spoken[len(spoken) // 2], spoken[-1]
    strengths = [
        {"ids": [first], "text": f"Opens with substance, which gives {name} a firm start for any listener."},
        {"ids": [middle], "text": f"Keeps a clear thread halfway through, a good sign for {name} under pressure."},
    ]
    weaknesses = [
        {"ids": [last], "text": f"Ends without tying up loose threads, which costs {name} some persuasive force."}
    ]
    advice = {
        "weakness": 1,
        "practise": "Close every reply by naming its result and the decision that followed.",
        "notice": "Interviewers no longer have to ask how it ended.",
    }
    return {"strengths": strengths, "weaknesses": weaknesses, "recommendations": [advice]}


def marked_answer(prompt: str, mark: str) -> dict[str, Any]:
    """Answer sensibly, with a mark in every strength: what is asked about claims alone holds it too."""
    answer = sensible_answer(prompt)
    marked = [entry | {"text": f"{entry['text'].rstrip('.')} ({mark})."} for entry in answer.get("strengths", ())]
    return answer | {"strengths": marked} if marked else answer


def envelope(path: str, behaviour: Behaviour, text: str | None, tokens: tuple[int, int]) -> dict[str, Any]:
    """Wrap what a model says into the protocol of a path."""
    read, written = tokens
    finish, refusal = behaviour.get("finish"), behaviour.get("refusal")
    if path.endswith("/responses"):
        content = (
            {"type": "refusal", "refusal": refusal}
            if refusal
            else {"type": "output_text", "text": text or "", "annotations": []}
        )
        reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 1,
            "model": "double-1",
            "status": "incomplete" if finish in reasons else "completed",
            "incomplete_details": {"reason": reasons[finish]} if finish in reasons else None,
            "error": None,
            "output": [
                {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [content]}
            ],
            "usage": {
                "input_tokens": read,
                "input_tokens_details": {"cached_tokens": read // 2},
                "output_tokens": written,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": read + written,
            },
        }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "double-1",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish or "stop",
                "message": {
                    "role": "assistant",
                    "content": None if refusal else text,
                    "refusal": refusal,
                    **behaviour.get("message", {}),
                },
            }
        ],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
    }


def prompt_of(body: dict[str, Any]) -> str:
    """Give all that a request tells the model."""
    if "input" in body:
        return f"{body.get('instructions', '')}\n\n{body['input']}"
    return "\n\n".join(message["content"] for message in body.get("messages", []))


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing where the program hung up: that is what many a test is about."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class ModelServer:
    """The server; `requests` are the bodies received, in their order, `url` is what OPENAI_BASE_URL would be."""

    def __init__(
        self,
        behaviours: Sequence[Behaviour] = (),
        *,
        answer: Callable[[str], dict[str, Any]] = sensible_answer,
        rule: Callable[[dict[str, Any]], Behaviour | None] = lambda body: None,
        port: int = 0,
    ) -> None:
        self.requests: list[dict[str, Any]] = []
        self.batches: list[list[dict[str, Any]]] = []
        self.looks = 1
        self.batch_delay = 0.0
        self._files: dict[str, bytes] = {}
        self._looked: dict[str, int] = {}
        self._metadata: dict[str, Any] = {}
        self.headers: list[dict[str, str]] = []
        self._behaviours = list(behaviours)
        self._answer = answer
        self._rule = rule
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = _QuietServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def tell(self, behaviours: Sequence[Behaviour]) -> None:
        """Replace the behaviours that are left."""
        with self._lock:
            self._behaviours = list(behaviours)

    def forget(self) -> None:
        with self._lock:
            self._behaviours, self.requests, self.headers = [], [], []

    def serve_forever(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, name="model-server", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _next(self, prompt: str) -> Behaviour:
        with self._lock:
            for index, behaviour in enumerate(self._behaviours):
                if behaviour.get("when", "") in prompt:
                    return self._behaviours.pop(index)
        return {}

    def _take(self, path: str, headers: dict[str, str], raw: bytes) -> tuple[Behaviour, bytes]:
        body = json.loads(raw)
        prompt = prompt_of(body)
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
        behaviour = self._rule(body) or self._next(prompt)
        if "body" in behaviour:
            said = behaviour["body"]
            content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        elif behaviour.get("status", 200) >= 400:
            error = {
                "message": behaviour.get("message", "no"),
                "type": "error",
                "param": behaviour.get("param"),
                "code": behaviour.get("code"),
            }
            content = json.dumps({"error": error}).encode()
        else:
            text = behaviour.get("text")
            if text is None and not behaviour.get("refusal"):
                text = json.dumps(behaviour["answer"] if "answer" in behaviour else self._answer(prompt))
            tokens = tuple(behaviour.get("usage", (len(prompt) // 4, 100)))
            enveloped = envelope(path, behaviour, text, tokens)
            content = events(enveloped) if body.get("stream") else json.dumps(enveloped).encode()
        return behaviour, content.ljust(behaviour.get("size", 0))

    def take_file(self, raw: bytes) -> dict[str, Any]:
        """Take an uploaded file of calls, whatever stands around it."""
        name = f"file-{len(self._files)}"
        self._files[name] = b"\n".join(line for line in raw.splitlines() if line.startswith(b'{"custom_id"'))
        return {"id": name, "object": "file"}

    def take_batch(self, raw: bytes) -> dict[str, Any]:
        """Begin a batch: answer all its calls, to be given out when it is ready."""
        asked = json.loads(raw)
        calls = [json.loads(line) for line in self._files[asked["input_file_id"]].splitlines()]
        name = f"batch-{len(self.batches)}"
        with self._lock:
            self.batches.append([call["body"] for call in calls])
            self._looked[name] = 0
            self._metadata[name] = asked.get("metadata")
        lines = []
        for call in calls:
            behaviour = self._next(prompt_of(call["body"]))
            said = json.dumps(behaviour.get("answer", self._answer(prompt_of(call["body"]))))
            body = envelope(call["url"], behaviour, said, (10, 5))
            response = {"status_code": behaviour.get("status", 200), "body": body}
            lines.append(json.dumps({"custom_id": call["custom_id"], "response": response}))
        self._files[f"answers-{name}"] = "\n".join(lines).encode()
        time.sleep(self.batch_delay)
        return {"id": name, "object": "batch", "status": "validating"}

    def list_batches(self) -> dict[str, Any]:
        """List the batches begun so far."""
        with self._lock:
            return {"object": "list", "data": [{"id": name, "metadata": own} for name, own in self._metadata.items()]}

    def looked_at(self) -> bool:
        """Tell whether somebody has asked how far a batch is."""
        with self._lock:
            return any(self._looked.values())

    def look_at_batch(self, name: str) -> dict[str, Any]:
        """Tell how far a batch is."""
        with self._lock:
            self._looked[name] += 1
            ready = self._looked[name] > self.looks
        status = {"status": "completed", "output_file_id": f"answers-{name}"} if ready else {"status": "in_progress"}
        return {"id": name, "object": "batch", **status}

    def _handler(owner) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                try:
                    raw = self.rfile.read(length)
                except ConnectionError:
                    raw = b""
                if len(raw) < length:
                    # Whoever asked was struck before they had said it all.
                    self.close_connection = True
                    return
                if self.path == "/control":
                    owner.tell(json.loads(raw))
                    self._send({}, b"{}")
                elif self.path in ("/v1/responses", "/v1/chat/completions"):
                    self._send(*owner._take(self.path, dict(self.headers), raw))
                elif self.path == "/v1/files":
                    self._send({}, json.dumps(owner.take_file(raw)).encode())
                elif self.path == "/v1/batches":
                    self._send({}, json.dumps(owner.take_batch(raw)).encode())
                else:
                    self._send({"status": 404}, b'{"error": {"message": "no such path"}}')

            def do_GET(self) -> None:
                if self.path.startswith("/v1/batches?"):
                    self._send({}, json.dumps(owner.list_batches()).encode())
                elif self.path.startswith("/v1/batches/"):
                    self._send({}, json.dumps(owner.look_at_batch(self.path.rsplit("/", 1)[1])).encode())
                elif self.path.startswith("/v1/files/"):
                    self._send({}, owner._files[self.path.split("/")[3]])
                else:
                    self._send({}, json.dumps(owner.requests).encode())

            def do_DELETE(self) -> None:
                owner.forget()
                self._send({}, b"{}")

            def _send(self, behaviour: Behaviour, content: bytes) -> None:
                # A client that gave up is part of the play.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    if owner._stopped.wait(behaviour.get("hang", 0)):
                        self.close_connection = True
                        return
                    self.send_response(behaviour.get("status", 200))
                    headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
                    for name, value in (headers | behaviour.get("headers", {})).items():
                        self.send_header(name, value)
                    self.end_headers()
                    if "cut" in behaviour:
                        self.wfile.write(content[: behaviour["cut"]])
                        self.close_connection = True
                    elif "until" in behaviour:
                        half = len(content) // 2
                        self.wfile.write(content[:half])
                        self.wfile.flush()
                        while len(owner.requests) < behaviour["until"]:
                            if owner._stopped.wait(0.01):
                                return
                        self.wfile.write(content[half:])
                    elif "drip" in behaviour:
                        for byte in content:
                            self.wfile.write(bytes([byte]))
                            self.wfile.flush()
                            if owner._stopped.wait(behaviour["drip"]):
                                return
                    else:
                        self.wfile.write(content)

            def log_message(self, *said: object) -> None:
                pass

        return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="a model server on loopback that does what it is told")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--behaviours", help="a JSON file with a list of behaviours")
    options = parser.parse_args()
    behaviours: list[Behaviour] = []
    if options.behaviours:
        behaviours = json.loads(Path(options.behaviours).read_text(encoding="utf-8"))
    server = ModelServer(behaviours, port=options.port)
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
