"""Judges: the interview platform, a language model with its instructions, or a person.

Scores of two judges are no one series: judges differ by as much as people change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

PLATFORM: Final = "InterviewLab"
MODEL_ANALYST: Final = "language model"
RECORDED_ANALYST: Final = "recorded answers"
OFFLINE_ANALYST: Final = "offline analyst, no language model"
# What is stored of how a breakdown was made that tells judges apart, beside the analyst.
FINGERPRINTED: Final = ("host", "model", "asked", "prompt_hash", "rubric_hash")
_DIGITS: Final = 12
_LONGEST: Final = 255


class JudgeKind(StrEnum):
    """The kind of a judge."""

    PLATFORM = "platform"
    MODEL = "model"
    RULES = "rules"
    COACH = "coach"


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge; `prompt` and `rubric` are fingerprints of a model's instructions, otherwise empty.

    Equal judges have equal keys, in every database. A coach's `host` is empty, and `model` says who it is.
    """

    key: str
    kind: JudgeKind
    host: str = ""
    model: str = ""
    prompt: str = ""
    rubric: str = ""

    @property
    def label(self) -> str:
        """Return the name on screen; judges that differ only in their instructions share it."""
        if self.kind is JudgeKind.PLATFORM:
            return PLATFORM
        if self.kind is JudgeKind.RULES:
            return "Offline rules"
        if self.host:
            return f"{self.model or 'Language model'} at {self.host}"
        return self.model or ("Coach" if self.kind is JudgeKind.COACH else "Language model")


PLATFORM_JUDGE: Final = Judge("platform", JudgeKind.PLATFORM)


def judge_of(kind: JudgeKind, *, host: str = "", model: str = "", prompt: str = "", rubric: str = "") -> Judge:
    """Return the judge that these four values identify."""
    if kind is JudgeKind.PLATFORM:
        return PLATFORM_JUDGE
    host, model = host[:_LONGEST], model[:_LONGEST]
    digest = hashlib.sha256("\n".join((host, model, prompt, rubric)).encode()).hexdigest()
    return Judge(f"{kind}:{digest[:_DIGITS]}", kind, host, model, prompt, rubric)


def judge_of_provenance(provenance: Mapping[str, object]) -> Judge:
    """Return the judge of a breakdown from its stored provenance.

    The model is what its server called it, which names a dated one where the setting does not.
    """
    said = {name: str(provenance.get(name) or "") for name in FINGERPRINTED}
    analyst = provenance.get("analyst")
    if analyst == PLATFORM:
        return PLATFORM_JUDGE
    if analyst == OFFLINE_ANALYST:
        return judge_of(JudgeKind.RULES, rubric=said["rubric_hash"])
    model = "Recorded answers" if analyst == RECORDED_ANALYST else said["model"] or said["asked"]
    return judge_of(
        JudgeKind.MODEL, host=said["host"], model=model, prompt=said["prompt_hash"], rubric=said["rubric_hash"]
    )


def change_words(before: Judge, after: Judge) -> str:
    """Describe a change of judge as the end of a sentence: "scored by B, before by A"."""
    if before.label != after.label:
        return f"scored by {after.label}, before by {before.label}"
    changes = (("instructions", before.prompt != after.prompt), ("rubric", before.rubric != after.rubric))
    changed = " and ".join(name for name, differs in changes if differs)
    article = "a new" if changed == "rubric" else "new"
    return f"scored by {after.label} with {article} {changed or 'settings'}"


def names(judges: Mapping[str, Judge]) -> dict[str, str]:
    """Return a unique name for each judge by key, with the end of the key where labels are equal."""
    labels = [judge.label for judge in judges.values()]
    return {
        key: judge.label if labels.count(judge.label) == 1 else f"{judge.label} ({key[-6:]})"
        for key, judge in judges.items()
    }


# Beside an overall score whose skills were not all scored by the same judge.
SEVERAL: Final = "several judges"


class _Score(Protocol):
    @property
    def score(self) -> float | None: ...
    @property
    def judge(self) -> str: ...


def are_several(records: Iterable[_Score]) -> bool:
    """Return whether these records were scored by more than one judge."""
    return len({record.judge for record in records if record.score is not None}) > 1
