"""Over a hundred made-up files, as each service writes them, each with a key made from what was said.

The key of `x.vtt` is `x.vtt.key.json`: the turns (speaker, text, start, end), what is left out, or why it is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analytics.transcripts.model import TranscriptError
from analytics.transcripts.read import read_transcript_file
from analytics.transcripts.speakers import contradictions, propose_candidate

KEYS = sorted((Path(__file__).parent / "corpus").glob("*.key.json"))


def key_of(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text())
    return read


def data_of(path: Path) -> bytes:
    return path.with_name(path.name.removesuffix(".key.json")).read_bytes()


INVERTED = [path for path in KEYS if key_of(path).get("inverted")]


def test_the_corpus_is_as_large_as_it_is_meant_to_be() -> None:
    assert len(KEYS) >= 80
    assert len({path.name.partition("-")[0] for path in KEYS}) >= 20


@pytest.mark.parametrize("path", KEYS, ids=lambda path: path.name.removesuffix(".key.json"))
def test_every_word_is_kept_with_its_speaker_or_the_file_is_refused(path: Path) -> None:
    key = key_of(path)
    if refusal := key.get("refused"):
        with pytest.raises(TranscriptError, match=refusal):
            read_transcript_file(data_of(path))
        return
    transcript = read_transcript_file(data_of(path))
    found = [(turn.speaker, turn.text.split(), turn.start, turn.end) for turn in transcript.turns]
    assert found == [
        (speaker, text.split(), pytest.approx(start, abs=0.001), pytest.approx(end, abs=0.001))
        for speaker, text, start, end in key["turns"]
    ]
    assert transcript.format == key["format"]
    assert {part.reason for part in transcript.removed} == set(key.get("removed", ()))
    assert "encoding" not in key or transcript.encoding == key["encoding"]


def test_labels_the_wrong_way_round_are_flagged_and_right_ones_are_not() -> None:
    flagged = [
        path for path in INVERTED if contradictions(read_transcript_file(data_of(path)), key_of(path)["candidate"])
    ]
    assert len(INVERTED) >= 10
    assert len(flagged) >= 0.9 * len(INVERTED)
    for name in ("plain-a.txt", "zoom-a.vtt", "teams-a.docx"):
        transcript = read_transcript_file((Path(__file__).parent / "corpus" / name).read_bytes())
        assert propose_candidate(transcript) == "Grace Hopper"
        assert contradictions(transcript, "Grace Hopper", "Grace Hopper") == []
