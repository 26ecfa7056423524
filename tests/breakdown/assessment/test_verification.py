from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analytics.breakdown.assessment.answers import Points
from analytics.breakdown.assessment.claims import LONGEST, Claim, ClaimFault, VerifiedClaims
from analytics.breakdown.assessment.verification import ClaimVerifier
from analytics.breakdown.assessment.wording import is_said
from analytics.breakdown.reading.redaction import Private
from analytics.breakdown.reading.transcript import read_transcript
from analytics.interviewlab.feedback import PLATFORM_FAILURE
from analytics.text import fold
from tests.support.doubles import conversation, points

TRANSCRIPT = read_transcript(conversation())
PRIVATE = Private(names=("Robin Miller", "Robin"), schools=("Hill College",))
GOOD = "Locates the cause by evidence before changing anything."


def verify(answer: object, skill: str = "technical", withheld: frozenset[str] = frozenset()) -> VerifiedClaims:
    return ClaimVerifier(TRANSCRIPT, PRIVATE, withheld, skill).verify(Points.model_validate(answer))


def fault(text: str, ids: list[str], skill: str = "technical") -> ClaimFault | None:
    verified = verify(points([(text, ids)]), skill)
    assert len(verified.claims) + len(verified.dropped) == 1
    return verified.dropped[0].fault if verified.dropped else None


def test_a_claim_stands_on_what_the_program_cut() -> None:
    (claim,) = verify(points([(GOOD, ["S1", "C1:2"])])).claims
    assert claim.evidence == ("S1", "C1:2")
    assert [quote.text for quote in claim.quotes] == [
        "I measured each stage first and saw that ranking took 140 ms of the 180 ms.",
        "    result = 0",
    ]


@pytest.mark.parametrize(
    ("text", "ids", "expected"),
    [
        (GOOD, ["S1"], None),
        (GOOD, ["S1", "S1"], None),
        (GOOD, [], ClaimFault.NO_ID),
        (GOOD, ["S1", "S2", "S3"], ClaimFault.TOO_MANY_IDS),
        (GOOD, ["S99"], ClaimFault.UNKNOWN_ID),
        (GOOD, ["S1", "S99"], ClaimFault.UNKNOWN_ID),
        (GOOD, ["C1:77"], ClaimFault.UNKNOWN_ID),
        ("", ["S1"], ClaimFault.EMPTY),
        ("Very good.", ["S1"], ClaimFault.EMPTY),
        (PLATFORM_FAILURE, ["S1"], ClaimFault.EMPTY),
        ("A longer word. " * 40, ["S1"], ClaimFault.TOO_LONG),
        ("Look at http://x.example for how well this was done.", ["S1"], ClaimFault.LINK),
        ("Look at x.example/path for how well this was done.", ["S1"], ClaimFault.LINK),
        ("Look at evil.com for how well this was done.", ["S1"], ClaimFault.LINK),
        ("Knows ASP.NET and socket.io by their inner workings.", ["S1"], None),
        ("Knows <b>precisely</b> where the time goes.", ["S1"], ClaimFault.MARKUP),
        ("Knows ![x](y) precisely where the time goes.", ["S1"], ClaimFault.MARKUP),
        ("Knows [more](javascript:x) about where time goes.", ["S1"], ClaimFault.LINK),
        ("Knows **precisely** where the time goes.", ["S1"], ClaimFault.MARKUP),
        ("Uses `ranking` precisely, by showing where time goes.", ["S1"], None),
        ("Robin Miller finds the cause by evidence.", ["S1"], ClaimFault.PERSONAL),
        ("Finds causes by evidence, as learned at Hill College.", ["S1"], ClaimFault.PERSONAL),
        ("Finds causes by evidence, write to a@b.example.", ["S1"], ClaimFault.PERSONAL),
        ("Finds causes by evidence, call +49 170 1234567.", ["S1"], ClaimFault.PERSONAL),
        ("I measured each stage first and saw that ranking took 140 ms.", ["S1"], ClaimFault.RESTATES),
        ("The candidate said they measured each stage first.", ["S1"], ClaimFault.RESTATES),
        ('Evidence first: "measured each stage first" shows good method.', ["S1"], None),
        ('Evidence first: "measured every stage first" shows good method.', ["S1"], ClaimFault.MISQUOTES),
        ("Evidence first: “served stale results” shows good method.", ["S1"], ClaimFault.MISQUOTES),
        ("Evidence first: 'did not measure' shows careful method.", ["S1"], ClaimFault.MISQUOTES),
        ('Evidence “first "did not measure" shows careful method.', ["S1"], ClaimFault.MISQUOTES),
        ('Evidence "first "did not measure" shows" careful method.', ["S1"], ClaimFault.MISQUOTES),
        ('Evidence “first "did not measure" shows” careful method.', ["S1"], ClaimFault.MISQUOTES),
        ('Evidence: "measured each stage" first; method shows in "ranking took 140 ms".', ["S1"], None),
        ("Doesn't guess; the developer's method is sound and careful.", ["S1"], None),
        ("Attributes 140 of 180 ms to one stage, a telling split.", ["S1"], None),
        ("Attributes 150 of 180 ms to one stage, a telling split.", ["S1"], ClaimFault.NUMBER),
        ("Attributes 14 of 180 ms to one stage, a telling split.", ["S1"], ClaimFault.NUMBER),
        ("Weighs half a dozen machines against a cache.", ["S3"], ClaimFault.NUMBER),
        ("Names 3 causes where listeners expected one.", ["S1"], ClaimFault.NUMBER),
        ("Loops in O(n) with 1 pass, which suits the task.", ["C1"], None),
    ],
)
def test_what_is_wrong_with_a_claim(text: str, ids: list[str], expected: ClaimFault | None) -> None:
    assert fault(text, ids) == expected


@pytest.mark.parametrize(
    ("skill", "ids", "expected"),
    [
        ("code_quality", ["C1"], None),
        ("code_quality", ["C1:2-4"], None),
        ("code_quality", ["S1"], ClaimFault.NOT_CODE),
        ("code_quality", ["C1", "S1"], ClaimFault.NOT_CODE),
        ("communication", ["C1:1"], ClaimFault.NOT_SPEECH),
        ("problem_solving", ["S1", "C1:1"], None),
    ],
)
def test_each_skill_rests_on_its_own_kind_of_evidence(skill: str, ids: list[str], expected: ClaimFault | None) -> None:
    assert fault(GOOD, ids, skill) == expected


def test_a_withheld_line_is_no_evidence() -> None:
    verified = verify(
        points([(GOOD, ["S2"]), ("Another sound and careful remark.", ["C1:2-3"])]), withheld=frozenset({"S2", "C1:3"})
    )
    assert [entry.fault for entry in verified.dropped] == [ClaimFault.WITHHELD, ClaimFault.WITHHELD]


def test_repetitions_and_a_fourth_point_are_dropped() -> None:
    texts = [
        "Weighs cost in money and risk.",
        "Measures before acting on any hunch.",
        "Compares like with like over equal weeks.",
    ]
    answer = points(
        [(text, ["S1"]) for text in (*texts, texts[0].upper(), "Names what remains untested quite openly.")],
        [(texts[1], ["S2"])],
    )
    verified = verify(answer)
    assert [claim.text for claim in verified.claims] == texts
    assert [entry.fault for entry in verified.dropped] == [
        ClaimFault.DUPLICATE,
        ClaimFault.TOO_MANY,
        ClaimFault.DUPLICATE,
    ]


def test_a_recommendation_rests_on_its_weakness() -> None:
    verified = verify(
        points(
            weaknesses=[
                ("Leaves a gap in the verification open.", ["S7"]),
                ("Cites nothing that exists at all.", ["S99"]),
            ],
            recommendations=[
                (1, "Close every known gap or say who will.", "Nobody asks what remains."),
                (2, "Practise something else entirely every day.", "It simply gets better."),
                (3, "Practise yet another thing now and then.", "It simply gets better."),
                (0, "Practise nothing in particular this time.", "It simply gets better."),
                (1, "See www.evil.example for how to practise.", "It simply gets better."),
            ],
        )
    )
    weakness, advice = verified.claims
    assert (advice.kind, advice.answers, advice.quotes) == ("recommendation", weakness.text, weakness.quotes)
    assert advice.sentence == "Close every known gap or say who will. How to notice progress: Nobody asks what remains."
    assert [entry.fault for entry in verified.dropped[1:]] == [ClaimFault.NO_WEAKNESS] * 3 + [ClaimFault.LINK]


def test_a_repair_adds_to_what_stands_and_numbers_on() -> None:
    verifier = ClaimVerifier(TRANSCRIPT, PRIVATE, frozenset(), "technical")
    first = verifier.verify(
        Points.model_validate(points(weaknesses=[("Leaves a gap in the verification open.", ["S7"])]))
    )
    repair = points(
        weaknesses=[("Trusts one week to stand for all.", ["S5"])],
        recommendations=[(2, "Compare several weeks before concluding.", "Surprises get rarer.")],
    )
    verified = verifier.verify(Points.model_validate(repair), first.claims)
    assert [claim.kind for claim in verified.claims] == ["weakness", "weakness", "recommendation"]
    assert verified.claims[2].answers == "Trusts one week to stand for all."


WORDS = st.sampled_from(
    "I we they could should measured tested shipped the a cache index queue twice 3 14 140 9.5 90% because it worked "
    "failed never not didn't can't always with without team manager".split()
)
SENTENCE = st.lists(WORDS, min_size=5, max_size=14).map(lambda words: " ".join(words) + ".")
VARIED = {"'": "’", "-": "‑", " ": "\u00a0", '"': "“"}


def tokens(text: str) -> list[str]:
    return text.rstrip(".").split()


@given(SENTENCE, st.data())
def test_an_inserted_negation_is_never_said(said: str, data: st.DataObject) -> None:
    words = tokens(said)
    place = data.draw(st.integers(0, len(words)))
    altered = [*words[:place], data.draw(st.sampled_from(["not", "never", "hardly", "no"])), *words[place:]]
    assume(" ".join(altered) not in said)
    assert not is_said(" ".join(altered), said)


@given(SENTENCE, st.data())
def test_a_changed_number_is_never_said(said: str, data: st.DataObject) -> None:
    words = tokens(said)
    places = [place for place, word in enumerate(words) if word[0].isdigit()]
    assume(places)
    place = data.draw(st.sampled_from(places))
    number = words[place]
    words[place] = data.draw(
        st.sampled_from(
            [f"1{number}", f"{number}0", number[:-1] or "7", f"-{number}", f"{number}%", "²" + number, number + "²"]
        )
    )
    assume(fold(words[place]) != fold(number) and " ".join(words) not in said)
    assert not is_said(" ".join(words), said)


@given(SENTENCE, st.data())
def test_a_swapped_person_is_never_said(said: str, data: st.DataObject) -> None:
    words = tokens(said)
    people = {"I": "they", "we": "I", "they": "we", "team": "manager", "manager": "I"}
    places = [place for place, word in enumerate(words) if word in people]
    assume(places)
    place = data.draw(st.sampled_from(places))
    words[place] = people[words[place]]
    assert not is_said(" ".join(words), said)


@given(SENTENCE, SENTENCE, st.data())
def test_spliced_halves_are_never_said(one: str, other: str, data: st.DataObject) -> None:
    first, second = tokens(one), tokens(other)
    splice = [*first[: data.draw(st.integers(1, len(first)))], *second[data.draw(st.integers(0, len(second) - 1)) :]]
    quoted = " ".join(splice)
    assume(quoted.lower() not in one.lower() and quoted.lower() not in other.lower())
    assert not is_said(quoted, one)
    assert not is_said(quoted, other)


@given(SENTENCE, SENTENCE)
def test_what_someone_else_said_is_never_said(own: str, other: str) -> None:
    assume(other.rstrip(".").lower() not in own.lower())
    assert not is_said(other, own)


@given(SENTENCE, st.data())
def test_a_negation_cannot_be_cut_off(said: str, data: st.DataObject) -> None:
    words = tokens(said)
    negators = [place for place, word in enumerate(words) if word in ("not", "never", "didn't", "can't", "without")]
    assume(negators)
    place = data.draw(st.sampled_from(negators))
    after, before = words[place + 1 :], words[:place]
    if after and after not in ([*words[start : start + len(after)]] for start in range(place + 1)):
        assert not is_said(" ".join(after), said)
    # "Works without tests" works: such a word denies only what follows it.
    elsewhere = ([*words[start : start + len(before)]] for start in range(1, len(words)))
    if before and words[place] != "without" and before not in elsewhere:
        assert not is_said(" ".join(before), said)


def test_what_stands_before_without_is_said() -> None:
    assert is_said("errors stabilized", "Errors stabilized without new issues.")
    assert not is_said("new issues", "Errors stabilized without new issues.")
    assert not is_said("errors are", "Errors are not gone.")


@given(SENTENCE, st.data())
def test_typographic_variants_are_always_said(said: str, data: st.DataObject) -> None:
    varied = "".join(
        data.draw(st.sampled_from([character, VARIED[character]])) if character in VARIED else character
        for character in said
    )
    hidden = data.draw(st.sampled_from(["", "\u200b", "\u00ad", "\ufeff"]))
    middle = len(varied) // 2
    assert is_said(varied[:middle] + hidden + varied[middle:], said)
    assert is_said(said.upper().rstrip("."), varied)
    assert is_said(f"  {varied}  ", said)


@pytest.mark.parametrize(
    ("quoted", "said"),
    [
        ("It's the team's “cache‑first” plan…", 'It’s the team’s "cache-first" plan...'),
        ("eﬃcient ﬁlters – 5−3", "efficient filters - 5-3"),
        ("naïve café", "nai\u0308ve cafe\u0301"),
    ],
)
def test_typographic_variants_by_example(quoted: str, said: str) -> None:
    assert is_said(quoted, said)
    assert is_said(said, quoted)


@pytest.mark.parametrize(
    ("quoted", "said"),
    [
        ("it took 40 ms", "it took 140 ms"),
        ("took 5", "it took 5.5 seconds"),
        ("10² users", "102 users"),
        ("1½ years", "11/2 years"),
        ("can deploy", "I can't deploy"),
        ("I can", "I can't deploy"),
        ("test it", "I did not test it"),
        ("I did", "I did not test it"),
        ("rest", "the restaurant"),
        ("", "anything"),
        ("...", "anything..."),
    ],
)
def test_nearly_said_is_not_said(quoted: str, said: str) -> None:
    assert not is_said(quoted, said)


@given(
    st.lists(st.text(max_size=60), max_size=8),
    st.lists(st.text("SC0123456789:-", max_size=8), max_size=4),
    st.sampled_from(["technical", "code_quality"]),
)
def test_whatever_is_claimed_only_what_can_be_pointed_to_stands(texts: list[str], ids: list[str], skill: str) -> None:
    answer = {
        "strengths": [{"ids": ids, "text": text} for text in texts[:3]],
        "weaknesses": [{"ids": ids[:1], "text": text} for text in texts[3:6]],
        "recommendations": [{"weakness": 1, "practise": text, "notice": text} for text in texts[6:]],
    }
    # Servers that enforce nothing send ids of any form.
    verified = ClaimVerifier(TRANSCRIPT, PRIVATE, frozenset({"S2"}), skill).verify(
        Points.model_construct(**_built(answer))
    )
    assert len(verified.claims) + len(verified.dropped) == len(texts)
    for claim in verified.claims:
        assert claim.quotes
        assert len(claim.text) <= LONGEST
        assert "S2" not in claim.evidence
        assert all(
            TRANSCRIPT.quote(evidence) == quote for evidence, quote in zip(claim.evidence, claim.quotes, strict=True)
        )
        assert not re.search(r"https?:|<\w", claim.text)
        assert Claim.model_validate_json(claim.model_dump_json()) == claim


def _built(answer: dict[str, list[dict[str, object]]]) -> dict[str, object]:
    from analytics.breakdown.assessment.answers import Advice, Point

    return {
        "strengths": [Point.model_construct(None, **entry) for entry in answer["strengths"]],
        "weaknesses": [Point.model_construct(None, **entry) for entry in answer["weaknesses"]],
        "recommendations": [Advice.model_construct(None, **entry) for entry in answer["recommendations"]],
    }


SCRIPTS = read_transcript(
    [
        {"role": "user", "content": "我们用 Redis 做缓存，并且给热点数据加了随机过期时间。"},
        {"role": "user", "content": "障害対応では、まずログを確認し、原因を特定してから切り戻しを行いました。"},
        {"role": "user", "content": "I looked at the slow query log first and then added an index."},
        {"role": "user", "content": "मैंने पहले लॉग देखा और फिर इंडेक्स जोड़ा।"},
    ]
)


@pytest.mark.parametrize("opening", ['"', "“", "「", "『", "＂", "«", "《", "〝", "„", "‘"])
@pytest.mark.parametrize(
    ("cited", "invented", "said"),
    [
        ("S1", "我从来没有写过单元测试", "用 Redis 做缓存"),
        ("S2", "テストを書いたことがありません", "まずログを確認し"),
        ("S3", "never wrote a test", "slow query log"),
        ("S3", "panicked", "index"),
        ("S4", "कभी टेस्ट नहीं लिखा", "पहले लॉग देखा"),
    ],
)
def test_a_quotation_in_any_marks_and_script_is_held_against_what_was_said(
    opening: str, cited: str, invented: str, said: str
) -> None:
    closing = {"“": "”", "「": "」", "『": "』", "«": "»", "《": "》", "〝": "〟", "„": "“", "‘": "’"}.get(
        opening, opening
    )

    def verified(quoted: str) -> VerifiedClaims:
        text = f"Says {opening}{quoted}{closing} openly, which shows how the trouble was approached."
        answer = {"strengths": [{"ids": [cited], "text": text}], "weaknesses": [], "recommendations": []}
        return ClaimVerifier(SCRIPTS, PRIVATE, frozenset(), "technical").verify(Points.model_validate(answer))

    assert [entry.fault for entry in verified(invented).dropped] == [ClaimFault.MISQUOTES]
    assert len(verified(said).claims) == 1


def test_a_claim_written_without_spaces_says_something() -> None:
    text = "候选人清楚地说明了缓存策略以及为什么需要随机过期时间体现了扎实的理解。"
    answer = {"strengths": [{"ids": ["S1"], "text": text}], "weaknesses": [], "recommendations": []}
    assert ClaimVerifier(SCRIPTS, PRIVATE, frozenset(), "technical").verify(Points.model_validate(answer)).claims
