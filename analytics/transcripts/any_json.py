"""Reads JSON, and tables, by what their fields are called: whoever wrote them, a part has a text and a speaker."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from analytics.transcripts.json_turns import MILLISECONDS, name_of, storable
from analytics.transcripts.model import Turn
from analytics.transcripts.times import number

_TEXTS: Final = (
    "text", "said", "content", "transcript", "utterance", "sentence", "message", "raw_text", "spokentext", "body",
    "caption",
)  # fmt: skip
_WORDS: Final = ("punctuated_word", "word", "value")
_PIECES: Final = ("sentences", "elements", "words", "tokens")
_SPEAKERS: Final = (
    "user_profile", "speaker_name", "speakername", "name", "speaker", "speaker_label", "speaker_id", "speakerid",
    "speaker_model_label", "participant", "from", "sender", "author", "username", "user_name", "user", "role",
)  # fmt: skip
_NAMES: Final = ("name", "display_name", "displayname", "real_name", "full_name", "label", "id")
_STARTS: Final = ("at", "start", "start_time", "starttime", "begin", "start_sec", "data_start", "ts", "time")
_ENDS: Final = ("end", "end_time", "endtime", "end_sec", "data_end", "end_ts")
_IN_MILLISECONDS: Final = (("start_ms", "end_ms"), ("startms", "endms"), ("start_time_ms", "end_time_ms"))
_DEEPEST: Final = 12
_MOST_PARTS: Final = 200_000
# Nobody speaks so slowly: whole numbers that say so count milliseconds.
_FEWEST_WORDS_A_SECOND: Final = 0.01
_BEFORE_MARK: Final = re.compile(r" (?=[.,?!;:…]+(?:\s|$))")
_Part = Mapping[str, Any]


def read_any(document: Any) -> list[Turn] | None:
    """Read the list in which speakers are named most often, and then most is said; None without one."""
    best = max(_conversations(document), key=_weigh, default=None)
    return None if best is None else turns_of_parts(best)


def could_be_parts(fields: Collection[str]) -> bool:
    """Return whether parts with these fields, in small letters, say who speaks and what."""
    return not set(_TEXTS).isdisjoint(fields) and not set(_SPEAKERS).isdisjoint(fields)


def turns_of_parts(parts: Sequence[_Part]) -> list[Turn]:
    """Build turns from parts whose fields are in small letters; questions with answers are two turns each."""
    if all(isinstance(part.get("question"), str) and isinstance(part.get("answer"), str) for part in parts):
        return [Turn(name, part[field]) for part in parts for name, field in (("Q", "question"), ("A", "answer"))]
    said = [part for part in parts if not _is_checkpoint(part)]
    turns = [Turn(_speaker(part), storable(_text(part)), *_times(part)) for part in said]
    if all(" " not in turn.text.strip() for turn in turns):
        turns = _joined_words(turns)
    return _in_seconds([replace(turn, text=turn.text.strip()) for turn in turns if turn.text.strip()])


def _conversations(value: Any, depth: int = 0) -> Iterator[list[_Part]]:
    """Yield the lists of objects that hold texts; what stands within the parts of a conversation is no other one."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _conversations(inner, depth + 1)
    elif isinstance(value, list) and len(value) <= _MOST_PARTS:
        parts: list[_Part] = [_lowered(part) for part in value if isinstance(part, Mapping)]
        if any(map(_text, parts)) or any("question" in part for part in parts):
            yield parts
        if not _named(parts):
            for inner in value:
                yield from _conversations(inner, depth + 1)


def _weigh(parts: Sequence[_Part]) -> tuple[int, int]:
    return _named(parts), sum(map(len, map(_text, parts)))


def _is_checkpoint(part: _Part) -> bool:
    """Return whether a part is InterviewLab's own note, which nobody said."""
    return part.get("role") == "system" and str(part.get("content")).startswith("CHECKPOINT")


def _named(parts: Sequence[_Part]) -> int:
    return sum(_speaker(part) is not None and bool(_text(part)) for part in parts)


def _lowered(part: _Part) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in part.items()}


def _text(part: _Part) -> str:
    for name in _TEXTS:
        if said := _written(part.get(name)):
            return said + _code(part)
    for name in _PIECES:
        if said := _written(part.get(name)):
            return said + _code(part)
    return _code(part).lstrip()


def _written(value: Any) -> str:
    """Return a text, or a list of texts and of objects with one, as messages of several parts have it, joined."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    pieces = [piece if isinstance(piece, str) else _piece(piece) for piece in value]
    return _join([piece for piece in pieces if piece])


def _piece(piece: Any) -> str:
    if not isinstance(piece, Mapping) or piece.get("type") == "thinking":
        return ""
    fields = _lowered(piece)
    return next((said for name in (*_TEXTS, *_WORDS) if isinstance(said := fields.get(name), str) and said), "")


def _join(pieces: Sequence[str]) -> str:
    """Join words, which bring their spaces along or have none."""
    if any(piece != piece.strip() for piece in pieces):
        return "".join(pieces)
    return _BEFORE_MARK.sub("", " ".join(pieces))


def _code(part: _Part) -> str:
    """Return code that stands beside what is said, between fences as in a message, so that it is not lost."""
    for place in (part.get("code"), part.get("metadata")):
        fields: _Part = place if isinstance(place, Mapping) else {}
        code, language = fields.get("code"), fields.get("language")
        if isinstance(code, str) and code.strip():
            return f"\n```{language if isinstance(language, str) else ''}\n{code.rstrip()}\n```"
    return ""


def _speaker(part: _Part) -> str | None:
    for name in _SPEAKERS:
        value: Any = part.get(name)
        if isinstance(value, Mapping):
            inner = _lowered(value)
            value = next((inner[key] for key in _NAMES if inner.get(key) not in (None, "")), None)
        if isinstance(value, str) and value.startswith("conferenceRecords/"):
            # Google Meet names people, and its own entries, by an address.
            value = value.rpartition("/")[2] if name == "participant" else None
        if (speaker := name_of(value)) is not None:
            return speaker
    return None


def _times(part: _Part) -> tuple[float | None, float | None]:
    for begins, ends in _IN_MILLISECONDS:
        if begins in part:
            return number(part[begins], MILLISECONDS), number(part.get(ends), MILLISECONDS)
    both = part.get("timestamps", part.get("timestamp"))
    if isinstance(both, Mapping):
        return number(both.get("from")), number(both.get("to"))
    if isinstance(both, list) and len(both) == 2:
        return number(both[0]), number(both[1])
    start, end = (next((part[name] for name in names if name in part), None) for names in (_STARTS, _ENDS))
    if start is None and (pieces := next((part[name] for name in (*_PIECES, "instances") if part.get(name)), None)):
        timed = [_times(_lowered(piece)) for piece in pieces if isinstance(piece, Mapping)]
        known = [times for times in timed if times[0] is not None]
        return (known[0][0], known[-1][1]) if known else (None, None)
    return number(both if start is None else start), number(end)


def _joined_words(words: Sequence[Turn]) -> list[Turn]:
    """Join the words of one speaker, each of which is a part of its own."""
    runs: list[list[Turn]] = []
    for word in words:
        if runs and runs[-1][-1].speaker == word.speaker:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [Turn(run[0].speaker, _join([word.text for word in run]), run[0].start, run[-1].end) for run in runs]


def _in_seconds(turns: list[Turn]) -> list[Turn]:
    times = [at for turn in turns for at in (turn.start, turn.end) if at is not None]
    words = sum(len(turn.text.split()) for turn in turns)
    if not times or any(at % 1 for at in times) or words >= _FEWEST_WORDS_A_SECOND * (max(times) - min(times)):
        return turns
    return [
        Turn(turn.speaker, turn.text, *(at if at is None else at * MILLISECONDS for at in (turn.start, turn.end)))
        for turn in turns
    ]
