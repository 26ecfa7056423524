from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.breakdown.reading import transcript
from analytics.breakdown.reading.prepare import prepare
from analytics.breakdown.reading.sentences import LONGEST, split
from analytics.breakdown.reading.transcript import Transcript, read_transcript, transcript_hash
from analytics.text import clean
from tests.support.doubles import CODE, SETTINGS, conversation, message, submission


def said(text: str) -> list[str]:
    return [sentence.text for sentence in read_transcript([message("user", text)]).sentences]


def test_only_what_the_candidate_said_is_numbered() -> None:
    transcript = read_transcript(conversation())
    assert [sentence.id for sentence in transcript.sentences] == [f"S{number}" for number in range(1, 8)]
    assert [turn.speaker for turn in transcript.turns][:2] == ["interviewer", "candidate"]
    assert all(not turn.sentences for turn in transcript.turns if turn.speaker == "interviewer")
    assert not any("what else did you consider" in sentence.text.lower() for sentence in transcript.sentences)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes. I used e.g. Node.js 9.6 vs. Deno.", ["Yes.", "I used e.g. Node.js 9.6 vs. Deno."]),
        ("one\ntwo\r\nthree", ["one", "two", "three"]),
        ("Ok...\n}\n", ["Ok...\n}"]),
        ("...", []),
        ("Like this: ```log\na = 1\nb = 2\n``` done.", ["Like this:", "```log\na = 1\nb = 2\n```", "done."]),
        ("はい。そうです。", ["はい。", "そうです。"]),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert said(text) == expected


@given(st.text(max_size=300))
def test_sentences_follow_each_other_and_lose_no_word(text: str) -> None:
    spans = split(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    outside = list(text)
    for start, end in spans:
        outside[start:end] = " " * (end - start)
    assert not any(character.isalnum() for character in outside)


def test_speech_without_full_stops_is_cut_into_pieces_at_spaces() -> None:
    pieces = said("and then we went on to the next step " * 60)
    assert len(pieces) > 4
    assert all(len(piece) <= LONGEST for piece in pieces)
    assert all(
        not piece.startswith(" ") and piece.split()[0] in "and then we went on to the next step" for piece in pieces
    )


def test_a_sentence_knows_where_it_stands_in_the_stored_text() -> None:
    stored = "Wel\u200bcome.\r\nIt\u2019s  ca\u0301che\u00ad-first, I\u00a0think."
    (first, second) = read_transcript([message("user", stored)]).sentences
    assert stored[first.start : first.end] == "Wel\u200bcome."
    assert second.text == "It\u2019s  cáche-first, I think."
    assert clean(stored[second.start : second.end]).text == second.text


def test_code_becomes_a_submission_with_lines_that_know_where_they_stand() -> None:
    code = "def f():\r\n\r\n\treturn\u200b 1\r\n\n"
    transcript = read_transcript([submission(code, execution_result={"stdout": "1", "exit_code": 0, "more": [1]})])
    (found,) = transcript.submissions
    assert found.lines == ("def f():", "", "\treturn 1")
    assert [clean(code[start:end]).text for start, end in found.spans] == list(found.lines)
    assert found.result == "stdout: 1; exit_code: 0"


def test_the_same_code_twice_and_code_repeated_in_the_message_count_once() -> None:
    transcript = read_transcript(
        [message("user", f"Here it is.\n{CODE}", type="code_review", code=CODE, language="python"), submission(CODE)]
    )
    assert [found.id for found in transcript.submissions] == ["C1"]
    assert [sentence.text for sentence in transcript.sentences] == ["Here it is."]


@pytest.mark.parametrize(
    "metadata",
    [{"type": "code", "code": CODE}, {"type": "code_review", "code": None}, {"type": "code_review", "code": " \n"}],
)
def test_what_is_no_submission(metadata: dict[str, Any]) -> None:
    assert not list(read_transcript([message("assistant", "Nice.", **metadata)]).submissions)


@pytest.mark.parametrize(
    ("stored", "skipped", "sentences"),
    [
        (None, 0, 0),
        ([], 0, 0),
        ({}, 1, 0),
        ("not json", 1, 0),
        (json.dumps([message("user", "Encoded twice.")]), 0, 1),
        ([None, 1, [], "x", {}, {"role": "user"}], 6, 0),
        ([{"role": "system", "content": "be nice"}, {"role": "user", "content": "Yes."}], 1, 1),
        ([{"role": "user", "content": 5}, {"role": "user", "content": ["a"]}, {"role": "user", "content": "  "}], 3, 0),
        ([{"role": "user", "content": "No metadata.", "metadata": "x"}], 0, 1),
    ],
)
def test_damaged_conversations_are_read_as_far_as_they_go(stored: object, skipped: int, sentences: int) -> None:
    transcript = read_transcript(stored)
    assert transcript.skipped == skipped
    assert len(list(transcript.sentences)) == sentences


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["role", "content", "metadata", "code", "type"]), inner)
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4) | JSON)
def test_nothing_stored_can_stop_the_reader(stored: object) -> None:
    transcript = read_transcript(stored)
    assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript
    assert len(transcript_hash(stored)) == 64


@pytest.mark.parametrize(
    ("cited", "text"),
    [
        ("S1", "I measured each stage first and saw that ranking took 140 ms of the 180 ms."),
        ("C1:2", "    result = 0"),
        ("C1:2-3", "    result = 0\n    for item in items:"),
        ("C1", CODE.rstrip("\n")),
    ],
)
def test_what_an_id_names_is_cut_from_the_stored_message(cited: str, text: str) -> None:
    stored = conversation()
    quote = read_transcript(stored).quote(cited)
    assert quote is not None
    assert quote.text == text
    held = stored[quote.message]
    original = held["metadata"]["code"] if quote.place == "code" else held["content"]
    assert original[quote.start : quote.end] == text


@pytest.mark.parametrize(
    "cited", ["S0", "S99", "C2", "C1:0", "C1:6", "C1:3-2", "C1:1-99", "S1:1", "interviewer", "", "C1:"]
)
def test_what_does_not_exist_cannot_be_cited(cited: str) -> None:
    assert read_transcript(conversation()).quote(cited) is None


def test_the_fingerprint_changes_with_what_is_read_and_with_nothing_else() -> None:
    stored = conversation()
    other = [{**entry, "metadata": {**entry["metadata"], "seen": True}} for entry in stored]
    assert transcript_hash(other) == transcript_hash(stored)
    assert transcript_hash(stored[:-1]) != transcript_hash(stored)
    assert transcript_hash([{**stored[0], "role": "user"}, *stored[1:]]) != transcript_hash(stored)


def test_fingerprints_that_were_stored_before_the_checkpoints_were_read_still_hold() -> None:
    spoken = [message("assistant", "Hi, how are you?"), message("user", "Well, thank you.")]
    code = {"type": "code_review", "code": "x = 1\n", "language": "Python", "execution_result": {"stdout": "1"}}
    stored = [*spoken, None, message("user", "Here.", **code), {"role": "system", "content": "CHECKPOINT: 1"}]
    # What the reader of commit 84ff09f gave.
    assert transcript_hash(stored) == "796a729099f57cf4943c17749c16380f23caa3e65eac90e626e257cc3f496e5a"
    assert transcript_hash(json.dumps(stored)) == transcript_hash(stored)


def test_code_in_the_sandbox_is_cited_and_changes_the_fingerprint() -> None:
    stored = conversation(code=False)
    context = {"_sandbox": {"submissions": [{"code": CODE, "language": "python", "execution_result": {"stdout": "1"}}]}}
    transcript = read_transcript(stored, context)
    (found,) = transcript.submissions
    assert (found.id, found.message, found.result) == ("C1", len(stored), "stdout: 1")
    quote = transcript.quote("C1:2")
    assert quote is not None
    assert (quote.text, CODE[quote.start : quote.end]) == ("    result = 0", "    result = 0")
    assert transcript_hash(stored, context) != transcript_hash(stored)
    prepared = prepare(stored, context | {"name": "Robin"}, None, SETTINGS)
    assert prepared.transcript == transcript
    assert prepared.transcript_hash == transcript_hash(stored, context)


def test_a_huge_message_takes_seconds_not_minutes() -> None:
    start = time.perf_counter()
    transcript = read_transcript([message("user", "word " * 400_000), message("user", "wörd\u200b. " * 40_000)])
    assert len(list(transcript.sentences)) > 40_000
    assert time.perf_counter() - start < 20


def test_the_latest_few_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    known = transcript.read_transcript

    def counted(*conversation: object, most: int) -> transcript.Transcript:
        read.append(conversation)
        return known(*conversation, most=most)

    monkeypatch.setattr(transcript, "read_transcript", counted)
    interviews = [[{"role": "user", "content": f"I measured cache number {number}."}] for number in range(5)]
    for held in (*interviews[:4], *interviews[:4]):
        assert transcript.remembered_transcript(held) == known(held)
    assert len(read) == 4
    # The oldest goes; one that says something else is another one.
    transcript.remembered_transcript(interviews[4])
    transcript.remembered_transcript(interviews[0])
    assert len(read) == 6
    changed = transcript.remembered_transcript([{"role": "user", "content": "I measured nothing."}])
    assert changed.quote("S1").text == "I measured nothing."


@pytest.mark.heavy
@pytest.mark.parametrize("unit", ["A\u0301. ", "e\u0301\u0301. ", "I did. ", "\u0301a\n"])
def test_a_large_conversation_is_looked_at_as_far_as_anybody_speaks_and_as_it_is_read_whole(unit: str) -> None:
    said = unit * (10_000_000 // len(unit))
    held = [{"role": "assistant", "content": "Why?"}, {"role": "user", "content": said}]
    began = time.process_time()
    looked_at = transcript.remembered_transcript(held)
    assert looked_at.quote("S99999999") is None
    # All of it took half a minute and more, once for each interview that was looked at.
    assert time.process_time() - began < 8
    sentences = list(looked_at.sentences)
    assert sum(len(sentence.text) for sentence in sentences) > 50_000
    whole = list(transcript.read_transcript([held[0], {"role": "user", "content": said[:1_000]}]).sentences)[:-1]
    assert sentences[: len(whole)] == whole
