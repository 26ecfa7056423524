"""Readers for the JSON of Speechmatics, Azure, Google and AWS Call Analytics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from analytics.transcripts.json_turns import MILLISECONDS, Read, join_words, name_of, speaker_on, turn_of
from analytics.transcripts.model import Turn
from analytics.transcripts.times import number

_TICKS: Final = 1e-7
# What Speechmatics calls whoever it cannot tell.
_UNIDENTIFIED: Final = "UU"


def _speechmatics(document: Any) -> list[Turn] | None:
    words: list[Turn] = []
    for part in document["results"]:
        best = part["alternatives"][0]
        if part.get("attaches_to") == "previous" and words:
            words[-1] = replace(words[-1], text=words[-1].text + best["content"])
            continue
        speaker = best.get("speaker", part.get("channel"))
        words.append(turn_of(part, speaker=None if speaker == _UNIDENTIFIED else speaker, text=best["content"]))
    return join_words(words)


def _azure(document: Any) -> list[Turn] | None:
    if parts := document.get("phrases"):
        return _azure_turns(parts, [part["text"] for part in parts], "Milliseconds", MILLISECONDS)
    parts = [part for part in document["recognizedPhrases"] if part.get("nBest")]
    turns = _azure_turns(parts, [part["nBest"][0]["display"] for part in parts], "InTicks", _TICKS)
    # They come one channel after the other.
    return sorted(turns, key=lambda turn: turn.start or 0)


def _azure_turns(parts: Sequence[Mapping[str, Any]], texts: Sequence[str], unit: str, scale: float) -> list[Turn]:
    several = len({part.get("channel") for part in parts}) > 1
    return [
        turn_of(
            part,
            speaker=speaker_on(part, part.get("channel"), several),
            text=text,
            start=part[f"offset{unit}"],
            end=part[f"offset{unit}"] + part[f"duration{unit}"],
            scale=scale,
        )
        for part, text in zip(parts, texts, strict=True)
    ]


def _google(document: Any) -> list[Turn] | None:
    results = [result["alternatives"][0].get("words", ()) for result in document["results"]]
    words = [word for result in results for word in result if _google_speaker(word)]
    others = [word["word"] for result in results for word in result if not _google_speaker(word)]
    # The last result repeats the words of all others, with who says them.
    if others and others != [word["word"] for word in words]:
        return None
    return join_words(
        [
            Turn(name_of(_google_speaker(word)), word["word"], _google_time(word, "start"), _google_time(word, "end"))
            for word in words
        ]
    )


def _google_speaker(word: Mapping[str, Any]) -> Any:
    return word.get("speakerLabel") or word.get("speakerTag")


def _google_time(word: Mapping[str, Any], name: str) -> float | None:
    return number(str(word.get(f"{name}Offset", word.get(f"{name}Time"))).removesuffix("s"))


def _call_analytics(document: Any) -> list[Turn] | None:
    return [
        turn_of(
            part,
            speaker=part["ParticipantRole"].capitalize(),
            text=part["Content"],
            start=part["BeginOffsetMillis"],
            end=part["EndOffsetMillis"],
            scale=MILLISECONDS,
        )
        for part in document["Transcript"]
    ]


CLOUD_READERS: Final[tuple[tuple[str, Read], ...]] = (
    ("Speechmatics", _speechmatics),
    ("Google Speech-to-Text", _google),
    ("Azure Speech", _azure),
    ("AWS Transcribe", _call_analytics),
)
