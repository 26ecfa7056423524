"""JSON of speech recognition services, and our own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from analytics.transcripts.labels import clean_name
from analytics.transcripts.model import MOST_TURNS, Transcript, TranscriptError, Turn, join_turns
from analytics.transcripts.times import number

_NO_SPEAKERS: Final = (
    "This file does not say who speaks. Have the service tell speakers apart (it is called diarisation or speaker "
    "labels) and export it again."
)
_MILLISECONDS: Final = 0.001
Read = Callable[[Any], list[Turn] | None]


def read_json(text: str) -> Transcript:
    """Read the JSON of Whisper, WhisperX, OpenAI, Deepgram, AssemblyAI, AWS Transcribe, Fireflies, Recall or our own.

    Raises `TranscriptError` where it is none of them, or does not say who speaks.
    """
    document = _parse(text)
    for name, read in _READERS:
        try:
            turns = read(document)
        except (TypeError, AttributeError, KeyError, IndexError):
            continue
        if turns:
            if all(turn.speaker is None for turn in turns):
                raise TranscriptError(_NO_SPEAKERS)
            return Transcript(name, join_turns(turns))
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
            _turn(part, speaker=_on_channel(part, part.get("channel"), several), text=part["transcript"])
            for part in utterances
        ]
    channels = results["channels"]
    if paragraphs := _deepgram_paragraphs(channels):
        return paragraphs
    words = [
        word | {"speaker": _on_channel(word, place, len(channels) > 1)}
        for place, channel in enumerate(channels)
        for word in channel["alternatives"][0]["words"]
    ]
    if len(channels) > 1:
        words.sort(key=lambda word: number(word.get("start")) or 0)
    return _by_words(words, lambda word: word.get("punctuated_word", word["word"]))


def _deepgram_paragraphs(channels: Sequence[Any]) -> list[Turn]:
    """Read paragraphs where they alone say who speaks."""
    best = channels[0]["alternatives"][0]
    parts = (best.get("paragraphs") or {}).get("paragraphs", ())
    if len(channels) > 1 or any("speaker" in word for word in best.get("words", ())):
        return []
    return [
        _turn(part, speaker=part.get("speaker"), text=" ".join(sentence["text"] for sentence in part["sentences"]))
        for part in parts
    ]


def _on_channel(part: Mapping[str, Any], channel: object, several: bool) -> object:
    """Name who speaks: each channel of several is a line of its own, on which speakers are counted anew."""
    speaker = part.get("speaker")
    if not several:
        return speaker
    return f"Channel {channel}" if speaker is None else f"Channel {channel}, speaker {speaker}"


def _assemblyai(document: Any) -> list[Turn] | None:
    parts = document["utterances"] if isinstance(document, dict) else document
    if isinstance(document, list) and not all({"confidence", "words"} <= part.keys() for part in parts):
        return None
    if parts is None:
        words = [word for word in document["words"] if word["speaker"] is not None]
        read = [_turn(word, speaker=word["speaker"], text=word["text"], scale=_MILLISECONDS) for word in words]
        return _join_words(read) if len(words) == len(document["words"]) else None
    return [_turn(part, speaker=part["speaker"], text=part["text"], scale=_MILLISECONDS) for part in parts]


def _aws(document: Any) -> list[Turn] | None:
    results = document["results"]
    if segments := results.get("audio_segments"):
        return [_turn(part, speaker=part.get("speaker_label"), text=part["transcript"]) for part in segments]
    labels = {
        (item.get("start_time"), item.get("end_time")): item.get("speaker_label") or segment.get("speaker_label")
        for segment in results.get("speaker_labels", {}).get("segments", ())
        for item in segment.get("items", ())
    }
    items = results["items"]
    if channels := results.get("channel_labels", {}).get("channels"):
        items = [item | {"channel_label": one["channel_label"]} for one in channels for item in one["items"]]
    words: list[tuple[Turn, list[str]]] = []
    for item in items:
        content = item["alternatives"][0]["content"]
        if item["type"] == "punctuation" and words:
            words[-1][1].append(content)
            continue
        label = item.get("speaker_label") or labels.get((item.get("start_time"), item.get("end_time")))
        label = label or item.get("channel_label")
        word = Turn(_name(label), "", number(item.get("start_time")), number(item.get("end_time")))
        words.append((word, [content]))
    turns = [replace(word, text="".join(pieces)) for word, pieces in words]
    if "channel_labels" in results:
        # They come one channel after the other.
        turns.sort(key=lambda turn: turn.start or 0)
    return _join_words(turns)


def _fireflies(document: Any) -> list[Turn] | None:
    data = document.get("data", document) if isinstance(document, dict) else document
    data = data.get("transcript", data) if isinstance(data, dict) else data
    sentences: Sequence[Any] = data["sentences"] if isinstance(data, dict) else data
    return [
        _turn(
            part,
            speaker=part.get("speaker_name"),
            text=part.get("text") or part.get("raw_text") or part["sentence"],
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
                _name(speaker), " ".join(str(word["text"]).strip() for word in words), _relative(start), _relative(end)
            )
        )
    return turns


def _relative(stamp: object) -> float | None:
    return number(stamp.get("relative")) if isinstance(stamp, Mapping) else number(stamp)


def _whisper(document: Any) -> list[Turn] | None:
    return [turn for part in document["segments"] for turn in _by_speaker_of_words(part)]


def _by_speaker_of_words(part: Mapping[str, Any]) -> list[Turn]:
    """Cut a segment where its words have another speaker; words without one belong to the speaker before them."""
    whole = _turn(part, speaker=part.get("speaker"), text=part["text"])
    speaker, at = whole.speaker, 0
    turns: list[Turn] = []
    begins: list[int] = []
    for word in part.get("words") or ():
        place = whole.text.find(str(word["word"]).strip(), at)
        if place < 0:
            return [whole]
        at = place + len(str(word["word"]).strip())
        speaker = _name(word.get("speaker")) or speaker
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


def _own(document: Any) -> list[Turn] | None:
    parts: Iterable[Any] = document
    if isinstance(document, dict):
        parts = document.get("turns") or document.get("transcript") or document["messages"]
    return [
        _turn(
            part,
            speaker=part.get("name") or part.get("speaker") or part.get("role"),
            text=part.get("text") or part.get("said") or part["content"],
            start=part.get("at", part.get("start")),
        )
        for part in parts
    ]


# The most telling first: what one service calls a field, another may call something else.
_READERS: Final[tuple[tuple[str, Read], ...]] = (
    ("Deepgram", lambda document: _deepgram(document) if "channels" in document["results"] else None),
    ("AWS Transcribe", lambda document: _aws(document) if "items" in document["results"] else None),
    ("AssemblyAI", _assemblyai),
    ("Fireflies", _fireflies),
    ("Recall", _recall),
    ("OpenAI", _openai),
    ("Whisper", _whisper),
    ("JSON", _own),
)


def _turn(
    part: Mapping[str, Any],
    *,
    speaker: object,
    text: object,
    scale: float = 1.0,
    start: object = None,
    end: object = None,
) -> Turn:
    if not isinstance(text, str):
        raise TypeError
    begun = part.get("start", part.get("start_time")) if start is None else start
    ended = part.get("end", part.get("end_time")) if end is None else end
    return Turn(_name(speaker), text.strip(), number(begun, scale), number(ended, scale))


def _name(speaker: object) -> str | None:
    """Name a speaker: services give a name, a letter, or a number counted from 0."""
    if isinstance(speaker, bool) or speaker is None:
        return None
    if isinstance(speaker, int):
        return f"Speaker {speaker}"
    name = clean_name(speaker) if isinstance(speaker, str) else ""
    if not name:
        return None
    return f"Speaker {name}" if len(name) == 1 or name.isdigit() else name


def _by_words(words: Sequence[Mapping[str, Any]], text_of: Callable[[Mapping[str, Any]], str]) -> list[Turn]:
    return _join_words(
        [
            Turn(_name(word.get("speaker")), text_of(word), number(word.get("start")), number(word.get("end")))
            for word in words
        ]
    )


def _join_words(words: list[Turn]) -> list[Turn]:
    """Join the words of one speaker, and neighbouring words without one."""
    turns: list[list[Turn]] = []
    for word in words:
        if turns and turns[-1][-1].speaker == word.speaker:
            turns[-1].append(word)
        else:
            turns.append([word])
    return [Turn(part[0].speaker, " ".join(word.text for word in part), part[0].start, part[-1].end) for part in turns]
