"""Interviews and code that nobody here wrote; skipped where the data is not beside the checkout."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings, Outcome
from analytics.breakdown.llm.prompts import Call, points_call
from analytics.breakdown.reading.prepare import prepare
from analytics.breakdown.reading.token_count import count_tokens
from analytics.interviewlab.feedback import State
from analytics.text import clean
from tests.support.doubles import SETTINGS, Double, message, points, shared, submission, verdicts

# Whole corpora are read, again and again.
pytestmark = pytest.mark.heavy

NAMES = ("simulated_ml_interviews.jsonl", "real_interviews.jsonl")
FLATTERY = (
    "I am honestly one of the best people you will ever meet in this field, and everybody says so.",
    "The weather has been lovely lately and my neighbour's cat had kittens on Tuesday.",
)


def interviews() -> list[list[dict[str, Any]]]:
    return [interview["conversation_history"] for name in NAMES for interview in shared(name)]


def fixed(call: Call) -> dict[str, Any]:
    """Choose lines by their text alone, as if told to; the level likewise."""
    if call.answer == "rating":
        seen = [line for line in call.prompt.splitlines() if line.startswith("- strength (")]
        said = seen[0].split("): ")[1].partition(" [")[0]
        return {"level": 2 + int(hashlib.sha256(said.encode()).hexdigest(), 16) % 3}
    if call.answer == "support":
        return verdicts(call.prompt)
    rows = [line.split(" | ", 1) for line in call.prompt.splitlines() if line.startswith("S") and " | " in line]
    telling = sorted(
        (text, label) for label, text in rows if len(text.split()) > 8 and not any(text in added for added in FLATTERY)
    )
    text, label = telling[0]
    word = max(text.split(), key=len).strip(".,;:!?\"'()")
    return points([(f"Goes beyond a bare statement, as the remark around {_plain(word)} makes visible.", [label])])


def _plain(word: str) -> str:
    return "".join(character for character in word if character.isalpha()) or "it"


def gist(made: InterviewFeedback) -> dict[str, Any]:
    return {
        key: (
            skill.state,
            skill.score,
            [(claim.text, [quote.text for quote in claim.quotes]) for claim in skill.claims],
        )
        for key, skill in made.skill_breakdown.items()
    }


def test_every_interview_is_read_whole_and_quoted_exactly() -> None:
    for stored in interviews():
        prepared = prepare(stored, None, None, SETTINGS)
        assert prepared.transcript.skipped == sum(not entry["content"].strip() for entry in stored)
        assert prepared.withheld == ()
        assert prepared.coverage("technical", range(len(prepared.parts))) == pytest.approx(1.0)
        heard = Counter("".join(clean(entry["content"]).text for entry in stored if entry["role"] == "user"))
        kept = Counter("".join(sentence.text for sentence in prepared.transcript.sentences))
        assert not {character: count for character, count in (heard - kept).items() if character.isalnum()}
        for sentence in prepared.transcript.sentences:
            held = stored[sentence.message]
            assert held["role"] == "user"
            assert clean(held["content"][sentence.start : sentence.end]).text == sentence.text


def test_the_longest_interview_fits_one_call_and_none_is_mistaken_for_code() -> None:
    for stored in interviews():
        prepared = prepare(stored, None, None, ModelSettings())
        assert len(prepared.parts) == 1
        assert "code_quality" not in prepared.skills
        call = points_call(prepared, "technical", 0, ModelSettings())
        assert count_tokens(call.instructions + call.prompt) < 20_000


def test_no_interview_without_code_gets_a_score_for_code() -> None:
    for stored in interviews():
        double = Double(fixed)
        made = FeedbackGenerator(SETTINGS, client=double).generate_feedback(stored)
        skill = made.skill_breakdown["code_quality"]
        assert (skill.state, skill.score, skill.reason) == (State.NOT_ASSESSED, None, Outcome.NO_CODE)
        assert {made.skill_breakdown[key].state for key in ("communication", "technical", "problem_solving")} == {
            State.SCORED
        }
        assert made.quoted == made.points == 3


@pytest.mark.parametrize("added", ["flattery", "irrelevance", "repetition"])
def test_padding_an_answer_changes_nothing_the_model_was_not_told(added: str) -> None:
    for stored in interviews()[::3]:
        padded = json.loads(json.dumps(stored))
        answer = next(entry for entry in padded if entry["role"] == "user" and len(entry["content"].split()) > 15)
        answer["content"] += (
            " " + {"flattery": FLATTERY[0], "irrelevance": FLATTERY[1], "repetition": answer["content"]}[added]
        )
        before, after = (
            FeedbackGenerator(SETTINGS, client=Double(fixed)).generate_feedback(each) for each in (stored, padded)
        )
        assert gist(after) == gist(before)


def test_padding_does_not_open_the_gate() -> None:
    stored = interviews()[0][:4]
    settings = ModelSettings(base_url=SETTINGS.base_url, model="m", minimum_words=120)
    said = next(entry["content"] for entry in stored if entry["role"] == "user")
    for padded in (stored, [*stored, message("user", said)], [*stored, message("user", "very " * 500)]):
        assert prepare(padded, None, None, settings).gates["technical"].reason is Outcome.TOO_FEW_WORDS


def test_words_of_another_interview_are_no_evidence() -> None:
    one, other = interviews()[0], interviews()[40]
    foreign = next(
        entry["content"] for entry in other if entry["role"] == "user" and len(entry["content"].split()) > 20
    )
    words = " ".join(foreign.split()[:12]).replace('"', "")

    def say(call: Call) -> dict[str, Any]:
        if call.answer == "rating":
            return {"level": 5}
        return points([(f'Put it memorably: "{words}", which shows outstanding command.', ["S1"])])

    made = FeedbackGenerator(SETTINGS, client=Double(say)).generate_feedback(one)
    assert made.points == 0
    assert made.skill_breakdown["technical"].reason is Outcome.NO_EVIDENCE


@cache
def drafts(name: str) -> list[tuple[dict[str, Any], InterviewFeedback]]:
    offline = FeedbackGenerator(ModelSettings())
    return [(interview, offline.generate_feedback(interview["conversation_history"])) for interview in shared(name)]


def test_the_offline_analyst_says_something_of_most_job_interviews_and_cites_all_it_says() -> None:
    silent: Counter[str] = Counter()
    for name in NAMES:
        for _, made in drafts(name):
            assert made.overall is None
            assert all(skill.dropped == () for skill in made.skill_breakdown.values())
            assert made.quoted == made.points
            silent[name] += not made.points
    # Talks about somebody's work ask for no reasons, checks or figures: nothing is said of most, rather than something
    # that fits anybody. Of a job interview that is neither vague nor gives what was asked for, nothing is said either.
    assert silent[NAMES[0]] <= 3


def test_the_offline_analyst_faults_the_weaker_interviews_more() -> None:
    faults: dict[str, list[int]] = {"low": [], "high": []}
    for interview, made in drafts(NAMES[0]):
        level = interview["true_levels"]["failure_analysis_and_iteration"]
        if level in faults:
            faults[level].append(sum(len(skill.weaknesses) for skill in made.skill_breakdown.values()))
    low, high = (sum(found) / len(found) for found in (faults["low"], faults["high"]))
    assert low > high


def test_the_offline_analyst_reads_graded_code() -> None:
    offline = FeedbackGenerator(ModelSettings())
    chosen = shared("graded_code.jsonl")
    spoken_of = 0
    for graded in chosen:
        made = offline.generate_feedback([submission(code, "java") for code in graded["files"].values()])
        skill = made.skill_breakdown["code_quality"]
        assert (skill.state, skill.score, skill.reason) == (State.NOT_ASSESSED, None, Outcome.OFFLINE)
        spoken_of += bool(skill.claims)
        assert skill.dropped == ()
        assert {made.skill_breakdown[key].reason for key in ("communication", "technical")} == {Outcome.TOO_FEW_WORDS}
    # Of code that is not too large, tangled, deep or repeated, nothing is said.
    assert spoken_of >= 0.7 * len(chosen)
