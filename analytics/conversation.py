"""An interview's conversation, however damaged, as turns that can be shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from analytics.feedback import number, points, text


class Speaker(StrEnum):
    """Who said a turn."""

    CANDIDATE = "candidate"
    INTERVIEWER = "interviewer"


@dataclass(frozen=True, slots=True)
class CodeSubmission:
    """Code the candidate handed in, and what the platform found about it."""

    code: str
    language: str
    quality: float | None
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; `message` is its index in the stored list."""

    message: int
    speaker: Speaker
    said: str
    submission: CodeSubmission | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns that could be read, and how many messages could not."""

    turns: tuple[Turn, ...] = ()
    skipped: int = 0

    @property
    def submissions(self) -> tuple[CodeSubmission, ...]:
        """Give the code submissions in order."""
        return tuple(turn.submission for turn in self.turns if turn.submission)


def read_conversation(raw: object) -> Conversation:
    """Read a stored conversation.

    Never raises. What is not a list gives no turns and counts as one message skipped, unless it is empty or null; a
    message without a known role or with nothing to show is skipped and counted.
    """
    if raw is None:
        return Conversation()
    if not isinstance(raw, list):
        return Conversation(skipped=1)
    turns = [_turn(index, message) for index, message in enumerate(raw)]
    return Conversation(
        turns=tuple(turn for turn in turns if turn is not None), skipped=sum(turn is None for turn in turns)
    )


def _turn(index: int, message: object) -> Turn | None:
    if not isinstance(message, dict):
        return None
    speaker = {"user": Speaker.CANDIDATE, "assistant": Speaker.INTERVIEWER}.get(str(message.get("role")))
    said = message.get("content")
    submission = _submission(message.get("metadata"))
    if speaker is None or (not (isinstance(said, str) and said.strip()) and submission is None):
        return None
    return Turn(index, speaker, said if isinstance(said, str) else "", submission)


def _submission(metadata: object) -> CodeSubmission | None:
    if not isinstance(metadata, dict) or metadata.get("type") != "code_review":
        return None
    quality = metadata.get("code_quality")
    found = quality if isinstance(quality, dict) else {}
    code = metadata.get("code")
    return CodeSubmission(
        code=code if isinstance(code, str) else "",
        language=text(metadata.get("language")).lower(),
        quality=number(found.get("quality_score")),
        strengths=points(found.get("strengths")),
        weaknesses=points(found.get("weaknesses")),
    )
