"""What reads a text that people wrote takes time in proportion to it, whatever it repeats; patterns stand aside."""

from __future__ import annotations

import importlib
import inspect
import json
import math
import pkgutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import analytics
import pages.parts
from analytics.breakdown.assessment.answers import Points
from analytics.breakdown.assessment.numbers import is_difference, numbers
from analytics.breakdown.assessment.verification import ClaimVerifier
from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.offline.analyst import offline_findings, read_exchanges
from analytics.breakdown.reading.prepare import prepare
from analytics.breakdown.reading.redaction import Private
from analytics.breakdown.reading.transcript import read_transcript
from analytics.interviewlab.conversation import read_conversation
from analytics.interviewlab.feedback import read_feedback
from analytics.transcripts.read import read_text

pytestmark = pytest.mark.heavy
# Seconds; what takes less is too short to compare.
ENOUGH_TO_TELL = 0.05
UNITS = (
    "a", "a ", "A: b\n", "Hi A, ", "1 ", "one in two ", '"a" ', "'", "```\n", "```", "</b>", "{", "[", "\r", "a.\n",
    "é", "don't ", "\u4e2d",
)  # fmt: skip
READERS = (
    "analytics.text", "analytics.transcripts", "analytics.interviewlab", "analytics.breakdown.reading",
    "analytics.breakdown.assessment", "analytics.formatting", "pages.parts.markdown",
)  # fmt: skip


def functions() -> Iterator[tuple[str, Callable[[str], object]]]:
    """Find the public functions that take a text and nothing else."""
    packages = (analytics, pages.parts)
    found = [
        each.name for package in packages for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    for module in (importlib.import_module(name) for name in found if name.startswith(READERS)):
        for name, value in vars(module).items():
            if not (inspect.isfunction(value) and value.__module__ == module.__name__):
                continue
            needed = [each for each in inspect.signature(value).parameters.values() if each.default is each.empty]
            takes_text = len(needed) == 1 and needed[0].annotation in ("str", "object")
            if takes_text and not name.startswith("_"):
                yield f"{module.__name__}.{name}", value


FUNCTIONS = dict(sorted(functions()))


def said(content: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"role": "assistant", "content": "How did you do it for 7 users?"},
        {"role": "user", "content": content, **more},
    ]


def code(text: str) -> dict[str, Any]:
    return {"metadata": {"type": "code_review", "language": "python", "code": text}}


def words_of_a_service(size: int) -> str:
    word = {"type": "pronunciation", "speaker_label": "a", "alternatives": [{"content": "w" * 10 * size}]}
    sign = {"type": "punctuation", "alternatives": [{"content": "."}]}
    return json.dumps({"results": {"items": [word, *[sign] * size]}})


def verify(size: int) -> object:
    transcript = read_transcript(
        [{"role": "assistant", "content": "How did you do a thing for 7 users?\n" * size}, *said("I did it.")]
    )
    text = "Was asked how they would do a thing for {} users, and says so of a large database"
    points = [{"ids": ["S1"], "text": text.format(number)} for number in range(4)]
    return ClaimVerifier(transcript, Private(), frozenset(), "technical").verify(
        Points.model_validate({"strengths": points, "weaknesses": [], "recommendations": []})
    )


def submissions(size: int) -> object:
    return read_conversation([part for number in range(size // 10) for part in said("x", **code(f"a{number}"))])


def rules(size: int) -> object:
    told = said("First I did it because of that. " * (size // 8))
    prepared = prepare(told, None, None, ModelSettings())
    return offline_findings(prepared, "communication", list(read_exchanges(prepared)))


# What repeats something that a text of one unit does not: `size` says how often.
ODD: dict[str, Callable[[int], object]] = {
    "lines of one speaker": lambda size: read_text("A: some words of mine\n" * size),
    "lines without a speaker": lambda size: read_text("A: hi\nB: ho\nA: x\nB: y\n" + "some words of mine\n" * size),
    "empty lines behind a fence": lambda size: read_text("A: hi\nB: ho\nA: ```\nB: y\n" + "words\n\n" * size),
    "tags that close nothing": lambda size: read_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>x</v>" + "</c>" * size),
    "punctuation of one word": lambda size: read_text(words_of_a_service(size)),
    "labels in a message": lambda size: read_transcript(said("Interviewer: a\n" + "Candidate: b\n" * size)),
    "lines below a label": lambda size: read_transcript(said("Candidate: b\nInterviewer: a\n" + "I did it.\n" * size)),
    "speech beside code": lambda size: read_transcript(said("I did aaaa.\n" * size, **code("aaaa thing\n" * size))),
    "submissions": submissions,
    "parts of something": lambda size: numbers("half of the users " * size),
    "many numbers": lambda size: is_difference(numbers("7 users " * size), numbers("12345 ms")[0]),
    "a long question": verify,
    "nested feedback": lambda size: read_feedback({"strengths": [{"a": ["b"] * size}], "technical_score": "1" * size}),
    "rules over speech": rules,
}  # fmt: skip


def seconds(call: Callable[[], object], tries: int = 3) -> float:
    """Return the shortest of several times, or the first that is too short to tell."""
    shortest = math.inf
    for _ in range(tries):
        began = time.process_time()
        # A refusal in a sentence is an answer too.
        with suppress(ValueError):
            call()
        shortest = min(shortest, time.process_time() - began)
        if shortest <= ENOUGH_TO_TELL:
            break
    return shortest


def assert_in_proportion(call: Callable[[int], object], small: int, what: str) -> None:
    took = seconds(lambda: call(8 * small))
    if took > ENOUGH_TO_TELL:
        # Eight times the text: a square would take 64 times.
        assert took < 24 * max(seconds(lambda: call(small)), 0.004), what


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_time_in_proportion_to_the_text(name: str) -> None:
    for unit in UNITS:
        assert_in_proportion(lambda size, unit=unit: FUNCTIONS[name](unit * (size // len(unit))), 5_000, unit)  # type: ignore[misc]


@pytest.mark.parametrize("kind", ODD)
def test_what_repeats_takes_time_in_proportion(kind: str) -> None:
    assert_in_proportion(ODD[kind], 1_500, kind)


def test_the_functions_are_found() -> None:
    assert {"analytics.text.fold", "analytics.transcripts.read.read_text", "pages.parts.markdown.plain"} <= set(
        FUNCTIONS
    )
    assert len(FUNCTIONS) >= 40
