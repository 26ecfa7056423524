"""Habits of real transcripts: each is read for what it is, or it is said that it cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.breakdown import FeedbackGenerator, InterviewFeedback, ModelSettings, Outcome
from analytics.breakdown.assessment.answers import Points
from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.assessment.verification import ClaimVerifier
from analytics.breakdown.llm import texts
from analytics.breakdown.reading.redaction import Private
from analytics.breakdown.reading.transcript import read_transcript
from analytics.interviewlab.feedback import State
from tests.support.doubles import ANSWERS, QUESTIONS, SETTINGS, Double, conversation, message, points
from tests.support.model_server import sensible_answer

SPOKEN = ("communication", "technical", "problem_solving")


def exchanges(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [message(role, text) for pair in pairs for role, text in zip(("assistant", "user"), pair, strict=True)]


def made(stored: list[dict[str, Any]]) -> InterviewFeedback:
    double = Double(lambda call: sensible_answer(call.prompt))
    return FeedbackGenerator(SETTINGS, client=double).generate_feedback(stored)


def reasons(feedback: InterviewFeedback) -> set[Outcome | None]:
    return {feedback.skill_breakdown[key].reason for key in SPOKEN}


def test_a_monologue_is_rated_and_what_it_lacks_is_said() -> None:
    last = "Then I wrote it down for the team, with the numbers, so that the next one need not look for it all again."
    feedback = made([message("user", " ".join((*ANSWERS, last)))])
    assert reasons(feedback) == {None}
    assert any("in one piece" in note for note in feedback.notes)
    assert not any("in one piece" in note for note in made(conversation()).notes)


def test_many_short_exact_answers_are_rated() -> None:
    said = "Forty gigabytes on disk now. Yes, restored every month. Twenty-five minutes or so. Read committed, mostly. "
    said += "Serializable for the ledger. Retry three times first. Less than daily. Alembic, reviewed by two. "
    said += "Never during the day. Nullable first, then backfill. Slow log and dashboard. Above fifty milliseconds. "
    said += "Four of us, weekly. A missing index. The dashboard showed it. An alert at two. Nobody was hurt. "
    said += "We wrote a test. It still runs nightly. I would shard later. "
    said += "Only when one disk is full. Reads come first anyway. Caching is cheap here. Writes are rare at night."
    answers = said.split(". ")
    assert reasons(made(exchanges(*((f"What about number {n}?", text) for n, text in enumerate(answers))))) == {None}
    fillers = exchanges(*((f"What about number {n}?", "Yes.") for n in range(100)))
    assert reasons(made(fillers)) == {Outcome.TOO_FEW_WORDS}


def test_fenced_code_in_a_message_is_code_and_no_speech() -> None:
    code = "def reverse(items):\n    items.sort(reverse=True)\n    return items"
    stored = [*conversation(code=False), message("user", f"Here it is.\n```python\n{code}\n```\nIt sorts in place.")]
    transcript = read_transcript(stored)
    (submission,) = transcript.submissions
    assert (submission.code, submission.language) == (code, "python")
    assert not any("reverse" in sentence.text for sentence in transcript.sentences)
    quote = transcript.quote("C1:2")
    assert quote is not None
    assert code[quote.start : quote.end] == "    items.sort(reverse=True)"
    assert made(stored).skill_breakdown["code_quality"].state is State.SCORED


@pytest.mark.parametrize(
    "block",
    [
        "```log\nerror: 1\nerror: 2\n```",
        "```\nx = 1\n```",
        "```\nI asked it for a plan (a short one).\nIt wrote me three pages.\nNone of them helped.\n```",
    ],
)
def test_a_fenced_log_or_a_single_line_is_no_submission(block: str) -> None:
    transcript = read_transcript([*conversation(code=False), message("user", f"It said {block}")])
    assert list(transcript.submissions) == []


def test_what_was_handed_in_counts_before_what_was_pasted() -> None:
    pasted = message("user", "Like this:\n```python\na = 1\nb = 2\n```")
    (submission,) = read_transcript([*conversation(), pasted]).submissions
    assert "total" in submission.code


def test_labels_in_one_message_say_who_speaks() -> None:
    text = "\n".join(f"Interviewer: {asked}\nCandidate: {said}" for asked, said in zip(QUESTIONS, ANSWERS, strict=True))
    transcript = read_transcript([message("user", text)])
    assert [turn.speaker for turn in transcript.turns] == ["interviewer", "candidate"] * 3
    for sentence in transcript.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert not sentence.text.startswith(("Candidate", "Interviewer"))
    prepared = FeedbackGenerator(SETTINGS).prepare([message("user", text)])
    assert [question.text for question in prepared.questions] == list(QUESTIONS)
    assert [row.text for row in prepared.rows if row.label == "Q2"] == [QUESTIONS[1]]
    # One label names no dialogue.
    alone = read_transcript([message("user", "Candidate: I measured it first.")])
    assert [turn.speaker for turn in alone.turns] == ["candidate"]


def test_swapped_speakers_are_not_assessed_but_a_candidate_who_asks_back_is() -> None:
    swapped = exchanges(*((said, f"{asked} And what would you do now?") for said in ANSWERS for asked in QUESTIONS))
    assert reasons(made(swapped)) == {Outcome.SWAPPED}
    back = exchanges(*zip(QUESTIONS, (f"{said} Does that answer it?" for said in ANSWERS), strict=True))
    assert reasons(made(back)) == {None}


GARBLED = (
    "so the the deplo ment um kuber nettys was uh shhh pot gress lok tabel ass in grate on flux an den de que "
    "reyes tok "
    "fif tea minits wen i luk at de lox dey wer awl err err time owt ree tri"
)
AGAIN = (
    "we ad ed a in dex on cust omer eye dee an den it wuz fas ter bye ten tymes bat de cash wuz stall fore a wile "
    "sow i "
    "ad too flash it man yule ee ev ree nite un till de team fix sit"
)
UNPUNCTUATED = (
    "so i started with the logs and i saw that the ranking took most of the time and then i thought maybe it is "
    "the index "
    "but no the index was fine so i went on to profile the ranking and one function sorted everything twice",
    "we could have bought more machines but that costs money every month and it would not fix the cause also "
    "caching but "
    "then you have stale results after an update so we did not do that i would do it now for the head of the queries",
)


def test_garbled_recognition_gets_a_note_and_no_score() -> None:
    feedback = made(exchanges(("How did you find the cause?", GARBLED), ("What did you change?", AGAIN)))
    assert reasons(feedback) == {Outcome.GARBLED}
    assert feedback.points == 0
    assert reasons(made(conversation())) == {None}


# Each shares words with English, and has short ones of its own.
OTHER_LANGUAGES = {
    "Dutch": (
        "Dat was in maart, toen we merkten dat er een fout in de betalingen zat. Ik zag het als eerste, want een klant "
        "belde en zei dat er twee keer geld was afgeschreven. We hadden op dat moment geen alarm, dus we wisten het "
        "pas na een uur.",
        "We hebben de service uitgezet en daarna met een test bekeken of de fout weg was. Het is in de code een kleine "
        "fout geweest, maar in de praktijk was het een groot probleem. Ik vind dat we te laat waren en dat is wat ik "
        "er van heb geleerd. Als het nog een keer gebeurt is er nu een alarm en dan weten we het in twee minuten.",
    ),
    "Hinglish": (
        "Hum log ek payment service bana rahe the, to usme mera kaam ye tha ki duplicate payment ko rokna hai. Pehle "
        "to hum sirf code me check karte the, but us time do request ek saath aa jati thi. To maine database me unique "
        "key laga di, is wajah se ab doosri request fail ho jati hai.",
        "To maine pehle ek script likhi jo ek hi request ko das baar bhejti hai. Jo log on call the un ko bhi bataya "
        "ki is me kya badla hai. In sab me do din lage the. So us ke baad hum ne production me dheere dheere on kiya, "
        "it was safe.",
    ),
    "Taglish": (
        "So ang project namin is payment app, at ako ang gumawa ng part na nag-check kung double ang bayad. Yung "
        "problem kasi is na dalawang beses dumarating ang request from the provider, so nag-add ako ng unique key sa "
        "database. After that wala na kaming complaint na natanggap.",
        "Gumawa ako ng script na nag-send ng same request ng ten times, and then tiningnan ko sa logs kung ano ang "
        "nangyari. It was okay naman, isa lang ang pumasok at the rest is na-reject. So na-release namin after two "
        "days, and we told the team about it.",
    ),
}


@pytest.mark.parametrize("said", OTHER_LANGUAGES.values(), ids=OTHER_LANGUAGES)
def test_another_language_is_not_garbled_english(said: tuple[str, ...]) -> None:
    prepared = FeedbackGenerator(SETTINGS).prepare(exchanges(*zip(QUESTIONS, said, strict=False)))
    assert {prepared.gates[key].reason for key in SPOKEN} == {None}


def test_a_long_interview_of_broken_words_is_garbled_although_pieces_come_again() -> None:
    def broken(text: str, size: int) -> str:
        return " ".join(word[at : at + size] for word in text.split() for at in range(0, len(word), size))

    long = [(asked, broken(said, size)) for size in (2, 3) for asked, said in zip(QUESTIONS, ANSWERS, strict=True)]
    prepared = FeedbackGenerator(SETTINGS).prepare(exchanges(*long))
    assert {prepared.gates[key].reason for key in SPOKEN} == {Outcome.GARBLED}


def test_an_estimate_says_why_nothing_would_be_sent() -> None:
    generator = FeedbackGenerator(SETTINGS)
    asked = {
        Outcome.TOO_FEW_WORDS: conversation(code=False)[:2],
        Outcome.GARBLED: exchanges(*zip(QUESTIONS, (GARBLED, AGAIN), strict=False)),
        None: conversation(),
    }
    for reason, stored in asked.items():
        expected = generator.estimate(generator.prepare(stored))
        assert (expected.reason, expected.calls == 0) == (reason, reason is not None)


def test_speech_without_punctuation_is_never_judged_for_its_sentences() -> None:
    stored = exchanges(*zip(QUESTIONS, UNPUNCTUATED, strict=False))
    feedback = made(stored)
    assert reasons(feedback) == {None}
    assert any("without punctuation" in note for note in feedback.notes)
    double = Double(lambda call: sensible_answer(call.prompt))
    FeedbackGenerator(SETTINGS, client=double).generate_feedback(stored)
    assert all(texts.UNPUNCTUATED in call.prompt for call in double.calls if call.answer == "points")
    claims = Points.model_validate(points(weaknesses=[("Rambles in run-on sentences, which hides the cause.", ["S1"])]))
    verifier = ClaimVerifier(read_transcript(stored), Private(), frozenset(), "communication")
    assert [dropped.fault for dropped in verifier.verify(claims).dropped] == [ClaimFault.SENTENCES]
    punctuated = ClaimVerifier(read_transcript(conversation()), Private(), frozenset(), "communication")
    assert punctuated.verify(claims).dropped == ()


@pytest.mark.parametrize("said", [UNPUNCTUATED, (GARBLED, AGAIN)], ids=["unpunctuated", "garbled"])
def test_rules_say_nothing_about_sentences_either(said: tuple[str, ...]) -> None:
    feedback = FeedbackGenerator(ModelSettings()).generate_feedback(exchanges(*zip(QUESTIONS, said, strict=False)))
    told = [claim.text for skill in feedback.skill_breakdown.values() for claim in skill.claims]
    assert not any("sentence" in text or "ramble" in text for text in told)
