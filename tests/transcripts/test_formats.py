"""Turns written in any format and read again are the same turns: every word, with its speaker."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.transcripts.model import Transcript, TranscriptError, Turn
from analytics.transcripts.read import read_transcript_file
from tests.support import transcript_files
from tests.support.transcript_files import WRITERS

_NAMES = ("Priya Shah", "Tom Reed", "Łukasz", "王芳", "Amara de Souza")
# Words that a careless reader loses or takes for something else.
_WORDS = st.sampled_from(
    "yes so the list a<b b>c vector<c> &amp; R&D 12:30 https://example.org/a Note: root cause: <b> </v> 100% "
    "naïve 你好 don't “quoted” x=1; {} [1] *star* - --> e.g. I'm NOTE WEBVTT".split()
)
_TEXTS = st.lists(_WORDS, min_size=1, max_size=12).map(lambda words: "I said " + " ".join(words))


@st.composite
def conversations(draw: st.DrawFn) -> list[Turn]:
    """Three to eight turns; two or three people, each of whom speaks at least twice, and never twice in a row."""
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=2, max_size=3, unique=True))
    count = draw(st.integers(len(names) * 2, 8))
    return [
        Turn(names[number % len(names)], draw(_TEXTS), float(number * 10), float(number * 10 + 7))
        for number in range(count)
    ]


@pytest.mark.heavy
@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=25, deadline=None)
@given(turns=conversations())
def test_turns_written_and_read_again_are_the_same(name: str, turns: list[Turn]) -> None:
    transcript = read_transcript_file(WRITERS[name](turns))
    assert [turn.speaker for turn in transcript.turns] == [turn.speaker for turn in turns]
    assert [turn.text.split() for turn in transcript.turns] == [turn.text.split() for turn in turns]
    if name not in {"Name: text"}:
        assert [turn.start for turn in transcript.turns] == [turn.start for turn in turns]
    else:
        assert all(turn.start is None for turn in transcript.turns), "a time was invented"


def read(text: str, people: tuple[str, ...] = ()) -> Transcript:
    return read_transcript_file(text.encode(), people)


def test_a_cue_without_a_label_has_no_speaker() -> None:
    cue = "00:00:0{0}.000 --> 00:00:0{1}.000\n{2}\n"
    parts = ["Ann: Why a queue?", "and how long is it?", "Bob: It absorbs peaks.", "Ann: Go on.", "Bob: That is all."]
    file = "WEBVTT\n\n" + "\n".join(cue.format(place, place + 1, part) for place, part in enumerate(parts))
    turns = read(file).turns
    assert [turn.speaker for turn in turns] == ["Ann", None, "Bob", "Ann", "Bob"]
    assert turns[1].text == "and how long is it?"


def test_two_voices_in_a_cue_are_two_turns_and_comparisons_stay_text() -> None:
    file = (
        "WEBVTT\n\n0:0:0.0 --> 0:0:9.5\n"
        "<v.loud Ann Lee>Is a < b and b > c?</v>\n<v Bob>If x<y, yes &lt;v Ann&gt;</v>\n\n"
        "-0:0:1.0 --> 0:0:12.0\n<v Ann Lee>Use <i>one</i> vector<c>\nhere</v>\n"
    )
    turns = read(file).turns
    assert [(turn.speaker, turn.text) for turn in turns] == [
        ("Ann Lee", "Is a < b and b > c?"),
        ("Bob", "If x<y, yes <v Ann>"),
        ("Ann Lee", "Use one vector<c> here"),
    ]


def test_text_behind_a_blank_line_in_a_cue_is_kept() -> None:
    file = "1\n00:00:01,000 --> 00:00:02,000\nAnn: hi\n\nsecond line\n\n2\n00:00:03,000 --> 00:00:04,000\nBob: yes\n"
    file += "\n3\n00:00:05,000 --> 00:00:06,000\nAnn: so\n\n4\n00:00:07,000 --> 00:00:08,000\nBob: 42\n"
    assert [turn.text for turn in read(file).turns] == ["hi second line", "yes", "so", "42"]


def test_microsofts_metadata_cues_hold_json() -> None:
    said = '{"speakerName": "%s", "spokenText": "%s"}'
    ann, bob = said % ("Ann", "Why?"), said % ("Bob", "So.")
    file = f"WEBVTT\n\n00:00.000 --> 00:01.000\n{ann}\n\n00:01.000 --> 00:02.000\n{bob}\n"
    assert [(turn.speaker, turn.text) for turn in read(file).turns] == [("Ann", "Why?"), ("Bob", "So.")]


def test_cues_without_any_speaker_are_refused_with_the_reason() -> None:
    with pytest.raises(TranscriptError, match="does not say who speaks"):
        read("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nhello there\n")


@pytest.mark.parametrize("word", ["Note", "Root cause", "http", "Step 1", "Pros"])
def test_a_word_before_a_colon_is_no_speaker_even_when_it_returns(word: str) -> None:
    turns = read(f"Ann: Why?\nBob: Two things.\n{word}: one\n{word}: two\nAnn: Thanks.\nBob: Bye.\n").turns
    assert {turn.speaker for turn in turns} == {"Ann", "Bob"}
    assert turns[1].text == f"Two things.\n{word}: one\n{word}: two"


def test_a_name_that_comes_once_counts_when_it_is_known() -> None:
    text = "Ann: Why?\nbecause\nof\nthe\nload\nthat we saw\nLi Wei: Indeed.\nmore\nlines\nAnn: Thanks.\n"
    assert [turn.speaker for turn in read(text).turns] == ["Ann", "Ann"] or len(read(text).turns) == 1
    assert [turn.speaker for turn in read(text, ("Li Wei",)).turns] == ["Ann", "Li Wei", "Ann"]


def test_a_word_that_returns_before_a_colon_and_is_no_speaker_is_named() -> None:
    talk = "Ann: Why?\nBob: Peaks.\n" * 6
    transcript = read(f"{talk}Bob: It was:\nthroughput: high\nlatency was low\nthroughput: low\n")
    assert set(transcript.speakers) == {"Ann", "Bob"}
    assert transcript.turns[-1].text.endswith("throughput: low")
    assert transcript.warnings == (
        "“throughput” begins 2 lines and was not taken for a speaker. If it is one, write it with a capital.",
    )
    assert read(talk).warnings == ()


def test_meet_documents_have_notes_above_and_a_footer() -> None:
    document = transcript_files.Document()
    for line in [
        "Interview (2026-03-02)", "Attendees", "Ann Lee, Bob Roy", "Notes", "They spoke about queues.", "Transcript",
        "00:00:00", "Ann Lee: Why a queue?", "Bob Roy: It absorbs peaks.", "00:05:00", "Ann Lee: And if it is full?",
        "Bob Roy: Then it refuses.", "Transcription ended after 00:06:10",
        "This editable transcript was computer generated and might contain errors. People can also change the text.",
    ]:  # fmt: skip
        document.add_paragraph(line)
    transcript = read_transcript_file(transcript_files.saved(document))
    assert [turn.start for turn in transcript.turns] == [0.0, None, 300.0, None]
    assert transcript.turns[-1].text == "Then it refuses."
    assert {part.reason for part in transcript.removed} == {"Text above the first speaker", "Footer of the service"}
    assert "They spoke about queues." in transcript.removed[0].text


def test_words_in_tables_and_tracked_insertions_are_read_and_deletions_are_not() -> None:
    document = transcript_files.Document()
    table = document.add_table(rows=2, cols=2)
    for row, (name, text) in enumerate([("Ann Lee", "Why?"), ("Bob Roy", "Peaks.")]):
        table.cell(row, 0).text, table.cell(row, 1).text = name, text
    document.add_paragraph("Ann Lee: And?")
    paragraph = document.add_paragraph("Bob Roy: Then it ")
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    for tag, inner, text in (("ins", "t", "refuses"), ("del", "delText", "explodes")):
        change = paragraph._p.makeelement(f"{{{w}}}{tag}", {})
        run = paragraph._p.makeelement(f"{{{w}}}r", {})
        held = paragraph._p.makeelement(f"{{{w}}}{inner}", {})
        held.text = text
        run.append(held)
        change.append(run)
        paragraph._p.append(change)
    turns = read_transcript_file(transcript_files.saved(document)).turns
    assert [(turn.speaker, turn.text) for turn in turns] == [
        ("Ann Lee", "Why?"), ("Bob Roy", "Peaks."), ("Ann Lee", "And?"), ("Bob Roy", "Then it refuses"),
    ]  # fmt: skip


def test_names_in_turn_above_several_paragraphs_go_before_words_with_a_colon() -> None:
    asked = "Ann Lee\nWhat went well?\n\nAnd what did not?\n\n"
    answered = "Bob Roy\nSatisfied: the tool.\n\nFrustrated: the game.\n\nIt took long.\n\n"
    turns = read((asked + answered) + (asked + "Bob Roy\nIt drains.\n\nThen it holds.\n\n") * 4).turns
    assert [turn.speaker for turn in turns] == ["Ann Lee", "Bob Roy"] * 5
    assert turns[1].text.split() == "Satisfied: the tool. Frustrated: the game. It took long.".split()


def test_questions_and_answers_are_speakers() -> None:
    turns = read("Q: What is a set?\nA: A collection.\n\nQ: And a list?\nA: Ordered.\n").turns
    assert [turn.speaker for turn in turns] == ["Q", "A", "Q", "A"]


def test_code_in_a_pasted_text_stays_as_it_is() -> None:
    text = "Ann: Show me.\nBob: Here:\n```python\nAnn: int = 1\n\nfor x in y:\n    print(x)\n```\nAnn: Good.\n"
    turns = read(text).turns
    assert [turn.speaker for turn in turns] == ["Ann", "Bob", "Ann"]
    assert "\nfor x in y:\n    print(x)\n" in turns[1].text


@pytest.mark.parametrize(
    ("document", "turns"),
    [
        (
            '{"results": {"channels": [{"alternatives": [{"words": [{"word": "why", "punctuated_word": "Why?", '
            '"start": 0.1, "end": 0.4, "speaker": 0}, {"word": "so", "start": 0.5, "end": 0.9, "speaker": 1}]}]}]}}',
            [Turn("Speaker 0", "Why?", 0.1, 0.4), Turn("Speaker 1", "so", 0.5, 0.9)],
        ),
        (
            '{"results": {"items": [{"type": "pronunciation", "start_time": "0.1", "end_time": "0.4", "speaker_label": '
            '"spk_0", "alternatives": [{"content": "Why"}]}, {"type": "punctuation", '
            '"alternatives": [{"content": "?"}]}, '
            '{"type": "pronunciation", "start_time": "0.5", "end_time": "0.9", "speaker_label": "spk_1", '
            '"alternatives": [{"content": "So"}]}]}}',
            [Turn("spk_0", "Why?", 0.1, 0.4), Turn("spk_1", "So", 0.5, 0.9)],
        ),
        (
            '{"utterances": [{"speaker": "A", "text": "Why?", "start": 100, "end": 400}]}',
            [Turn("Speaker A", "Why?", 0.1, 0.4)],
        ),
    ],
)
def test_services_are_told_by_their_fields(document: str, turns: list[Turn]) -> None:
    assert list(read(document).turns) == turns


def test_speech_without_speakers_is_refused_with_the_reason() -> None:
    with pytest.raises(TranscriptError, match="diarisation"):
        read('{"text": "hi", "segments": [{"start": 0, "end": 1, "text": "hi"}]}')
