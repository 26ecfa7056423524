"""Reads an interview's conversation into turns, however damaged: the only reader of `conversation_history`.

What InterviewLab writes, and how it is read:

* Messages have a role (`user` is the candidate), content, and often a timestamp. Its own checkpoints, messages of the
  role `system`, are no part of the conversation. Its voice path stores the whole history again with every turn, so
  messages with equal role, content and timestamp are one.
* Submitted code stands in `metadata.code` of a message of the type `code_review`, and since 2026 only in
  `resume_context._sandbox.submissions`. A review without code is a turn and no submission; the same code twice is one
  submission. Where no code was submitted at all, what the candidate put between fences in a message is.
* Interviews that somebody added name who spoke in `metadata.speaker`. Some rows were encoded twice: JSON in JSON.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from analytics.interviewlab.feedback import number, points, written
from analytics.interviewlab.fenced import fenced_code

SANDBOX: Final = "_sandbox"
# Code of nothing else is none; the triggers of `analytics.scores` know the same characters.
BLANK: Final = " \t\n\v\f\r"
_CHECKPOINT: Final = "CHECKPOINT"
_LONGEST_NAME: Final = 80
# The weakness InterviewLab stores, beside a quality of 0.5, when it could not review the code.
REVIEW_FAILURE: Final = "Unable to analyze code quality"
REVIEW_FAILURE_QUALITY: Final = 0.5


class Speaker(StrEnum):
    """The speaker of a turn."""

    CANDIDATE = "candidate"
    INTERVIEWER = "interviewer"


_SPEAKERS: Final = {"user": Speaker.CANDIDATE, "assistant": Speaker.INTERVIEWER}


@dataclass(frozen=True, slots=True)
class CodeSubmission:
    """Submitted code, the result of running it, and InterviewLab's review; `quality` is 0 to 1."""

    code: str
    language: str = ""
    result: str = ""
    quality: float | None = None
    strengths: tuple[str, ...] = ()
    weaknesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; `message` is its index in the stored list, or comes after the last one for code stored elsewhere.

    `reviewed` tells that InterviewLab reviewed code here, also where the code itself is not stored. `name` is who spoke
    in an interview that somebody added; the platform's own messages name nobody.
    """

    message: int
    speaker: Speaker
    said: str
    submission: CodeSubmission | None = None
    at: datetime | None = None
    reviewed: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The readable turns, and how many messages were unreadable and how many are stored."""

    turns: tuple[Turn, ...] = ()
    skipped: int = 0
    messages: int = 0

    @property
    def submission_turns(self) -> tuple[Turn, ...]:
        """Return the turn in which each submission first appeared, in order."""
        first: dict[int, Turn] = {}
        for turn in self.turns:
            if turn.submission is not None:
                first.setdefault(id(turn.submission), turn)
        return tuple(first.values())

    @property
    def reviews_without_code(self) -> int:
        """Count the code reviews whose code is not stored."""
        return sum(turn.reviewed and turn.submission is None for turn in self.turns)

    @property
    def submissions(self) -> tuple[CodeSubmission, ...]:
        """Return the code submissions in order."""
        return tuple(turn.submission for turn in self.submission_turns if turn.submission is not None)


def read_conversation(history: object, resume_context: object = None) -> Conversation:
    """Read a stored conversation, with the code from the sandbox in its `resume_context`.

    Never raises. What is not a list gives no turns and counts as one message skipped, unless it is null; a message
    without one of the two roles or with nothing to show is skipped and counted. A `Conversation` is given back as it
    is.
    """
    if isinstance(history, Conversation):
        return history
    messages = _messages(history)
    turns: list[Turn] = []
    seen: set[tuple[object, ...]] = set()
    submissions: dict[str, CodeSubmission] = {}
    skipped = 0
    for index, message in enumerate(messages):
        if is_checkpoint(message) or _is_repeated(message, seen):
            continue
        turn = _turn(index, message, submissions)
        if turn is None:
            skipped += 1
        else:
            turns.append(turn)
    placed = _with_sandbox(turns, len(messages), resume_context, submissions)
    if not submissions:
        placed = tuple(
            replace(turn, submission=_submission(fenced_code(turn.said), submissions))
            if turn.speaker is Speaker.CANDIDATE and "```" in turn.said
            else turn
            for turn in placed
        )
    return Conversation(placed, skipped, len(messages))


def without_sandbox(resume_context: object) -> object:
    """Return a resume context without the editor's state."""
    resume_context = _decode(resume_context)
    if not isinstance(resume_context, Mapping):
        return resume_context
    return {key: value for key, value in resume_context.items() if key != SANDBOX}


def with_submissions(resume_context: object, submissions: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return a resume context with further code submissions in its sandbox."""
    context = _decode(resume_context)
    if not isinstance(context, Mapping):
        context = {} if context is None else {"profile": context}
    entries = [*_sandbox(context), *(dict(submission) for submission in submissions)]
    return {**context, SANDBOX: {"submissions": entries}}


def _messages(history: object) -> list[object]:
    decoded = _decode(history)
    if isinstance(decoded, list):
        return decoded
    return [] if decoded is None else [None]


def _decode(stored: object) -> object:
    try:
        return json.loads(stored) if isinstance(stored, str) else stored
    except (ValueError, RecursionError):
        return stored


def is_checkpoint(message: object) -> bool:
    """Return whether a message is one of InterviewLab's own checkpoints, which nobody said."""
    if not isinstance(message, dict) or message.get("role") != "system":
        return False
    content = message.get("content")
    return isinstance(content, str) and content.startswith(_CHECKPOINT)


def _is_repeated(message: object, seen: set[tuple[object, ...]]) -> bool:
    if not isinstance(message, dict):
        return False
    # Without a timestamp the same words may well have been said twice.
    identity = tuple(message.get(name) for name in ("role", "content", "timestamp"))
    if not all(isinstance(part, str) and part for part in identity):
        return False
    if identity in seen:
        return True
    seen.add(identity)
    return False


def _turn(index: int, message: object, submissions: dict[str, CodeSubmission]) -> Turn | None:
    if not isinstance(message, dict):
        return None
    role = message.get("role")
    speaker = _SPEAKERS.get(role) if isinstance(role, str) else None
    if speaker is None:
        return None
    content = message.get("content")
    text = content if isinstance(content, str) else ""
    metadata = message.get("metadata")
    reviewed = isinstance(metadata, dict) and metadata.get("type") == "code_review"
    submission = _submission(metadata, submissions) if reviewed else None
    if not text.strip() and submission is None:
        return None
    name = metadata.get("speaker") if isinstance(metadata, dict) else None
    return Turn(
        index,
        speaker,
        text,
        submission,
        _moment(message.get("timestamp")),
        reviewed,
        name[:_LONGEST_NAME].strip() if isinstance(name, str) else "",
    )


def _submission(stored: object, submissions: dict[str, CodeSubmission]) -> CodeSubmission | None:
    """Read code and its review; None without code, and the earlier submission where the same code came in before."""
    code = stored.get("code") if isinstance(stored, dict) else None
    if not isinstance(stored, dict) or not isinstance(code, str) or not code.strip(BLANK):
        return None
    language, review = stored.get("language"), stored.get("code_quality")
    quality, strengths, weaknesses = _review(review if isinstance(review, dict) else {})
    submission = CodeSubmission(
        code=code,
        language=language if isinstance(language, str) else "",
        result=_result(stored.get("execution_result")),
        quality=quality,
        strengths=strengths,
        weaknesses=weaknesses,
    )
    return submissions.setdefault(_comparable(code), submission)


def _review(review: Mapping[str, object]) -> tuple[float | None, tuple[str, ...], tuple[str, ...]]:
    quality, weaknesses = number(review.get("quality_score")), points(review.get("weaknesses"))
    if quality == REVIEW_FAILURE_QUALITY and any(weakness.startswith(REVIEW_FAILURE) for weakness in weaknesses):
        return None, (), ()
    return quality, points(review.get("strengths")), weaknesses


def _comparable(code: str) -> str:
    return "\n".join(line.rstrip() for line in code.strip().splitlines())


def _result(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return ""
    texts = {key: written(entry) for key, entry in value.items() if isinstance(key, str)}
    return "; ".join(f"{key}: {text}" for key, text in texts.items() if text)


def _with_sandbox(
    turns: Sequence[Turn], messages: int, resume_context: object, submissions: dict[str, CodeSubmission]
) -> tuple[Turn, ...]:
    """Put the sandbox's submissions where they were discussed, which is the interviewer's next message.

    One without a time, or with nothing said after it, becomes a turn of its own at the end.
    """
    placed = list(turns)
    reviews = [
        (turn.at, place)
        for place, turn in enumerate(turns)
        if turn.at is not None and turn.speaker is Speaker.INTERVIEWER and turn.submission is None
    ]
    times = [at for at, _place in reviews]
    free = 0
    for stored in _sandbox(resume_context):
        known = len(submissions)
        submission = _submission(stored, submissions)
        if submission is None or len(submissions) == known:
            continue
        at = _moment(stored.get("timestamp"))
        review = len(reviews) if at is None else bisect_left(times, at, lo=free)
        if review < len(reviews):
            place = reviews[review][1]
            placed[place] = replace(placed[place], submission=submission)
            free = review + 1
        else:
            placed.append(Turn(messages, Speaker.CANDIDATE, "", submission, at))
            messages += 1
    return tuple(placed)


def _sandbox(resume_context: object) -> list[dict[str, object]]:
    context = _decode(resume_context)
    sandbox = context.get(SANDBOX) if isinstance(context, dict) else None
    stored = sandbox.get("submissions") if isinstance(sandbox, dict) else None
    return [entry for entry in stored if isinstance(entry, dict)] if isinstance(stored, list) else []


def _moment(stored: object) -> datetime | None:
    """Read a timestamp; InterviewLab writes UTC without saying so."""
    if not isinstance(stored, str):
        return None
    try:
        moment = datetime.fromisoformat(stored)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
