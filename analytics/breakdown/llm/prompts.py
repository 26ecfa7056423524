"""The prompts: rules and transcript first and identical in every call, the task last."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Final, Literal

from analytics.breakdown.assessment.answers import ANSWERS, schema_of
from analytics.breakdown.assessment.claims import DroppedClaim, VerifiedClaims
from analytics.breakdown.llm import texts
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.reading.habits import is_unpunctuated
from analytics.breakdown.reading.prepare import PreparedInterview, Row, answer_tokens
from analytics.breakdown.records import Record
from analytics.skills import BY_KEY, SKILLS

# The skill whose call is also asked for each question: whether answers address them is what it is about.
ASKED_ABOUT_QUESTIONS: Final = next((skill.key for skill in SKILLS if skill.evidence == "speech"), "")


class Call(Record):
    """One call to a model, not yet sent; `choices` is the number of answers wanted where a server supports it."""

    answer: Literal["points", "rating", "support"]
    instructions: str
    prompt: str
    most_tokens: int
    temperature: float
    cache_key: str
    choices: int = 1


def correction_call(call: Call, fault: str) -> Call:
    """Repeat a call, saying what was wrong with the answer; unchanged if nothing was."""
    return call.model_copy(update={"prompt": call.prompt + texts.CORRECTION.format(fault=fault)}) if fault else call


@cache
def prompt_hash() -> str:
    """Return the fingerprint of all that a model is told besides the interview and the rubric."""
    schemas = json.dumps([schema_of(kind) for kind in ANSWERS], sort_keys=True)
    return hashlib.sha256("\0".join((*texts.ALL, schemas)).encode()).hexdigest()


def points_call(prepared: PreparedInterview, skill: str, part: int, settings: ModelSettings) -> Call:
    """Ask for claims about a skill in one part of the interview."""
    return transcript_call("points", prepared, prepared.part(part), _points_task(prepared, skill, settings), settings)


def repair_call(prepared: PreparedInterview, skill: str, verified: VerifiedClaims, settings: ModelSettings) -> Call:
    """Ask again for the dropped points, saying what was wrong with each."""
    standing = [claim.text for claim in verified.of("weakness")]
    kinds = [entry.kind for entry in verified.dropped]
    task = _points_task(prepared, skill, settings) + texts.REPAIR.format(
        standing="\n".join(f"{number}. {text}" for number, text in enumerate(standing, 1)) or "(none)",
        dropped="\n".join(_describe_dropped(entry) for entry in verified.dropped),
        strengths=kinds.count("strength"),
        weaknesses=kinds.count("weakness"),
        recommendations=kinds.count("recommendation"),
        next=len(standing) + 1,
    )
    ids = [evidence for claim in verified.claims for evidence in claim.evidence]
    ids += [evidence for entry in verified.dropped for evidence in entry.ids]
    rows = prepared.rows if len(prepared.parts) == 1 else prepared.extract(ids, settings.token_budget // 2)
    return transcript_call("points", prepared, rows, task, settings)


def transcript_call(
    answer: Literal["points", "rating"],
    prepared: PreparedInterview,
    rows: Sequence[Row],
    task: str,
    settings: ModelSettings,
) -> Call:
    """Put a task after the transcript; all calls of a run share the prefix, so a server can cache it."""
    lines = [
        *(f"job | {sentence}" for sentence in prepared.job),
        *(f"resume | {fact}" for fact in prepared.facts),
        *(row.line for row in rows),
    ]
    fence = f"===== {prepared.boundary} ====="
    spoken = ["", texts.UNPUNCTUATED] if is_unpunctuated(prepared.transcript) else []
    most = answer_tokens(settings)
    return Call(
        answer=answer,
        instructions=texts.RULES.format(language=language_of(settings)),
        prompt="\n".join((fence, *lines, fence, "", task, *spoken)),
        most_tokens=most if answer == "points" else max(most // 3, 300),
        temperature=0.2 if answer == "points" else 1.0,
        cache_key=prepared.transcript_hash[:32],
    )


def language_of(settings: ModelSettings) -> str:
    """Return the language a breakdown is written in."""
    return "the language of the interview" if settings.language.casefold() == "interview" else settings.language


def post_line(prepared: PreparedInterview, settings: ModelSettings) -> str:
    """Describe what the post expects."""
    return settings.rubric.posts.get(prepared.post, "")


def _points_task(prepared: PreparedInterview, skill: str, settings: ModelSettings) -> str:
    rubric = settings.rubric.skills[skill]
    spoken = BY_KEY[skill].evidence != "code" and bool(prepared.questions)
    questions = spoken and skill == ASKED_ABOUT_QUESTIONS
    return texts.POINTS.format(
        label=BY_KEY[skill].label,
        looks_at=rubric.looks_at,
        leaves_out=rubric.leaves_out,
        post=post_line(prepared, settings),
        ids=texts.IDS_OF[BY_KEY[skill].evidence],
        more=(texts.SPOKEN if spoken else "") + (texts.QUESTIONS if questions else ""),
    )


def _describe_dropped(entry: DroppedClaim) -> str:
    cited = f" ({', '.join(entry.ids)})" if entry.ids else ""
    kind = entry.kind.replace("_", " ")
    return f"- {kind}{cited}: {json.dumps(entry.text, ensure_ascii=False)}: {entry.fault.advice}"
