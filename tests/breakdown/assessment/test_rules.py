"""Claims and recommendations that must never stand, and natural ones that must, over a made-up interview."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from analytics.breakdown.assessment.answers import Points
from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.assessment.number_words import list_numbers
from analytics.breakdown.assessment.numbers import holds, numbers
from analytics.breakdown.assessment.praise import is_empty_praise
from analytics.breakdown.assessment.rules import forbidden
from analytics.breakdown.assessment.verification import ClaimVerifier
from analytics.breakdown.reading.redaction import Private
from analytics.breakdown.reading.transcript import Transcript, read_transcript
from tests.support.doubles import points

CASES: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("rules.json").read_text(encoding="utf-8"))
MORE: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("more_rules.json").read_text(encoding="utf-8"))
# Written before the rules were looked at; what was first shown of them stands in docs/breakdown.md.
UNSEEN: Final[list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("unseen_rules.json").read_text(encoding="utf-8")
)
# Of a kind each, in English, German, French, Spanish, Portuguese and Chinese.
PERSONS: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("persons.json").read_text(encoding="utf-8"))
OUTAGE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("outage.json").read_text(encoding="utf-8"))
TRANSCRIPT: Final = read_transcript(CASES["conversation"])
FAULTS: Final = {
    "number words": {ClaimFault.NUMBER},
    "interviewer": {ClaimFault.INTERVIEWER},
    "negation": {ClaimFault.MISQUOTES},
    "one word": {ClaimFault.MISQUOTES},
    "traits": {ClaimFault.TRAIT},
    "verdicts": {ClaimFault.CHARACTER, ClaimFault.VERDICT, ClaimFault.ACCUSATION},
    "praise": {ClaimFault.PRAISE},
}


def fault(text: str, ids: str, transcript: Transcript = TRANSCRIPT) -> ClaimFault | None:
    verifier = ClaimVerifier(transcript, Private(), frozenset(), "problem_solving")
    dropped = verifier.verify(Points.model_validate(points([(text, ids.split(","))]))).dropped
    return dropped[0].fault if dropped else None


def advice_fault(
    practise: str,
    notice: str,
    weakness: tuple[str, str] = ("Leaves the fix untested, a risk at release.", "S2"),
    transcript: Transcript = TRANSCRIPT,
) -> ClaimFault | None:
    text, cited = weakness
    answer = points(weaknesses=[(text, [cited])], recommendations=[(1, practise, notice)])
    verifier = ClaimVerifier(transcript, Private(), frozenset(), "problem_solving")
    dropped = verifier.verify(Points.model_validate(answer)).dropped
    return dropped[0].fault if dropped else None


@pytest.mark.parametrize("kind", CASES["false"])
def test_a_false_claim_is_dropped_by_its_rule(kind: str) -> None:
    wrong = [(text, found) for text, ids in CASES["false"][kind] if (found := fault(text, ids)) not in FAULTS[kind]]
    assert wrong == []


def test_natural_claims_stand() -> None:
    assert [(text, found) for text, ids in CASES["natural"] if (found := fault(text, ids)) is not None] == []


@pytest.mark.parametrize("cases", [*MORE, *UNSEEN], ids=["deployments", "performance", "migration", "other languages"])
def test_false_claims_in_other_words_and_marks_fall_and_natural_ones_stand(cases: dict[str, Any]) -> None:
    transcript = read_transcript(cases["conversation"])
    false = [claim for claims in cases["false"].values() for claim in claims]
    assert [text for text, ids in false if fault(text, ids, transcript) is None] == []
    natural = [(text, fault(text, ids, transcript)) for text, ids in cases["natural"]]
    assert [(text, found) for text, found in natural if found is not None] == []


def test_a_recommendation_is_checked_like_a_claim() -> None:
    notice = "Listeners stop asking what was tested."
    stood = [text for text in CASES["recommendations"]["false"] if advice_fault(text, notice) is None]
    stood += [
        text for text in CASES["recommendations"]["false"] if advice_fault("Test on old data first.", text) is None
    ]
    assert stood == []
    natural = CASES["recommendations"]["natural"]
    assert [(text, found) for text in natural if (found := advice_fault(text, notice)) is not None] == []


def test_a_recommendation_on_another_interview_is_checked_like_a_claim() -> None:
    cases = UNSEEN[0]
    weakness = ("Leaves open which paths were exercised by hand.", "S17")
    transcript = read_transcript(cases["conversation"])
    told = {
        kind: [advice_fault(text, "Others ask less.", weakness, transcript) for text in cases["recommendations"][kind]]
        for kind in ("false", "natural")
    }
    assert None not in told["false"]
    assert set(told["natural"]) == {None}


@pytest.mark.parametrize(
    ("said", "same", "other"),
    [
        ("Une quinzaine de serveurs et une centaine de clients.", ["15", "100"], ["50", "10"]),
        ("Wir waren siebzehn Leute und es dauerte einundzwanzig Tage.", ["17", "21 days"], ["70", "12 days"]),
        ("Nous avons migré quatre-vingt-dix tables en soixante-douze heures.", ["90", "72 hours"], ["80", "60 hours"]),
        ("Mantenía treinta y cinco servicios con doscientos mil usuarios.", ["35", "200,000"], ["30", "200"]),
        ("Prima ci volevano ventotto minuti, dopo trecento secondi.", ["28 minutes", "300 s"], ["8 minutes", "3 s"]),
        ("Éramos dezesseis pessoas e cortamos quarenta por cento dos custos.", ["16", "40%"], ["6", "14%"]),
        ("We hadden vijfenveertig klanten en zeshonderd bestellingen.", ["45", "600"], ["54", "6,000"]),
        ("Через двадцать пять минут он обрабатывал пятьсот запросов.", ["25 minutes", "500"], ["20 minutes", "50"]),
        ("हमारी टीम में पच्चीस लोग थे और हमने दो सौ पचास टेस्ट लिखे।", ["25", "250"], ["50", "200"]),
        ("我们用了三十五天迁移了两千张表，错误率降低了百分之二十。", ["35 days", "2,000", "20%"], ["53 days"]),
        ("十二人のチームで、三百台を移行し、二割を減らしました。", ["12", "300", "20%"], ["10", "3", "2%"]),
    ],
)  # fmt: skip
def test_number_words_of_other_languages_compare_with_digits(said: str, same: list[str], other: list[str]) -> None:
    held = list_numbers([said])
    assert [text for text in same if not holds(held, numbers(text)[0])] == []
    assert [text for text in other if holds(held, numbers(text)[0])] == []


def test_words_that_are_numbers_only_elsewhere_are_none() -> None:
    for said in (
        "The two cents are due once the son has left, so mil is no number of ours.",
        "万一出错，我十分愿意一个一个地看。",
        "Это один сервис.",
        "एक टीम थी।",
    ):
        assert [number.written for number in list_numbers([said]) if number.written != "two"] == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("twenty", "20", True),
        ("two hundred milliseconds", "200 ms", True),
        ("two hundred milliseconds", "0.2 seconds", True),
        ("two hundred milliseconds", "200 s", False),
        ("one thousand five hundred", "1,500", True),
        ("twenty-five percent", "25%", True),
        ("three point five seconds", "3.5s", True),
        ("a hundred and ten", "110", True),
        ("2 million rows", "2m rows", True),
        ("hundreds of rows", "350 rows", True),
        ("hundreds of rows", "12 rows", False),
        ("3:30", "330", False),
        ("the 99th percentile", "p99", True),
        ("twenty", "twenty-five", False),
        ("a third of the rows", "33%", True),
        ("a third of the rows", "a quarter of them", False),
        ("three quarters of an hour", "45 minutes", True),
        ("half the rows", "half an hour", False),
        ("half a dozen rows", "six", True),
        ("half a million rows", "500,000 rows", True),
        ("half a dozen rows", "half the rows", False),
        ("tenfold", "from 20 ms to 200 ms", True),
        ("fivefold", "from 20 ms to 200 ms", False),
        ("two and a half seconds", "2.5 s", True),
        ("one in five", "20 percent", True),
        ("0.75", "75 percent", True),
        ("a fortnight", "two weeks", True),
    ],
)
def test_numbers_compare_however_they_are_written(one: str, other: str, same: bool) -> None:
    (claimed,) = numbers(one)
    assert holds(numbers(other), claimed) is same


def test_an_ordinary_word_is_no_number() -> None:
    assert numbers("Often attends to someone's weight, at first and then again.") == []


ABOUT_REAL: Final[dict[str, Any]] = json.loads(
    Path(__file__).parents[3].joinpath("benchmarks", "claims.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("kind", ["traits", "verdicts", "accusations"])
def test_what_may_never_be_said_falls_in_any_language_and_natural_claims_stand(kind: str) -> None:
    assert [text for _, _, text, _ in ABOUT_REAL["false"][kind] if forbidden(text, "") is None] == []
    natural = [text for _, _, text, _ in ABOUT_REAL["natural"]]
    assert [text for text in natural if forbidden(text, "") is not None or is_empty_praise(text)] == []


def test_empty_praise_falls_in_any_language() -> None:
    assert [text for _, _, text, _ in ABOUT_REAL["false"]["praise"] if not is_empty_praise(text)] == []


def test_words_said_of_the_work_or_by_the_candidate_stand_in_other_languages() -> None:
    assert forbidden("Propone una carga perezosa de las imágenes.", "") is None
    assert forbidden("Met l'accent sur les tests de charge.", "") is None
    assert forbidden("Erklärt, wie der Schwellenwert eingestellt wird.", "") is None
    assert forbidden("Es perezosa con las pruebas.", "") is ClaimFault.CHARACTER
    said = "Nous avons une application pour suivre la dépression."
    assert forbidden("Parle d'une application pour la dépression.", said) is None
    assert forbidden("Parle d'une application pour la dépression.", "") is ClaimFault.TRAIT


@pytest.mark.parametrize(
    "text", ["Nennt 5.000 Tests und eine Quote.", "Dit qu'il y a 5 000 tests.", "Noemt 5.000 tests op een rij."]
)
def test_thousands_are_read_as_other_languages_write_them(text: str) -> None:
    assert [number.value for number in list_numbers([text])] == [5_000]
    assert [number.value for number in list_numbers(["Ran it 5.000 times in the test."])] == [5]


@pytest.mark.parametrize(
    ("false", "natural", "fault"),
    [
        ("Has the calm of one who raised a family.", "Raised a flag for each queue family.", ClaimFault.TRAIT),
        ("Suits support more than to a developer's desk.", "Keeps the check in the pipeline.", ClaimFault.VERDICT),
        ("One to keep in mind for a later opening.", "Keeps one connection to each shard.", ClaimFault.VERDICT),
        ("Shows someone else's code as their own.", "Treats the service as their own.", ClaimFault.ACCUSATION),
        ("Trouble with plans points to a learning disorder.", "Finds trouble in the learning rate.", ClaimFault.TRAIT),
        ("Earns a next interview.", "Show one design of your own in the next interview.", ClaimFault.VERDICT),
        ("Probably hard of hearing.", "Says how hard hearing from users is.", ClaimFault.TRAIT),
        ("Bring in for a trial day.", "Ran the trial for a day.", ClaimFault.VERDICT),
        ("Solid enough to be put forward.", "Says the plan was put forward in June.", ClaimFault.VERDICT),
        ("The project has clearly never existed.", "Says the outage never happened again.", ClaimFault.ACCUSATION),
        ("The limits look invented after the fact.", "Says how the limits were found.", ClaimFault.ACCUSATION),
    ],
)
def test_english_phrases_of_the_lists_fall_and_the_like_of_the_work_stands(
    false: str, natural: str, fault: ClaimFault
) -> None:
    assert forbidden(false, "") is fault
    assert forbidden(natural, "") is None


def test_phrases_of_scripts_without_spaces_fall_anywhere_in_a_sentence_and_words_that_hold_them_by_chance_stand() -> (
    None
):
    assert forbidden("听口音不是本地人。", "") is ClaimFault.TRAIT
    assert forbidden("方案稳妥，建议录用该候选人。", "") is ClaimFault.VERDICT
    assert forbidden("この数字は捏造された可能性がある。", "") is ClaimFault.ACCUSATION
    assert is_empty_praise("这个问题回答得很好。")
    for natural in (
        "先记录用户的操作，再比较年龄大于18的分组。",
        "数据来自大型仓库，用结巴分词处理。",
        "检查不可信任的输入，再读取其中年份。",
        "工夫が具体的で、安定年数も示す。",
    ):
        assert forbidden(natural, "") is None
        assert not is_empty_praise(natural)


def test_what_is_said_to_be_denied_must_be_denied() -> None:
    said = read_transcript([{"role": "user", "content": "It might make mistakes. We never lost an order that way."}])
    assert fault('Denies that models "make mistakes", against the evidence.', "S1", said) is ClaimFault.MISQUOTES
    assert fault('Denies that they "lost an order", with no figure.', "S2", said) is None


def test_praise_in_phrases_is_empty() -> None:
    assert is_empty_praise("Really knows their stuff.")
    assert is_empty_praise("What a rich and careful contribution!")
    assert not is_empty_praise("What a null row means is said for each table.")
    assert not is_empty_praise("Knows which stuff the queue holds.")


@pytest.mark.parametrize("kind", PERSONS["false"])
def test_what_is_said_of_a_person_falls_in_six_languages_and_the_like_of_the_work_stands(kind: str) -> None:
    false = PERSONS["false"][kind]
    assert [text for text in false if (forbidden(text, "") or is_empty_praise(text)) in (None, False)] == []
    natural = PERSONS["natural"][kind]
    assert [text for text in natural if forbidden(text, "") is not None or is_empty_praise(text)] == []


@pytest.mark.parametrize(
    ("kind", "fault_of_it"),
    [
        ("number words", {ClaimFault.NUMBER}),
        ("negation", {ClaimFault.MISQUOTES}),
        ("interviewer", {ClaimFault.INTERVIEWER, ClaimFault.NUMBER}),
        ("names", {ClaimFault.INVENTS}),
    ],
)
def test_a_part_told_as_all_a_line_turned_round_and_what_nobody_spoke_of_fall(
    kind: str, fault_of_it: set[ClaimFault]
) -> None:
    said = read_transcript(OUTAGE["conversation"])
    wrong = [
        (text, found) for text, ids in OUTAGE["false"][kind] if (found := fault(text, ids, said)) not in fault_of_it
    ]
    assert wrong == []


def test_natural_claims_about_absence_shares_and_names_stand() -> None:
    said = read_transcript(OUTAGE["conversation"])
    assert [(text, found) for text, ids in OUTAGE["natural"] if (found := fault(text, ids, said)) is not None] == []


def test_a_name_may_be_written_out_and_another_may_not_be_added() -> None:
    said = read_transcript([{"role": "user", "content": "We kept the orders in postgres for two years."}])
    assert fault("Keeps two years of orders in PostgreSQL.", "S1", said) is None
    assert fault("Keeps two years of orders in MongoDB.", "S1", said) is ClaimFault.INVENTS


def test_a_better_wording_counts_only_what_was_spoken_of() -> None:
    verifier = ClaimVerifier(read_transcript(OUTAGE["conversation"]), Private(), frozenset(), "problem_solving")

    def stands(text: str, ids: str) -> bool:
        answer = Points.model_validate(
            {
                "strengths": [],
                "weaknesses": [],
                "recommendations": [],
                "wordings": [{"text": text, "ids": ids.split(",")}],
            }
        )
        return bool(verifier.verify(answer).claims)

    assert [text for text, ids in OUTAGE["wordings"]["false"] if stands(text, ids)] == []
    assert [text for text, ids in OUTAGE["wordings"]["natural"] if not stands(text, ids)] == []
