"""What a breakdown costs and what the rules without a model are worth: `python -m benchmarks.breakdown [FOLDER]`.

FOLDER holds the interviews that others have written (`real_interviews.jsonl`, `simulated_ml_interviews.jsonl`,
`graded_code.jsonl`); it is not part of the project. Nothing is sent anywhere: the model is a double.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings
from analytics.breakdown.assessment.answers import Point, Points
from analytics.breakdown.assessment.claims import Claim
from analytics.breakdown.assessment.findings import Findings
from analytics.breakdown.assessment.support import SupportAnswer, apply_support
from analytics.breakdown.assessment.verification import ClaimVerifier
from analytics.breakdown.reading.redaction import Private
from analytics.breakdown.reading.transcript import Transcript, read_transcript
from analytics.text import count_words
from benchmarks.counting import Counting, waiting

WORDS: Final = 5_100
# A cached token costs a tenth.
_CACHED_PRICE: Final = 0.1
RULES: Final = Path(__file__).parents[1] / "tests" / "breakdown" / "assessment" / "rules.json"
# Conversations of many trades and levels, written to read the rules' claims of what they had not seen.
WRITTEN: Final = Path(__file__).with_name("interviews.json")
_LEVELS: Final = {"low": 1, "medium": 2, "high": 3}


def long_interview(folder: Path) -> list[dict[str, Any]]:
    """Put a long interview together: exchanges of real ones up to 5,100 words, and one submission of code."""
    said: list[dict[str, Any]] = []
    words = 0
    for interview in sorted(_read(folder, "real_interviews.jsonl"), key=lambda each: each["id"]):
        for message in interview["conversation_history"]:
            words += count_words(message["content"])
            if words > WORDS:
                return [*said, _submission(folder)]
            said.append(message)
    return [*said, _submission(folder)]


def _submission(folder: Path) -> dict[str, Any]:
    first = next(iter(_read(folder, "graded_code.jsonl")))
    code = min(first["files"].values(), key=len)
    return {
        "role": "assistant",
        "content": "Thank you for the code.",
        "metadata": {"type": "code_review", "code": "\n".join(code.splitlines()[:60]), "language": "java"},
    }


def _read(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def price(folder: Path) -> Iterator[str]:
    """Tell what a 40-minute interview with code costs."""
    settings = ModelSettings(base_url="http://127.0.0.1:9/v1", model="double")
    client = Counting(settings)
    generator = FeedbackGenerator(settings, client=client)
    interview = long_interview(folder)
    generator.generate_feedback(interview)
    expected = generator.estimate(generator.prepare(interview))
    sent = sum(said for said, _ in client.sent)
    cached = sum(kept for _, kept in client.sent)
    yield f"| calls | {len(client.sent)} |"
    yield f"| prompt tokens sent (counted by `token_count.py`, 1.2 to 1.4 times a real vocabulary) | {sent:,} |"
    yield f"| as billed where a cached prefix costs a tenth | {sent - cached + _CACHED_PRICE * cached:,.0f} |"
    asked = expected.tokens - expected.output_tokens
    yield f"| estimate of it beforehand | {asked:,} ({(asked - sent) / sent:+.0%}) |"
    name = "wall time against the slowest single call"
    yield f"| {name} | {waiting(settings, interview):.1f} |"
    shorter = _read(folder, "simulated_ml_interviews.jsonl")[:10]
    times = [waiting(settings, each["conversation_history"]) for each in shorter]
    yield f"| the same, 10 interviews of 12 questions | {min(times):.1f} to {max(times):.1f} |"


def rules(folder: Path) -> Iterator[str]:
    """Tell how the claims of the rules follow the true levels, and how many breakdowns differ."""
    generator = FeedbackGenerator(ModelSettings())
    interviews = _read(folder, "simulated_ml_interviews.jsonl")
    made = [generator.generate_feedback(each["conversation_history"]) for each in interviews]
    true = [statistics.fmean(_LEVELS[level] for level in each["true_levels"].values()) for each in interviews]
    found = [float(_balance(feedback)) for feedback in made]
    rho = statistics.correlation(_ranks(found), _ranks(true)) if len(set(found)) > 1 else 0.0
    yield f"| interviews with known levels | {len(made)} |"
    yield f"| strengths minus weaknesses against the true level, all skills (rho) | {rho:.2f} |"
    texts = {tuple(claim.text for skill in each.skill_breakdown.values() for claim in skill.claims) for each in made}
    yield f"| distinct breakdowns | {len(texts)} of {len(made)} |"
    yield f"| claims an interview, on average | {statistics.fmean(each.points for each in made):.1f} |"
    real = _read(folder, "real_interviews.jsonl")
    for name, some in (("written", _written()), ("real", real)):
        drafts = [generator.generate_feedback(each["conversation_history"]) for each in some]
        silent = sum(not each.points for each in drafts)
        yield f"| {name} interviews: claims, interviews without one | {_count(drafts)}, {silent} of {len(drafts)} |"


def truth() -> Iterator[str]:
    """Show how many of the made-up claims that must not stand are shown, and of the natural ones that must."""
    rules = RULES.parent
    sets = [
        json.loads(RULES.read_text(encoding="utf-8")),
        *_sets(rules / "more_rules.json"),
        *_sets(rules / "unseen_rules.json"),
    ]
    shown: dict[str, list[bool]] = {}
    standing: list[tuple[str, Claim]] = []
    for cases in sets:
        gaps = cases.get("known_gaps", {"false": [], "natural": []})
        said = read_transcript(cases["conversation"])
        ids = [sentence.id for sentence in said.sentences]
        # What is true of one line and cites another looks like a claim in every way but one.
        moved = [[text, ids[(ids.index(cited.split(",")[0]) + 3) % len(ids)]] for text, cited in cases["natural"]]
        for kind, claims in {
            **cases["false"],
            **cases.get("left_to_support", {}),
            "known gaps": gaps["false"],
            "another line is cited": moved,
        }.items():
            for text, cited in claims:
                claim = _verified(said, text, cited)
                shown.setdefault(kind, []).append(claim is not None)
                standing += [] if claim is None else [(kind, claim)]
        for text, cited in (*cases["natural"], *gaps["natural"]):
            shown.setdefault("natural", []).append(_verified(said, text, cited) is not None)
    natural = shown.pop("natural")
    for kind, passed in shown.items():
        yield f"| by the program's rules alone: {kind} | {sum(passed)} of {len(passed)} shown |"
    false = sum(map(len, shown.values()))
    for name, answer in (("rightly", _deny), ("at random", _guess)):
        unmarked = sum(_is_unmarked(claim, answer(place)) for place, (_, claim) in enumerate(standing))
        yield f"| all, support answered {name} | {unmarked} of {false} shown unmarked ({unmarked / false:.0%}) |"
    yield f"| natural claims kept | {sum(natural)} of {len(natural)} ({sum(natural) / len(natural):.0%}) |"


def unseen(folder: Path) -> Iterator[str]:
    """Measure the same on claims about the interviews in FOLDER, written before anybody looked at the rules."""
    cases = json.loads(Path(__file__).with_name("claims.json").read_text(encoding="utf-8"))
    kinds = {**cases["false"], "natural": cases["natural"]}
    said = {
        interview["id"]: read_transcript(interview["conversation_history"])
        for source in {source for claims in kinds.values() for source, *_ in claims}
        for interview in _read(folder, source)
    }
    for kind, claims in kinds.items():
        wording = kind == "better wordings"
        stand = sum(
            _verified(said[interview], text, cited, wording=wording) is not None for _, interview, text, cited in claims
        )
        yield f"| {kind} | {stand} of {len(claims)} shown |"


def _written() -> list[dict[str, Any]]:
    return _sets(WRITTEN)


def _count(made: list[InterviewFeedback]) -> int:
    return sum(len(skill.strengths) + len(skill.weaknesses) for each in made for skill in each.skill_breakdown.values())


def _sets(path: Path) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _verified(said: Transcript, text: str, cited: str, *, wording: bool = False) -> Claim | None:
    verifier = ClaimVerifier(said, Private(), frozenset(), "problem_solving")
    made = [Point(ids=cited.split(","), text=text)]
    answer = Points(
        strengths=[] if wording else made, weaknesses=[], recommendations=[], wordings=made if wording else []
    )
    return next(iter(verifier.verify(answer).claims), None)


def _deny(_place: int) -> dict[str, Any]:
    return {"claim": 1, "shows": "no", "contradicts": False, "on_question": True}


def _guess(place: int) -> dict[str, Any]:
    chance = random.Random(place)
    shows = chance.choice(["yes", "partly", "no"])
    return {"claim": 1, "shows": shows, "contradicts": chance.random() < 0.5, "on_question": chance.random() < 0.5}


def _is_unmarked(claim: Claim, verdict: dict[str, Any]) -> bool:
    found = {"problem_solving": Findings(skill="problem_solving", claims=(claim,), union=(claim,))}
    judged = apply_support(found, SupportAnswer(answer={"verdicts": [verdict]}))
    return any(each.support == "yes" for each in judged["problem_solving"].claims)


def _ranks(values: list[float]) -> list[float]:
    # Equal values share the mean of their places.
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) - 1) / 2 for value in values
    ]


def _balance(made: InterviewFeedback) -> int:
    return sum(len(skill.strengths) - len(skill.weaknesses) for skill in made.skill_breakdown.values())


def claims(folder: Path, count: int = 60) -> Iterator[str]:
    """List claims of the rules for reading, one of each interview in turn, with their quotes."""
    generator = FeedbackGenerator(ModelSettings())
    everything = [*_read(folder, "simulated_ml_interviews.jsonl"), *_read(folder, "real_interviews.jsonl"), *_written()]
    for interview in islice(everything, count):
        made = generator.generate_feedback(interview["conversation_history"])
        for skill in made.skill_breakdown.values():
            for claim in skill.claims:
                if claim.kind != "recommendation":
                    quoted = " / ".join(quote.text for quote in claim.quotes)
                    yield f"{interview.get('id', '')} {skill.skill} {claim.kind}: {claim.text} <- {quoted[:300]}"


def main(arguments: list[str]) -> None:
    """Print the tables, or with `claims` what the rules say."""
    folder = Path(arguments[0]) if arguments else Path("../shared/data")
    if "claims" in arguments:
        print(*claims(folder), sep="\n")
        return
    tables = (
        ("40 minutes, 5,100 words, with code", price),
        ("Rules without a model", rules),
        ("Claims about these interviews, by the program's rules alone", unseen),
    )
    for title, lines in tables:
        print(f"\n| {title} | |\n| --- | --- |")
        for line in lines(folder):
            print(line)
    print("\n| Claims that must not stand, and natural ones | |\n| --- | --- |")
    print(*truth(), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
