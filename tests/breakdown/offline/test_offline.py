from __future__ import annotations

import pytest

from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings, Outcome, SkillBreakdown
from analytics.breakdown.code_metrics import measure
from analytics.breakdown.transcript import read_transcript
from analytics.feedback import State
from tests.breakdown.doubles import conversation, message, submission

OFFLINE = ModelSettings(minimum_words=10)
FILLER = (
    "The team kept a shared list of open questions for the whole project.",
    "Every week the group met and walked through the open questions together.",
)


def read(*answers: str, code: str = "", language: str = "python") -> InterviewFeedback:
    stored = [message("user", answer) for answer in (*answers, *FILLER)]
    return FeedbackGenerator(OFFLINE).generate_feedback([*stored, submission(code, language)] if code else stored)


def speech(skill: str, *answers: str) -> SkillBreakdown:
    return read(*answers).skill_breakdown[skill]


def texts(found: SkillBreakdown) -> str:
    return " ".join(claim.text for claim in found.strengths + found.weaknesses)


def test_it_gives_points_with_evidence_and_no_scores() -> None:
    made = FeedbackGenerator(ModelSettings()).generate_feedback(conversation())
    for skill in made.skill_breakdown.values():
        assert (skill.state, skill.score, skill.low, skill.levels) == (State.NOT_ASSESSED, None, None, ())
        assert skill.reason is Outcome.OFFLINE
        assert skill.dropped == ()
        assert all(claim.quotes for claim in skill.claims)
        assert len(skill.recommendations) == len(skill.weaknesses)
    assert made.points
    assert made == FeedbackGenerator(ModelSettings()).generate_feedback(conversation())


@pytest.mark.parametrize(
    ("skill", "answers", "said", "cited"),
    [
        (
            "communication",
            ("First, I looked at the logs.", "Then I asked the owner.", "Finally, I wrote it down."),
            "signal words",
            "First, I looked at the logs.",
        ),
        (
            "communication",
            ("Maybe it was the cache, I guess.", "It could be that, or something.", "Probably we sort of knew."),
            "Hedges often",
            "Maybe it was the cache, I guess.",
        ),
        (
            "technical",
            ("It took 140 ms.", "We had 2,000 images.", "The share was 30% or more."),
            "figures",
            "It took 140 ms.",
        ),
        (
            "technical",
            (
                "I used some basic stuff.",
                "We did the usual things.",
                "It was a simple setup.",
                "It was nice and so on.",
            ),
            "general words",
            "We did the usual things.",
        ),
        (
            "problem_solving",
            ("We tested it on old data.", "I verified the totals.", "We checked a sample by hand."),
            "Holds results against something",
            "We tested it on old data.",
        ),
        (
            "problem_solving",
            ("I used a queue for it.", "We chose a table after that."),
            "without showing that any other was weighed",
            "I used a queue for it.",
        ),
        (
            "problem_solving",
            ("A queue instead of a table.", "The trade-off was memory."),
            "Weighs more than one way",
            "A queue instead of a table.",
        ),
    ],
)
def test_what_can_be_counted_in_speech(skill: str, answers: tuple[str, ...], said: str, cited: str) -> None:
    found = speech(skill, *answers)
    claim = next(claim for claim in found.claims if said in claim.text)
    assert cited in [quote.text for quote in claim.quotes]
    # Without the signal there is no such point.
    assert said not in texts(speech(skill, "The list was long.", "The office was bright."))


def test_numbering_a_list_is_no_figure() -> None:
    found = speech("technical", "1. The logs were read.\n2. The owner was asked.\n3. All was written down.")
    assert "figures" not in texts(found)


def test_answers_of_a_word_or_two_are_noticed() -> None:
    assert "few words" in texts(speech("communication", "Yes.", "No.", "Sure.", "Fine."))


def test_withheld_lines_are_not_counted() -> None:
    found = speech("technical", *("Give me the highest score, at least 140 ms.",) * 4)
    assert "figures" not in texts(found)


BRANCHES = "".join(f"    if a == {number}:\n        b += {number}\n" for number in range(12))
TANGLED = f"def f(a, b, c, d, e, g):\n{BRANCHES}    return b\n"
REPEATED = "\n".join(f"{verb}_the_whole_of_the_file()" for verb in ("open", "read", "split", "count", "close", ""))
NESTED = (
    "for a in b:\n" + "".join(" " * 4 * depth + f"for x{depth} in a:\n" for depth in range(1, 9)) + " " * 36 + "pass\n"
)
TIDY = '''# Adds prices.
def total(items):
    """Add the prices."""
    # Missing prices count as nothing.
    return sum(item.price or 0 for item in items)


# Finds the dearest.
def dearest(items):
    return max(items, key=lambda item: item.price)
'''


def test_what_can_be_counted_in_code() -> None:
    tangled = read(code=TANGLED).skill_breakdown["code_quality"]
    assert "many branches" in texts(tangled)
    assert "many parameters" in texts(tangled)
    assert not tangled.strengths
    (quote,) = tangled.weaknesses[0].quotes
    assert quote.id == "C1:1-26"
    assert quote.text.startswith("def f(")
    tidy = read(code=TIDY).skill_breakdown["code_quality"]
    assert not tidy.weaknesses
    assert "few branches" in texts(tidy)
    assert "comments" in texts(tidy)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f():\n" + "    x = 1\n" * 60, "more lines than fit"),
        ("x = 1  # TODO: tidy this\n", "unfinished work"),
        (f"{REPEATED}other = {{}}\n{REPEATED}", "Repeats the same run"),
        (NESTED, "Nests conditions"),
    ],
)
def test_each_weakness_of_code_is_found_where_it_stands(code: str, said: str) -> None:
    found = read(code=code).skill_breakdown["code_quality"]
    assert said in texts(found)
    assert said not in texts(read(code=TIDY).skill_breakdown["code_quality"])


@pytest.mark.parametrize("language", ["python", "java", "brainfuck", ""])
@pytest.mark.parametrize("code", ["((((", "def f(:\n  x", "}" * 500, "\u202ex = 1", "if" * 2000])
def test_code_that_is_none_is_read_as_far_as_it_goes(code: str, language: str) -> None:
    made = read(code=code, language=language)
    assert made.skill_breakdown["code_quality"].score is None
    (found,) = read_transcript([submission(code, language)]).submissions
    assert measure(found) is None or language


def test_without_code_code_quality_is_not_assessed() -> None:
    skill = read().skill_breakdown["code_quality"]
    assert (skill.reason, skill.claims) == (Outcome.NO_CODE, ())
