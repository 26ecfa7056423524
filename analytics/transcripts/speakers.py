"""The speakers of a transcript: the table to choose the candidate from, and contradictions to a choice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from analytics.transcripts.model import Transcript, Turn, join_turns

_WORD: Final = re.compile(r"\w+")
_FIRST_WORDS: Final = 12
_MOSTLY: Final = 0.7
_GREETINGS: Final = (
    "hi|hi there|hello|hello there|hey|welcome|thanks|thank you|good (?:morning|afternoon|evening)|"
    "(?:nice|good|great|lovely|pleased) to (?:meet|see|have) you|hallo|guten tag|bonjour|hola|ciao"
)
_ASKING_ROLES: Final = frozenset("interviewer recruiter q coach moderator host assistant agent".split())
_ANSWERING_ROLES: Final = frozenset("candidate interviewee applicant a user".split())


@dataclass(frozen=True, slots=True)
class Speaker:
    """One row of the table; `asking` is the share (0 to 1) of the speaker's turns that hold a question."""

    name: str
    turns: int
    words: int
    asking: float
    first_words: str


def speaker_table(transcript: Transcript) -> list[Speaker]:
    """List the speakers in order of their first turn, without turns that have no speaker."""
    said: dict[str, list[str]] = {}
    for turn in transcript.turns:
        if turn.speaker is not None:
            said.setdefault(turn.speaker, []).append(turn.text)
    rows = []
    for name, texts in said.items():
        words = texts[0].split()
        rows.append(
            Speaker(
                name=name,
                turns=len(texts),
                words=sum(len(_WORD.findall(text)) for text in texts),
                asking=sum(_asks(text) for text in texts) / len(texts),
                first_words=" ".join(words[:_FIRST_WORDS]) + (" …" if len(words) > _FIRST_WORDS else ""),
            )
        )
    return rows


def propose_candidate(transcript: Transcript, person: str = "") -> str | None:
    """Propose the candidate, for a person to confirm; None if nothing points to anybody.

    A role in the label or the person's own name decides; else whoever asks least, where that is clear, and says most.
    """
    rows = speaker_table(transcript)
    for row in rows:
        if row.name.casefold() in _ANSWERING_ROLES or (person and _same_person(row.name, person)):
            return row.name
    rows = [row for row in rows if row.name.casefold() not in _ASKING_ROLES]
    if len(rows) == 1:
        return rows[0].name
    by_asking = sorted(rows, key=lambda row: (row.asking, -row.words))
    if (
        len(by_asking) < 2
        or by_asking[1].asking - by_asking[0].asking < 0.2
        or by_asking[0].words < by_asking[1].words / 2
    ):
        return None
    return by_asking[0].name


def contradictions(transcript: Transcript, candidate: str, person: str = "") -> list[str]:
    """List what in the conversation contradicts the chosen candidate, one sentence each."""
    own = _first_name(person or candidate)
    others = {_first_name(name) for name in transcript.speakers if name != candidate} - {""}
    sentences = []
    for turn in transcript.turns[:40]:
        greeting = turn.text[:200]
        if turn.speaker != candidate or not own:
            continue
        if re.search(rf"\b(?:{_GREETINGS})[, ]{{1,3}}{re.escape(own)}\b", greeting, re.IGNORECASE):
            sentences.append(
                f"“{candidate}” greets {own}, who is meant to be the same person. The speakers may be swapped."
            )
            break
    for turn in transcript.turns[:40]:
        introduced = re.search(
            r"\b(?:i'm|i am|my name is|this is)\s{1,3}([\w'’-]{2,40})", turn.text[:300], re.IGNORECASE
        )
        if introduced is None:
            continue
        name = introduced.group(1)
        if turn.speaker == candidate and name.casefold() in {other.casefold() for other in others}:
            sentences.append(
                f"“{candidate}” says “I'm {name}”, which is the name of another speaker. The speakers may be swapped."
            )
            break
        if turn.speaker != candidate and own and name.casefold() == own.casefold():
            sentences.append(
                f"“{turn.speaker}” says “I'm {name}”, which is the candidate's name. The speakers may be swapped."
            )
            break
    rows = {row.name: row for row in speaker_table(transcript)}
    row = rows.get(candidate)
    asked = {name: other.asking * other.turns for name, other in rows.items()}
    if row is not None and row.turns >= 3 and asked[candidate] >= _MOSTLY * max(sum(asked.values()), 1):
        sentences.append(f"“{candidate}” asks nearly all the questions. Check that this is the candidate.")
    return sentences


def rename_speakers(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """Rename speakers; those given the same name are merged, and neighbouring turns of one speaker joined."""
    turns = [
        turn if turn.speaker is None else replace(turn, speaker=names.get(turn.speaker, turn.speaker))
        for turn in transcript.turns
    ]
    return replace(transcript, turns=join_turns(turns))


def swap_speakers(transcript: Transcript, first: str, second: str) -> Transcript:
    """Swap two speakers throughout."""
    return rename_speakers(transcript, {first: second, second: first})


def reassign_turn(transcript: Transcript, position: int, speaker: str | None) -> Transcript:
    """Assign one turn, counted from 0, to another speaker; raises `IndexError` if there is no such turn."""
    turns: list[Turn] = list(transcript.turns)
    turns[position] = replace(turns[position], speaker=speaker)
    return replace(transcript, turns=tuple(turns))


def _asks(text: str) -> bool:
    return any(mark in text for mark in "?？؟")


def _first_name(name: str) -> str:
    words = _WORD.findall(name)
    return (
        words[0]
        if words
        and len(words[0]) > 1
        and not words[0].isdigit()
        and words[0].casefold() not in (_ASKING_ROLES | _ANSWERING_ROLES | {"speaker"})
        else ""
    )


def _same_person(label: str, person: str) -> bool:
    label_words, person_words = set(label.casefold().split()), set(person.casefold().split())
    return bool(label_words) and (label_words <= person_words or person_words <= label_words)
