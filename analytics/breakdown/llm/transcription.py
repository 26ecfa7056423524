"""Transcription of a recording by the model's server, with speakers, over OpenAI's endpoint."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from analytics.breakdown.llm.errors import backoff
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Record

if TYPE_CHECKING:
    from analytics.breakdown.llm.client import ModelClient

# Hours of talk are some 200 kB, with a time for every sentence.
_MOST_BYTES: Final = 9_000_000
_SENTENCES: Final[Mapping[Outcome, str]] = {
    Outcome.TOO_LONG: "The recording is too long for the transcription server. Cut it into parts.",
    Outcome.UNKNOWN_MODEL: "The server does not know this transcription model. An administrator can check "
    "MODEL_TRANSCRIBES.",
    Outcome.WRONG_ADDRESS: "The model's server offers no transcription. An administrator can remove MODEL_TRANSCRIBES.",
    Outcome.UNSUPPORTED: "The server did not take this recording. Its model may not tell speakers apart, or not know "
    "this kind of file.",
    Outcome.REFUSED: "The transcription server declined this recording.",
    Outcome.TIMED_OUT: "The transcription took too long. An administrator can raise MODEL_DEADLINE.",
    Outcome.BAD_ANSWER: "The transcription server's answer could not be used.",
}
_PASSING: Final = frozenset({Outcome.RATE_LIMITED, Outcome.SERVER_ERROR, Outcome.UNREACHABLE})


class Transcription(Record):
    """The server's transcript as JSON; or the outcome instead of it."""

    text: str = ""
    outcome: Outcome | None = None

    @property
    def sentence(self) -> str:
        """Describe what went wrong; empty if nothing did."""
        return "" if self.outcome is None else _SENTENCES.get(self.outcome, self.outcome.sentence)


def transcribe(client: ModelClient, name: str, audio: bytes, *, cancelled: Callable[[], bool]) -> Transcription:
    """Transcribe a recording, with retries, within the time limit of a run; never raises for the server.

    `name` has a suffix that tells the kind of file. `cancelled` is looked at several times a second.
    """
    settings = client.settings
    until = time.monotonic() + settings.deadline
    for number in range(settings.retries + 1):
        answer = client.perform(
            lambda sdk: (
                sdk.audio.transcriptions.with_raw_response.create(
                    file=(name, audio),
                    model=settings.transcribes,
                    response_format="diarized_json",
                    chunking_strategy="auto",
                ).content
            ),
            most_bytes=_MOST_BYTES,
            until=until,
            cancelled=cancelled,
        )
        wait = backoff() * 4**number
        last = number == settings.retries or time.monotonic() + wait >= until
        if not isinstance(answer, Reply) or answer.outcome not in _PASSING or last:
            break
        _pause(wait, cancelled)
    if isinstance(answer, Reply):
        return Transcription(outcome=answer.outcome or Outcome.BAD_ANSWER)
    try:
        return Transcription(text=answer.decode())
    except UnicodeDecodeError:
        return Transcription(outcome=Outcome.BAD_ANSWER)


def _pause(seconds: float, cancelled: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not cancelled():
        time.sleep(0.05)
