"""Builds turns from the fields that the JSON of several services shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from analytics.transcripts.labels import clean_name
from analytics.transcripts.model import Turn
from analytics.transcripts.times import number

MILLISECONDS: Final = 0.001
Read = Callable[[Any], list[Turn] | None]


def turn_of(
    part: Mapping[str, Any],
    *,
    speaker: object,
    text: object,
    scale: float = 1.0,
    start: object = None,
    end: object = None,
) -> Turn:
    """Build a turn from a part of a document; `scale` turns its times, or those given, into seconds."""
    if not isinstance(text, str):
        raise TypeError
    begun = part.get("start", part.get("start_time")) if start is None else start
    ended = part.get("end", part.get("end_time")) if end is None else end
    return Turn(name_of(speaker), storable(text).strip(), number(begun, scale), number(ended, scale))


def name_of(speaker: object) -> str | None:
    """Return a speaker's name; services give a name, a letter, or a number counted from 0."""
    if isinstance(speaker, bool) or speaker is None:
        return None
    if isinstance(speaker, int):
        return f"Speaker {speaker}"
    name = clean_name(storable(speaker)) if isinstance(speaker, str) else ""
    if not name:
        return None
    return f"Speaker {name}" if len(name) == 1 or name.isdigit() else name


def storable(text: str) -> str:
    """Remove halves of characters, which JSON can write and nothing can store or show."""
    return text.encode(errors="ignore").decode()


def speaker_on(part: Mapping[str, Any], channel: object, several: bool) -> object:
    """Return a speaker's name with the channel, as each of several channels counts its speakers anew."""
    speaker = part.get("speaker")
    if not several:
        return speaker
    return f"Channel {channel}" if speaker is None else f"Channel {channel}, speaker {speaker}"


def turns_of_words(words: Sequence[Mapping[str, Any]], text_of: Callable[[Mapping[str, Any]], str]) -> list[Turn]:
    """Build turns from words that each name their speaker."""
    return join_words(
        [
            Turn(name_of(word.get("speaker")), text_of(word), number(word.get("start")), number(word.get("end")))
            for word in words
        ]
    )


def join_words(words: list[Turn]) -> list[Turn]:
    """Join the words of one speaker, and neighbouring words without one."""
    turns: list[list[Turn]] = []
    for word in words:
        if turns and turns[-1][-1].speaker == word.speaker:
            turns[-1].append(word)
        else:
            turns.append([word])
    return [Turn(part[0].speaker, " ".join(word.text for word in part), part[0].start, part[-1].end) for part in turns]
