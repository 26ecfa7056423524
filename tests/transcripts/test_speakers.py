"""Who speaks how much, who is proposed as the candidate, and labels that contradict themselves."""

from __future__ import annotations

import pytest

from analytics.transcripts.read import read_text
from analytics.transcripts.speakers import (
    contradictions,
    propose_candidate,
    reassign_turn,
    rename_speakers,
    speaker_table,
    swap_speakers,
)

_TALK = (
    "Dana: Hi Priya, thanks for coming. What do you work on?\nPriya: Queues. We had ten services and one of them kept "
    "falling over under load.\nDana: How did you find out?\nPriya: From the p99, which grew a week before anybody "
    "called.\nDana: And then?\nPriya: We bounded the queue and shed the rest.\n"
)


def test_the_table_tells_who_says_what() -> None:
    dana, priya = speaker_table(read_text(_TALK))
    assert (dana.name, dana.turns, dana.asking) == ("Dana", 3, 1.0)
    assert (priya.name, priya.turns, priya.asking) == ("Priya", 3, 0.0)
    assert dana.first_words == "Hi Priya, thanks for coming. What do you work on?"
    assert priya.words > dana.words


def test_who_answers_is_proposed_and_a_role_or_a_name_decides() -> None:
    assert propose_candidate(read_text(_TALK)) == "Priya"
    assert propose_candidate(read_text(_TALK), person="Dana Fox") == "Dana"
    assert (
        propose_candidate(read_text("Interviewer: Tell me.\nCandidate: What?\nInterviewer: So.\nCandidate: Why?"))
        == "Candidate"
    )


def test_nobody_is_proposed_where_nothing_speaks_for_anybody() -> None:
    assert propose_candidate(read_text("Ann: One thing.\nBob: Another thing.\nAnn: A third.\nBob: A fourth.")) is None


def test_an_unknown_speaker_is_never_the_candidate() -> None:
    vtt = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nlong words without a name\n"
    vtt += "\n00:00:02.000 --> 00:00:03.000\nDana: Why?\n\n00:00:04.000 --> 00:00:05.000\nDana: How?\n"
    assert propose_candidate(read_text(vtt)) in {"Dana", None}


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        (
            "Dana: Good day.\nPriya: Hello. I'm Dana, shall we?\nDana: Sure.\nPriya: Good.",
            "the name of another speaker",
        ),
        (_TALK, "greets Priya"),
        (_TALK.replace("Hi Priya, thanks for coming", "Welcome. I'm Dana"), "asks nearly all"),
        (
            "Dana: Hello. I'm Priya.\nPriya: Hello. I'm Dana, shall we?\nDana: Sure.\nPriya: Good.",
            "the candidate's name",
        ),
    ],
)
def test_swapped_labels_are_noticed(talk: str, words: str) -> None:
    inverted = (
        swap_speakers(read_text(talk), "Dana", "Priya")
        if talk.startswith("Dana: Hi") or "Welcome" in talk
        else read_text(talk)
    )
    assert any(words in sentence for sentence in contradictions(inverted, "Priya"))


@pytest.mark.parametrize(
    "greeting", ["Good morning, Priya", "Nice to meet you, Priya", "Hi there Priya", "Bonjour Priya"]
)
def test_whoever_greets_the_candidate_by_name_is_somebody_else(greeting: str) -> None:
    right = read_text(_TALK.replace("Hi Priya", greeting))
    inverted = swap_speakers(right, "Dana", "Priya")
    assert any("greets Priya" in sentence for sentence in contradictions(inverted, "Priya"))
    assert contradictions(right, "Priya", "Priya Shah") == []


def test_right_labels_raise_nothing() -> None:
    assert contradictions(read_text(_TALK), "Priya", "Priya Shah") == []


def test_speakers_are_renamed_merged_and_turns_reassigned() -> None:
    transcript = read_text(_TALK)
    merged = rename_speakers(transcript, {"Dana": "Both", "Priya": "Both"})
    assert [turn.speaker for turn in merged.turns] == ["Both"]
    assert merged.turns[0].text.split() == " ".join(turn.text for turn in transcript.turns).split()
    moved = reassign_turn(transcript, 1, "Dana")
    assert [turn.speaker for turn in moved.turns] == ["Dana", "Dana", "Dana", "Priya", "Dana", "Priya"]
    assert transcript.turns[1].speaker == "Priya"
