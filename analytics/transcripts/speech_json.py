"""JSON of speech recognition services, and our own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from analytics.transcripts.any_json import read_any
from analytics.transcripts.cloud_json import CLOUD_READERS
from analytics.transcripts.json_turns import (
    MILLISECONDS,
    Read,
    join_words,
    name_of,
    speaker_on,
    turn_of,
    turns_of_words,
)
from analytics.transcripts.model import MOST_TURNS, Transcript, TranscriptError, Turn, join_turns
from analytics.transcripts.times import number

_NO_SPEAKERS: Final = (
    "This file does not say who speaks. Have the service tell speakers apart (it is called diarisation or speaker "
    "labels) and export it again."
)


def read_json(text: str) -> Transcript:
    """Read the JSON of one of the services in `_READERS`, or our own.

    Raises `TranscriptError` where it is none of them, or does not say who speaks.
    """
    document = _parse(text)
    nameless = False
    for name, read in _READERS:
        try:
            turns = read(document)
        except (TypeError, AttributeError, KeyError, IndexError):
            continue
        if turns and any(turn.speaker is not None for turn in turns):
            return Transcript(name, join_turns(turns))
        nameless = nameless or bool(turns)
    if nameless:
        raise TranscriptError(_NO_SPEAKERS)
    raise TranscriptError(
        "This JSON is of no service that is known here. Export the transcript as text, with a speaker's name and a "
        "colon at the beginning of each turn."
    )


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data" and text.count("\n") <= MOST_TURNS:
            with suppress(ValueError):
                return [json.loads(line) for line in text.splitlines() if line.strip()]
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "its numbers"
        raise TranscriptError(f"This file looks like JSON but cannot be read ({where}). Export it again.") from error
    except RecursionError as error:
        raise TranscriptError("This JSON is nested too deeply for a transcript.") from error


def _deepgram(document: Any) -> list[Turn] | None:
    results = document["results"]
    if utterances := results.get("utterances"):
        several = len({part.get("channel") for part in utterances}) > 1
        return [
            turn_of(part, speaker=speaker_on(part, part.get("channel"), several), text=part["transcript"])
            for part in utterances
        ]
    channels = results["channels"]
    if paragraphs := _deepgram_paragraphs(channels):
        return paragraphs
    words = [
        word | {"speaker": speaker_on(word, place, len(channels) > 1)}
        for place, channel in enumerate(channels)
        for word in channel["alternatives"][0]["words"]
    ]
    if len(channels) > 1:
        words.sort(key=lambda word: number(word.get("start")) or 0)
    return turns_of_words(words, lambda word: word.get("punctuated_word", word["word"]))


def _deepgram_paragraphs(channels: Sequence[Any]) -> list[Turn]:
    """Read paragraphs where they alone say who speaks."""
    best = channels[0]["alternatives"][0]
    parts = (best.get("paragraphs") or {}).get("paragraphs", ())
    if len(channels) > 1 or any("speaker" in word for word in best.get("words", ())):
        return []
    return [
        turn_of(part, speaker=part.get("speaker"), text=" ".join(sentence["text"] for sentence in part["sentences"]))
        for part in parts
    ]


def _assemblyai(document: Any) -> list[Turn] | None:
    parts = document["utterances"] if isinstance(document, dict) else document
    if isinstance(document, list) and not all({"confidence", "words"} <= part.keys() for part in parts):
        return None
    if parts is None:
        words = [word for word in document["words"] if word["speaker"] is not None]
        read = [turn_of(word, speaker=word["speaker"], text=word["text"], scale=MILLISECONDS) for word in words]
        return join_words(read) if len(words) == len(document["words"]) else None
    return [turn_of(part, speaker=part["speaker"], text=part["text"], scale=MILLISECONDS) for part in parts]


def _aws(document: Any) -> list[Turn] | None:
    results = document["results"]
    if segments := results.get("audio_segments"):
        return [turn_of(part, speaker=part.get("speaker_label"), text=part["transcript"]) for part in segments]
    labels = {
        (item.get("start_time"), item.get("end_time")): item.get("speaker_label") or segment.get("speaker_label")
        for segment in (results.get("speaker_labels") or {}).get("segments", ())
        for item in segment.get("items", ())
    }
    items = results["items"]
    if channels := (results.get("channel_labels") or {}).get("channels"):
        items = [item | {"channel_label": one["channel_label"]} for one in channels for item in one["items"]]
    words: list[tuple[Turn, list[str]]] = []
    for item in items:
        content = item["alternatives"][0]["content"]
        if item["type"] == "punctuation" and words:
            words[-1][1].append(content)
            continue
        label = item.get("speaker_label") or labels.get((item.get("start_time"), item.get("end_time")))
        label = label or item.get("channel_label")
        word = Turn(name_of(label), "", number(item.get("start_time")), number(item.get("end_time")))
        words.append((word, [content]))
    turns = [replace(word, text="".join(pieces)) for word, pieces in words]
    if "channel_labels" in results:
        # They come one channel after the other.
        turns.sort(key=lambda turn: turn.start or 0)
    return join_words(turns)


def _fireflies(document: Any) -> list[Turn] | None:
    data = document.get("data", document) if isinstance(document, dict) else document
    data = data.get("transcript", data) if isinstance(data, dict) else data
    sentences: Sequence[Any] = data["sentences"] if isinstance(data, dict) else data
    return [
        turn_of(
            part,
            speaker=part.get("speaker_name"),
            text=_first_of(part, "text", "raw_text", "sentence"),
            start=part.get("start_time", part.get("startTime")),
            end=part.get("end_time", part.get("endTime")),
        )
        for part in sentences
        if "speaker_name" in part
    ]


def _recall(document: Any) -> list[Turn] | None:
    turns = []
    people: dict[object, dict[object, int]] = {}
    for part in document:
        words = part["words"]
        if not words:
            continue
        speaker = part["participant"].get("name") if "participant" in part else part["speaker"]
        # Several may have come under one name, such as "iPhone".
        of_name = people.setdefault(speaker, {})
        place = of_name.setdefault(part.get("participant", {}).get("id", part.get("speaker_id")), len(of_name) + 1)
        if speaker and place > 1:
            speaker = f"{speaker} ({place})"
        start, end = words[0].get("start_timestamp"), words[-1].get("end_timestamp")
        turns.append(
            Turn(
                name_of(speaker),
                " ".join(str(word["text"]).strip() for word in words),
                _relative(start),
                _relative(end),
            )
        )
    return turns


def _relative(stamp: object) -> float | None:
    return number(stamp.get("relative")) if isinstance(stamp, Mapping) else number(stamp)


def _whisper(document: Any) -> list[Turn] | None:
    return [turn for part in document["segments"] for turn in _by_speaker_of_words(part)]


def _by_speaker_of_words(part: Mapping[str, Any]) -> list[Turn]:
    """Cut a segment where its words have another speaker; words without one belong to the speaker before them."""
    whole = turn_of(part, speaker=part.get("speaker"), text=part["text"])
    speaker, at = whole.speaker, 0
    turns: list[Turn] = []
    begins: list[int] = []
    for word in part.get("words") or ():
        place = whole.text.find(str(word["word"]).strip(), at)
        if place < 0:
            return [whole]
        at = place + len(str(word["word"]).strip())
        speaker = name_of(word.get("speaker")) or speaker
        if not turns or turns[-1].speaker != speaker:
            turns.append(Turn(speaker, "", number(word.get("start"))))
            begins.append(place)
        turns[-1] = replace(turns[-1], end=number(word.get("end")))
    if not turns:
        return [whole]
    turns[0] = replace(turns[0], start=whole.start)
    turns[-1] = replace(turns[-1], end=whole.end)
    ends = [*begins[1:], len(whole.text)]
    cuts = zip(turns, [0, *begins[1:]], ends, strict=True)
    return [replace(turn, text=whole.text[begin:end].strip()) for turn, begin, end in cuts]


def _openai(document: Any) -> list[Turn] | None:
    parts = document["segments"]
    return _whisper(document) if all(part["type"] == "transcript.text.segment" for part in parts) else None


def _first_of(part: Mapping[str, Any], *names: str) -> Any:
    """Return the first of these fields that holds something; raises `IndexError` where there is none of them."""
    held = [part[name] for name in names if name in part]
    return next(filter(None, held), held[0])


# The most telling first: what one service calls a field, another may call something else.
_READERS: Final[tuple[tuple[str, Read], ...]] = (
    ("Deepgram", lambda document: _deepgram(document) if "channels" in document["results"] else None),
    ("AWS Transcribe", lambda document: _aws(document) if "items" in document["results"] else None),
    *CLOUD_READERS,
    ("AssemblyAI", _assemblyai),
    ("Fireflies", _fireflies),
    ("Recall", _recall),
    ("OpenAI", _openai),
    ("Whisper", _whisper),
    ("JSON", read_any),
)
