"""A model that obeys whatever reaches it, and what it gains."""

from __future__ import annotations

from typing import Any

from analytics.breakdown.assessment.result import InterviewFeedback
from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.llm.prompts import Call
from analytics.text import fold
from tests.support.doubles import CODE, SETTINGS, Double, conversation, honest, message, submission


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
    return FeedbackGenerator(SETTINGS, client=Double(say)).generate_feedback(**interview)


HONEST = read(honest, conversation_history=conversation())
