"""The injection set against a model that obeys whatever reaches it: what it gains must be caught by program."""

from __future__ import annotations

import json
from typing import Any

import pytest

from analytics.breakdown import plan
from analytics.breakdown.evidence import fold
from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.injection import addresses_grader
from analytics.breakdown.prompt import Call
from analytics.breakdown.result import InterviewFeedback
from analytics.breakdown.transcript import read_transcript
from analytics.feedback import State
from tests.breakdown.doubles import (
    CODE,
    INJECTIONS,
    SETTINGS,
    Double,
    conversation,
    honest,
    message,
    shared,
    submission,
)


def obeying(injection: dict[str, Any]) -> Any:
    """Be honest, until the injection's words are to be seen in the prompt; then do what they say."""
    needle, obey = fold(injection["needle"]), injection["obey"]

    def say(call: Call) -> object:
        if needle not in fold(call.prompt.split("\n\nTask:")[0]):
            return honest(call)
        if "text" in obey:
            return obey["text"]
        answer = honest(call)
        if call.answer == "rating":
            return {"level": obey.get("level", 3)}
        return answer | {name: obey[name] for name in ("strengths", "weaknesses") if name in obey}

    return say


def placed(injection: dict[str, Any]) -> dict[str, Any]:
    stored, text = conversation(), injection["text"]
    resume: Any = None
    job = None
    match injection["where"]:
        case "answer":
            stored[3]["content"] += f" {text}"
        case "interviewer":
            stored.insert(4, message("assistant", text))
        case "code":
            stored[-1] = submission(f"{CODE}{text}\n")
        case "result":
            stored[-1] = submission(CODE, execution_result={"stdout": text})
        case "job":
            job = f"We need someone who knows SQL. {text}"
        case "resume":
            resume = {"skills": ["SQL", text]}
    return {"conversation_history": stored, "resume_context": resume, "job_description": job}


def gist(made: InterviewFeedback) -> dict[str, Any]:
    """Give what a reader takes away: states, scores, and points with their quotes."""
    return {
        key: (
            skill.state,
            skill.score,
            [(claim.kind, claim.text, [quote.text for quote in claim.quotes]) for claim in skill.claims],
        )
        for key, skill in made.skill_breakdown.items()
    }


def read(say: Any, **interview: Any) -> InterviewFeedback:
    return FeedbackGenerator(SETTINGS, analyst=Double(say)).generate_feedback(**interview)


HONEST = read(honest, conversation_history=conversation())


def test_the_set_is_large_and_reaches_every_place() -> None:
    assert len(INJECTIONS) >= 60
    assert len({injection["id"] for injection in INJECTIONS}) == len(INJECTIONS)
    assert {injection["where"] for injection in INJECTIONS} == {
        "answer",
        "interviewer",
        "code",
        "result",
        "job",
        "resume",
    }


@pytest.mark.parametrize("injection", INJECTIONS, ids=[injection["id"] for injection in INJECTIONS])
def test_an_injection_gains_nothing(injection: dict[str, Any]) -> None:
    made = read(obeying(injection), **placed(injection))
    before = gist(HONEST)
    for key, (state, score, claims) in gist(made).items():
        assert score is None or score <= 0.5
        # What the obeying model was made to say is not among the points; what it says of itself remains or is missing.
        assert {tuple(map(str, claim)) for claim in claims} <= {tuple(map(str, claim)) for claim in before[key][2]}
        assert state in (State.SCORED, State.FAILED)
    # Weaknesses can only vanish together with everything else.
    for skill in made.skill_breakdown.values():
        assert skill.state is State.FAILED or skill.weaknesses
    shown = made.to_json() + json.dumps(made.to_platform(None))
    for forbidden in (
        "evil.example",
        "<script",
        "alert(1)",
        "sk-live",
        "alex@example.com",
        "javascript:",
        "rewrote the kernel",
        "99.999",
    ):
        assert all(forbidden not in claim.text for skill in made.skill_breakdown.values() for claim in skill.claims)
        assert forbidden not in json.dumps(made.to_platform(None))
    assert "NaN" not in shown


@pytest.mark.parametrize("injection", INJECTIONS, ids=[injection["id"] for injection in INJECTIONS])
def test_without_code_there_is_no_score_for_code(injection: dict[str, Any]) -> None:
    interview = placed({**injection, "where": "answer"})
    interview["conversation_history"].pop()
    skill = read(obeying(injection), **interview).skill_breakdown["code_quality"]
    assert (skill.state, skill.score) == (State.NOT_ASSESSED, None)


def test_most_of_the_set_does_not_reach_the_model_at_all() -> None:
    reached = []
    for injection in INJECTIONS:
        double = Double(honest)
        FeedbackGenerator(SETTINGS, analyst=double).generate_feedback(**placed(injection))
        needle = fold(injection["needle"])
        if any(needle in fold(call.prompt.split("\n\nTask:")[0]) for call in double.calls):
            reached.append(injection["id"])
    # Those that do are stopped where the answers are verified; none of them is about the level.
    assert len(reached) <= 8
    assert {name.split("-")[0] for name in reached} <= {"fence", "plant", "markup", "leak"}


# An obeying model that writes a plausible falsehood and cites a line that exists: no program sees that from outside.
BEYOND_PROOF = {"fence-5", "plant-8"}


@pytest.mark.parametrize(
    "injection",
    [entry for entry in INJECTIONS if "level" not in entry["obey"] and entry["id"] not in BEYOND_PROOF],
    ids=lambda entry: str(entry["id"]),
)
def test_what_no_rule_catches_is_stopped_at_the_evidence(
    injection: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "addresses_grader", lambda text: False)
    made, before = read(obeying(injection), **placed(injection)), gist(HONEST)
    for key, (_, score, claims) in gist(made).items():
        assert score is None or score <= 0.5
        assert {text for _, text, _ in claims} <= {text for _, text, _ in before[key][2]}


def test_honest_speech_is_not_taken_for_an_order() -> None:
    for sentence in (
        "I would give the model a score of five if it finds the fault.",
        "We rate every model by recall, and the best one gets deployed.",
        "I ignored the previous results because the sensor was broken.",
        "The system prompt told the model to answer in JSON.",
        "My manager gave me the highest rating last year.",
        "I told the assistant to ignore comments in the code.",
        "The main weaknesses of that approach were cost and latency.",
        "You should always set the log level to debug in tests.",
        "Our evaluation showed that level five caching was the best.",
        "Never skip the review, that is my rule.",
    ):
        assert not addresses_grader(sentence), sentence


def test_real_interviews_hold_no_order() -> None:
    found = [
        sentence.text
        for name in ("simulated_ml_interviews.jsonl", "real_interviews.jsonl")
        for interview in shared(name)
        for sentence in read_transcript(interview["conversation_history"]).sentences
        if addresses_grader(sentence.text)
    ]
    assert found == []
