"""A conversation as InterviewLab stores it: timestamps, its own checkpoint at the end, and code where it keeps code."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, Final

from analytics.interviewlab.conversation import SANDBOX

Data = dict[str, Any]

# How long a message takes, counted in spoken words; code is typed, and much slower.
_PAUSE, _LINE_OF_CODE = 15, 12
# The last message stands before the end by this share of the interview, in which the feedback is written.
_FEEDBACK_SHARE: Final = 0.05


def stored_history(
    messages: Sequence[Data], started: datetime, completed: datetime, *, sandbox: bool = False
) -> tuple[list[Data], list[Data]]:
    """Return `conversation_history`, and the submissions that InterviewLab keeps in the sandbox instead.

    `messages` have role, content and, for code, metadata. Without `sandbox` the code stays on its message, as
    InterviewLab wrote until 2025. No messages give no history.
    """
    if not messages:
        return [], []
    history: list[Data] = []
    submissions: list[Data] = []
    for message, moment in zip(messages, _moments(messages, started, completed), strict=True):
        stored = {"role": message["role"], "content": message["content"], "timestamp": _timestamp(moment)}
        metadata = message.get("metadata")
        if metadata and sandbox:
            submission = {name: value for name, value in metadata.items() if name != "type"}
            submissions.append(submission | {"timestamp": stored["timestamp"]})
        elif metadata:
            stored["metadata"] = metadata
        history.append(stored)
    return [*history, _checkpoint(history)], submissions


def sandbox_of(submissions: Sequence[Data]) -> Data:
    """Return the entry of `resume_context` in which InterviewLab's editor keeps submitted code."""
    return {SANDBOX: {"is_active": False, "submissions": list(submissions)}}


def _moments(messages: Sequence[Data], started: datetime, completed: datetime) -> list[datetime]:
    """Spread messages over the interview: each comes once it has been said or typed."""
    lengths = list(accumulate(_length(message) for message in messages))
    span = (completed - started) * (1 - _FEEDBACK_SHARE)
    return [started + span * (length / lengths[-1]) for length in lengths]


def _length(message: Data) -> int:
    code = message.get("metadata", {}).get("code", "")
    return _PAUSE + len(message["content"].split()) + _LINE_OF_CODE * len(code.splitlines())


def _timestamp(moment: datetime) -> str:
    """Write a moment as InterviewLab does: UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def _checkpoint(history: Sequence[Data]) -> Data:
    """Make the message in which InterviewLab notes how far the interview has come."""
    text = "\n".join(message["content"] for message in history)
    name = str(uuid.uuid5(uuid.NAMESPACE_OID, text))
    turns = sum(message["role"] == "user" for message in history)
    return {
        "role": "system",
        "content": f"CHECKPOINT: {name}",
        "timestamp": history[-1]["timestamp"],
        "metadata": {"checkpoint_id": name, "state_snapshot": json.dumps({"turn_count": turns})},
    }
