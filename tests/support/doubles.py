"""An interview to read, doubles of a model, and the interviews that others have written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analytics.breakdown.llm.answer import read_answer
from analytics.breakdown.llm.client import ModelClient
from analytics.breakdown.llm.prompts import Call
from analytics.breakdown.llm.protocol import Reply
from analytics.breakdown.llm.texts import RULES
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.records import Usage
from analytics.skills import SKILLS

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data"
SETTINGS = ModelSettings(base_url="http://127.0.0.1:9/v1", model="double", samples=3)
INJECTIONS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "breakdown" / "reading" / "injections.json").read_text(encoding="utf-8")
)

QUESTIONS = (
    "Hi Robin, how did you find out why the search was slow?",
    "What else did you consider?",
    "How did you know that it worked?",
)
ANSWERS = (
    "I measured each stage first and saw that ranking took 140 ms of the 180 ms. The index itself was never the "
    "problem.",
    "We could have bought more machines, which costs money every month. Caching the ranking was cheaper, but it would "
    "have served stale results after an update.",
    "I compared the slowest five percent of queries before and after on the same week of traffic. They went from 400 "
    "ms to 90 ms, and nobody complained about the order of results. I did not test it with accented words.",
)
CODE = "def total(items):\n    result = 0\n    for item in items:\n        result += item.price\n    return result\n"


def message(role: str, content: object, **metadata: object) -> dict[str, Any]:
    return {"role": role, "content": content, "metadata": metadata}


def submission(code: str = CODE, language: str = "python", **metadata: object) -> dict[str, Any]:
    return message("assistant", "Thank you for the code.", type="code_review", code=code, language=language, **metadata)


def conversation(*, code: bool = True) -> list[dict[str, Any]]:
    messages = [
        message(role, content)
        for asked, said in zip(QUESTIONS, ANSWERS, strict=True)
        for role, content in (("assistant", asked), ("user", said))
    ]
    return [*messages, submission()] if code else messages


class Double(ModelClient):
    """A model whose words are a function of the prompt; `calls` are those it was asked, in their order."""

    def __init__(self, say: Callable[[Call], object], settings: ModelSettings = SETTINGS) -> None:
        super().__init__(settings)
        self.say = say
        self.calls: list[Call] = []

    def ask(
        self,
        call: Call,
        *,
        until: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
        heard: Callable[[], None] | None = None,
    ) -> Reply:
        self.calls.append(call)
        said = self.say(call)
        if isinstance(said, Reply):
            return said
        answer = read_answer(call.answer, said if isinstance(said, str) else json.dumps(said))
        usage = Usage(calls=1, input_tokens=100, output_tokens=10)
        if answer is None:
            return Reply(outcome=Outcome.BAD_ANSWER, usage=usage, model="double")
        return Reply(answer=answer, usage=usage, model="double")


def label_of(prompt: str, phrase: str) -> str:
    """Find the label of the line that holds a phrase, as a model that reads would."""
    return next(line.split(" | ")[0] for line in prompt.splitlines() if phrase in line and " | " in line)


def points(strengths: object = (), weaknesses: object = (), recommendations: object = ()) -> dict[str, Any]:
    """Make an answer; strengths and weaknesses are (text, ids) pairs, recommendations (weakness, practise, notice)."""

    def listed(entries: Any) -> list[dict[str, Any]]:
        return [{"ids": list(ids), "text": text} for text, ids in entries]

    advice = [
        {"weakness": number, "practise": practise, "notice": notice}
        for number, practise, notice in recommendations  # type: ignore[attr-defined]
    ]
    return {"strengths": listed(strengths), "weaknesses": listed(weaknesses), "recommendations": advice}


def verdicts(prompt: str, **otherwise: object) -> dict[str, Any]:
    """Answer a question about support: every claim is shown by what it cites, unless said otherwise."""
    numbers = [int(number) for number in re.findall(r"^(\d+)\. [a-z ]+: ", prompt, re.MULTILINE)]
    usual = {"shows": "yes", "contradicts": False, "on_question": True}
    return {"verdicts": [{"claim": number, **usual, **otherwise} for number in numbers]}


def honest(call: Call) -> dict[str, Any]:
    """Answer as a careful model would: one strength, one weakness, one recommendation; level 3."""
    if call.answer == "rating":
        return {"level": 3}
    if call.answer == "support":
        return verdicts(call.prompt)
    if 'skill "Code quality"' in call.prompt:
        line = label_of(call.prompt, "for item in items")
        return points(
            [("A plain loop keeps the purpose visible at first sight.", [line])],
            [("Missing prices would end the computation with an exception.", [line])],
            [(1, "Write down two odd inputs before coding and handle them.", "Reviews stop finding forgotten cases.")],
        )
    return points(
        [("Locates the cause by evidence before changing anything.", [label_of(call.prompt, "I measured each stage")])],
        [("Leaves a known gap in the verification open.", [label_of(call.prompt, "accented words")])],
        [(1, "Close every known gap or say who will.", "Nobody has to ask what remains open.")],
    )


def thorough(call: Call) -> dict[str, Any]:
    """Answer as a careful model that says all it is asked for: questions, what is missed, better words, a priority."""
    answer = honest(call)
    if call.answer == "rating":
        levels = [{"skill": skill.key, "level": 3} for skill in SKILLS]
        reason = "Every later answer is read in its light."
        return {"levels": levels, "priorities": [{"claim": 2, "reason": reason}]}
    if call.answer == "points" and 'skill "Communication"' in call.prompt:
        tested = label_of(call.prompt, "accented words")
        answer["missed"] = [
            {"question": "Q2", "ids": ["S3"], "text": "Does not say what else was considered in the end."}
        ]
        answer["wordings"] = [{"ids": [tested], "text": "One gap is left: I did not test it with accented words."}]
        answer["questions"] = [
            {"question": "Q1", "asked": "how the cause was found", "held": "stages were measured", "left_out": ""},
            {"question": "Q3", "asked": "how it was checked", "held": "a comparison", "left_out": "accented words"},
        ]
    return answer


def shared(name: str) -> list[dict[str, Any]]:
    """Read one of the files of real data; skips where the folder is absent."""
    file = SHARED / name
    if not file.exists():
        pytest.skip(f"the data folder ../shared/data is not beside this checkout: no {name}")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


POINTS = {
    "strengths": [{"ids": ["S1"], "text": "Weighs evidence."}],
    "weaknesses": [],
    "recommendations": [],
}


CALL = Call(answer="points", instructions=RULES, prompt="S1 | I did.", most_tokens=500, temperature=0.2, cache_key="k")


RATING = CALL.model_copy(update={"answer": "rating", "most_tokens": 100})


SMALL = ModelSettings(base_url="http://127.0.0.1:9/v1", model="m", token_budget=2800, minimum_words=20)


def long_interview(answers: int = 30) -> list[dict[str, object]]:
    return [
        entry
        for number in range(answers)
        for entry in (
            message("assistant", f"Question {number}: what came next in that project of yours?"),
            message(
                "user",
                f"Step {number} was to measure the queue before changing it. "
                f"Then we changed one thing, number {number}, and measured again.",
            ),
        )
    ]
