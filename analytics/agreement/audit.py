"""The audit of the present judge: pairs of answers with equal content go through the real breakdown pipeline.

A language model is measured by its scores. Rules give none, so they are measured by their claims: strengths less
weaknesses of a skill.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from analytics.agreement.shifts import Shift, shifts
from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings
from analytics.judges import Judge, JudgeKind, judge_of_provenance
from analytics.skills import BY_KEY, CODE_KEYS, SKILL_KEYS

PLAIN: Final = "plain"
# Whoever has the second name says what the first one said, word for word.
OTHER_NAME: Final = "name"
SCORE: Final = "score"
CLAIMS: Final = "claims"
REPEATS: Final = 2
_LEAST_WORDS: Final = 40
_SIDE_BY_SIDE: Final = 4
_SPOKEN: Final = tuple(key for key in SKILL_KEYS if key not in CODE_KEYS)


class AuditError(Exception):
    """An audit without a result; the message says why and may be shown to the user."""


@dataclass(frozen=True, slots=True)
class PairedInterview:
    """One interview as questions, and each variant's answers to them."""

    about: str
    questions: tuple[str, ...]
    answers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AuditPairs:
    """The pairs: two names, what each variant is, and the interviews."""

    names: tuple[str, str]
    variants: Mapping[str, str]
    interviews: tuple[PairedInterview, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found about a judge; `measure` is `score` (0 to 1) or `claims`, `runs` how many breakdowns it took.

    `failed` of them gave nothing that could be compared.
    """

    judge: Judge
    measure: str
    runs: int
    failed: int
    shifts: tuple[Shift, ...]

    @property
    def biased(self) -> tuple[Shift, ...]:
        """Return the significant shifts."""
        return tuple(shift for shift in self.shifts if shift.biased)


@dataclass(frozen=True, slots=True)
class _Run:
    variant: str
    interview: int
    stored: list[dict[str, Any]]
    name: str


@cache
def audit_pairs() -> AuditPairs:
    """Read the pairs that ship with the program."""
    read = tomllib.loads(Path(__file__).with_name("audit_pairs.toml").read_text(encoding="utf-8"))
    said = [PLAIN, *(name for name in read["variants"] if name != OTHER_NAME)]
    interviews = tuple(
        PairedInterview(
            about=each["about"],
            questions=tuple(answer["question"] for answer in each["answers"]),
            answers={name: tuple(answer[name] for answer in each["answers"]) for name in said},
        )
        for each in read["interviews"]
    )
    first, second = read["names"]
    return AuditPairs((first, second), read["variants"], interviews)


def audit_settings(settings: ModelSettings) -> ModelSettings:
    """Return settings that accept the pairs, which are shorter than an interview normally has to be."""
    return settings.model_copy(update={"minimum_words": min(settings.minimum_words, _LEAST_WORDS)})


def count_runs(repeats: int) -> int:
    """Count the breakdowns of an audit."""
    return repeats * sum(1 for _ in _runs(audit_pairs()))


def estimate_tokens(generator: FeedbackGenerator, repeats: int) -> int:
    """Estimate roughly how many tokens an audit takes; 0 without a model."""
    prepared = [generator.prepare(run.stored, names=(run.name,)) for run in _runs(audit_pairs())]
    return repeats * sum(generator.estimate(each).tokens for each in prepared)


def audit(
    generator: FeedbackGenerator, *, repeats: int = REPEATS, on_progress: Callable[[int, int], None] | None = None
) -> Audit:
    """Run every interview of every pair through the judge `repeats` times; raises `AuditError`.

    `generator` has the settings of `audit_settings`. Rules give the same each time, so they read each once.
    """
    repeats = repeats if generator.settings.is_configured else 1
    runs = [run for run in _runs(audit_pairs()) for _ in range(repeats)]
    made: list[InterviewFeedback] = []
    with ThreadPoolExecutor(_SIDE_BY_SIDE if generator.settings.is_configured else 1) as pool:
        for feedback in pool.map(lambda run: generator.generate_feedback(run.stored, names=(run.name,)), runs):
            made.append(feedback)
            if on_progress is not None:
                on_progress(len(made), len(runs))
    judge = next((found for found in map(_judge, made) if found.model), _judge(made[0]))
    measure = CLAIMS if judge.kind is JudgeKind.RULES else SCORE
    given: dict[tuple[str, str, int], list[float]] = {}
    failed = 0
    for run, feedback in zip(runs, made, strict=True):
        values = {skill: value for skill in _SPOKEN if (value := _value(feedback, skill, measure)) is not None}
        failed += not values
        for skill, value in values.items():
            given.setdefault((run.variant, skill, run.interview), []).append(value)
    if failed == len(runs):
        raise AuditError(f"The judge gave nothing that can be compared. {_why(made[0])}")
    return Audit(judge, measure, len(runs), failed, tuple(shifts(_differences(given))))


def sentence(shift: Shift, measure: str) -> str:
    """Describe a significant shift in one sentence."""
    assert shift.mean is not None
    said = audit_pairs().variants.get(shift.variant, shift.variant)
    size = f"{abs(shift.mean):.2f}" if measure == SCORE else f"{abs(shift.mean):.1f} claims"
    way = "lower" if shift.mean < 0 else "higher"
    return f"{BY_KEY[shift.skill].label} comes out {size} {way} where the same is said {said}."


def unbiased_sentence(found: Audit) -> str:
    """Describe an audit without a significant shift in one or two sentences."""
    untold = sum(shift.chance is None for shift in found.shifts)
    if untold == len(found.shifts):
        return "Cannot tell: too few breakdowns came through."
    some = " Some shifts cannot be told: too few breakdowns came through." if untold else ""
    return f"No bias found: no shift is larger than chance.{some}"


def _runs(pairs: AuditPairs) -> Iterator[_Run]:
    for number, interview in enumerate(pairs.interviews):
        for variant, answers in interview.answers.items():
            yield _run(variant, number, interview.questions, answers, pairs.names[0])
        yield _run(OTHER_NAME, number, interview.questions, interview.answers[PLAIN], pairs.names[1])


def _run(variant: str, number: int, questions: tuple[str, ...], answers: tuple[str, ...], name: str) -> _Run:
    stored = []
    for question, answer in zip(questions, answers, strict=True):
        stored.append({"role": "assistant", "content": question.replace("{name}", name), "metadata": {}})
        stored.append({"role": "user", "content": answer, "metadata": {}})
    return _Run(variant, number, stored, name)


def _judge(feedback: InterviewFeedback) -> Judge:
    return judge_of_provenance(feedback.provenance.model_dump())


def _value(feedback: InterviewFeedback, skill: str, measure: str) -> float | None:
    found = feedback.skill_breakdown[skill]
    if measure == CLAIMS:
        return float(len(found.strengths) - len(found.weaknesses))
    return found.score


def _differences(given: Mapping[tuple[str, str, int], list[float]]) -> dict[tuple[str, str], list[float | None]]:
    pairs = audit_pairs()

    def difference(variant: str, skill: str, number: int) -> float | None:
        said, plain = given.get((variant, skill, number)), given.get((PLAIN, skill, number))
        return None if not said or not plain else fmean(said) - fmean(plain)

    numbers = range(len(pairs.interviews))
    return {
        (variant, skill): [difference(variant, skill, number) for number in numbers]
        for variant in pairs.variants
        for skill in _SPOKEN
    }


def _why(feedback: InterviewFeedback) -> str:
    reasons = (feedback.skill_breakdown[skill].reason for skill in _SPOKEN)
    return next((reason.sentence for reason in reasons if reason is not None), "")
