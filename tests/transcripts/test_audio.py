"""Recordings told by their first bytes."""

from __future__ import annotations

import pytest

from analytics.transcripts.audio import recording_suffix


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"ID3\x04\x00", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x40\xc0", "mp3"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
        (b"\x00\x00\x00\x1cftypM4A \x00", "m4a"),
        (b"\x00\x00\x00\x20ftypisom", "mp4"),
        (b"OggS\x00\x02", "ogg"),
        (b"fLaC\x00", "flac"),
        (b"\x1aE\xdf\xa3\x9f", "webm"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", None),
        (b"\xff\xfeW\x00E\x00B\x00", None),
        (b"\xfe\xff\x00W", None),
        (b"\xff", None),
        (b"WEBVTT\n\n00:01.000", None),
        (b"Ann: If the type is WAVE, say so.", None),
        (b"", None),
    ],
)
def test_a_recording_is_told_by_its_content(data: bytes, suffix: str | None) -> None:
    assert recording_suffix(data) == suffix
