"""Recordings sent to a real server over a socket, and what its failures are called."""

from __future__ import annotations

import time

import pytest

from analytics.breakdown import ModelSettings
from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.llm.transcription import Transcription, transcribe
from analytics.breakdown.outcomes import Outcome
from analytics.transcripts.read import read_text
from tests.support.secrets import API_KEY
from tests.support.transcription_server import ANSWER, RECORDING, TranscriptionServer


def settings(url: str) -> ModelSettings:
    return ModelSettings(
        api_key=API_KEY, base_url=url, model="double", transcribes="writer-1", timeout=0.2, retries=0, deadline=30
    )


def told(status: int, message: str) -> dict[str, object]:
    return {"status": status, "body": {"error": {"message": message}}}


def written(server: TranscriptionServer, **changes: object) -> Transcription:
    client = ModelClient(settings(server.url).with_changes(**changes))
    return transcribe(client, "recording.wav", RECORDING, cancelled=lambda: False)


def test_a_recording_is_sent_and_speakers_are_asked_for() -> None:
    with TranscriptionServer() as server:
        done = written(server)
    (form,) = server.requests
    assert form == {
        "file": ("recording.wav", RECORDING),
        "model": "writer-1",
        "response_format": "diarized_json",
        "chunking_strategy": "auto",
    }
    assert done.sentence == ""
    transcript = read_text(done.text)
    assert transcript.format == "OpenAI"
    assert [(turn.speaker, turn.text, turn.start, turn.end) for turn in transcript.turns] == [
        ("Speaker A", "Why a queue?", 0.5, 3.0),
        ("Speaker B", "It absorbs peaks, and I measured it.", 4.0, 9.0),
        ("Speaker A", "And when it is full?", 10.0, 12.5),
        ("Speaker B", "Then it refuses.", 12.0, 14.5),
    ]


def test_an_hour_may_take_longer_than_a_call() -> None:
    with TranscriptionServer([{"hang": 0.6}]) as server:
        assert written(server).outcome is None


@pytest.mark.parametrize(
    ("behaviour", "outcome", "word"),
    [
        (told(404, "The model `writer-1` does not exist"), "unknown_model", "MODEL_TRANSCRIBES"),
        ({"status": 404, "body": {"detail": "Not Found"}}, "wrong_address", "no transcription"),
        (told(413, "Maximum content size limit exceeded"), "too_long", "Cut it"),
        (told(400, "response_format 'diarized_json' is not compatible"), "unsupported", "speakers"),
        (told(401, "Incorrect API key provided"), "unauthorised", "key"),
        (told(503, "overloaded"), "server_error", "failed"),
        ({"body": b"\xff\xfe\xff"}, "bad_answer", "could not be used"),
        ({"body": b"x" * 9_100_000}, "bad_answer", "could not be used"),
    ],
)
def test_each_failure_has_a_sentence_of_its_own(behaviour: dict[str, object], outcome: str, word: str) -> None:
    with TranscriptionServer([behaviour]) as server:
        done = written(server)
    assert done.outcome == Outcome(outcome)
    assert word in done.sentence
    assert done.text == ""


def test_what_may_pass_is_tried_again_and_nothing_else() -> None:
    with TranscriptionServer([told(429, "slow down")]) as server:
        assert written(server, retries=1).text
        assert len(server.requests) == 2
    with TranscriptionServer([told(401, "no")]) as server:
        assert written(server, retries=3).outcome is Outcome.UNAUTHORISED
        assert len(server.requests) == 1


def test_it_ends_with_its_time_and_when_it_is_told_to() -> None:
    with TranscriptionServer([{"hang": 60}, {"hang": 60}]) as server:
        began = time.monotonic()
        assert written(server, deadline=0.3).outcome is Outcome.TIMED_OUT
        client = ModelClient(settings(server.url))
        assert transcribe(client, "a.wav", RECORDING, cancelled=lambda: True).outcome is Outcome.CANCELLED
        assert time.monotonic() - began < 30


def test_an_answer_is_kept_as_the_server_wrote_it() -> None:
    with TranscriptionServer() as server:
        done = written(server)
    assert Transcription.model_validate_json(done.model_dump_json()) == done
    assert str(ANSWER["segments"][0]["id"]) in done.text  # type: ignore[index]
