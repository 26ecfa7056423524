"""The audit asks the judge's own pipeline: a judge that minds hedging is found out, the simple rules pass."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from threading import Lock

import pytest

from analytics.access.viewer import TRUSTED, NotAllowedError, Role, Viewer
from analytics.agreement import audits
from analytics.agreement.audit import (
    CLAIMS,
    SCORE,
    Audit,
    AuditError,
    audit,
    audit_pairs,
    audit_settings,
    count_runs,
    sentence,
    unbiased_sentence,
)
from analytics.agreement.shifts import shifts
from analytics.breakdown import FeedbackGenerator, ModelSettings, Outcome
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply
from analytics.database.sessions import reading, writing
from analytics.judges import JudgeKind, judge_of
from analytics.skills import SKILL_KEYS
from analytics.text import count_words
from tests.support.databases import Database
from tests.support.doubles import SETTINGS, Double
from tests.support.model_server import sensible_answer

HEDGES = re.compile(
    r"\b(?:I think|I guess|maybe|perhaps|sort of|kind of|probably|I suppose|I believe)\b", re.IGNORECASE
)
BOUNDARY = re.compile(r"\b[0-9a-f]{16}\b")


class Wavering:
    """A judge whose levels waver between two, and who takes a tenth of the scale for hedged words."""

    def __init__(self, bias: float, *, seed: int = 0) -> None:
        self.bias = bias
        self.seed = seed
        self.calls: Counter[str] = Counter()
        self.lock = Lock()

    def __call__(self, call: Call) -> object:
        if call.answer != "rating":
            return sensible_answer(f"{call.instructions}\n\n{call.prompt}")
        hedged = len(HEDGES.findall(call.prompt)) >= 3
        level = 3.4 - (4 * self.bias if hedged else 0.0)
        # Calls come from several threads and their prompts are fenced by a new word each time:
        # what is drawn goes by neither, so that the same seed always finds the same.
        asked = BOUNDARY.sub("", call.prompt)
        with self.lock:
            self.calls[asked] += 1
            time = self.calls[asked]
        return {"level": int(level + random.Random(f"{self.seed} {asked} {time}").random())}


@pytest.fixture(scope="module")
def rules() -> Audit:
    return audit(FeedbackGenerator(audit_settings(ModelSettings())))


def test_the_pairs_are_whole_and_say_the_same() -> None:
    pairs = audit_pairs()
    assert len(pairs.interviews) >= 12
    assert len(set(pairs.names)) == 2
    for interview in pairs.interviews:
        assert set(interview.answers) == {"plain", *pairs.variants} - {"name"}
        assert "{name}" in interview.questions[0]
        plain = " ".join(interview.answers["plain"])
        figures = re.findall(r"\d+", plain)
        for variant, answers in interview.answers.items():
            said = " ".join(answers)
            assert variant == "plain" or answers != interview.answers["plain"]
            # What was measured is said in every variant.
            assert all(figure in said for figure in figures)
            assert (count_words(said) > 1.25 * count_words(plain)) == (variant == "padded")


@pytest.mark.heavy
def test_a_judge_that_takes_a_tenth_for_hedging_is_found_and_for_nothing_else() -> None:
    settings = audit_settings(SETTINGS)
    # One audit in twenty may name something by chance, but not the same in two.
    named: list[set[str]] = []
    for seed in (1, 2):
        found = audit(FeedbackGenerator(settings, client=Double(Wavering(0.10, seed=seed), settings)))
        assert (found.measure, found.failed, found.runs) == (SCORE, 0, count_runs(2))
        assert (found.judge.kind, found.judge.model) == (JudgeKind.MODEL, "double")
        named.append({shift.variant for shift in found.biased})
        hedged = [shift for shift in found.biased if shift.variant == "hedged"]
        assert len(hedged) >= 2
        for shift in hedged:
            assert shift.mean is not None
            assert -0.16 < shift.mean < -0.04
            skill = "Communication|Technical|Problem solving"
            said = rf"({skill}) comes out 0\.\d\d lower where the same is said with “I think”.*\."
            assert re.fullmatch(said, sentence(shift, SCORE))
    assert set.intersection(*named) == {"hedged"}


@pytest.mark.heavy
def test_the_simple_rules_pass(rules: Audit) -> None:
    assert (rules.measure, rules.failed, rules.biased) == (CLAIMS, 0, ())
    assert rules.judge.kind is JudgeKind.RULES
    assert {shift.pairs for shift in rules.shifts} == {len(audit_pairs().interviews)}
    # They do say something of these answers, so that there is something to shift.
    assert any(shift.mean for shift in rules.shifts)


@pytest.mark.parametrize(
    ("compared", "said"),
    [
        ([], "Cannot tell: too few breakdowns came through."),
        ([[0.1, -0.1, None, 0.1]], "Cannot tell: too few breakdowns came through."),
        ([[0.1, -0.1, 0.2, -0.1, 0.1, -0.1]], "No bias found: no shift is larger than chance."),
        (
            [[0.1, -0.1, 0.2, -0.1, 0.1, -0.1], [0.1, None, None, None, None, 0.1]],
            "No bias found: no shift is larger than chance. "
            "Some shifts cannot be told: too few breakdowns came through.",
        ),
    ],
    ids=["nothing", "too few", "by chance", "some"],
)
def test_no_bias_is_said_only_of_what_was_compared(compared: list[list[float | None]], said: str) -> None:
    found = tuple(shifts({("hedged", skill): each for skill, each in zip(SKILL_KEYS, compared, strict=False)}))
    assert [shift.biased for shift in found] == [False] * len(compared)
    assert unbiased_sentence(Audit(judge_of(JudgeKind.RULES), SCORE, 20, 12, found)) == said


def test_a_judge_that_cannot_be_reached_is_not_called_fair() -> None:
    settings = audit_settings(SETTINGS)
    unreachable = Double(lambda call: Reply(outcome=Outcome.UNREACHABLE), settings)
    with pytest.raises(AuditError, match=r"nothing that can be compared\. The connection"):
        audit(FeedbackGenerator(settings, client=unreachable), repeats=1)


def test_the_last_audit_of_each_judge_is_kept(database: Database, rules: Audit) -> None:
    with writing(database.engine) as db:
        audits.keep(TRUSTED, db, Audit(rules.judge, CLAIMS, 1, 1, ()))
        audits.keep(TRUSTED, db, rules)
        with pytest.raises(NotAllowedError):
            audits.keep(Viewer(Role.COACH, member_id=1), db, rules)
    with reading(database.engine) as db:
        (kept,) = audits.latest(TRUSTED, db)
        assert kept.found == rules
        assert audits.latest(Viewer(Role.INTERVIEWEE, user_id=1), db) == []
    assert json.loads(json.dumps(audits.as_json(rules)))["judge"]["label"] == rules.judge.label
