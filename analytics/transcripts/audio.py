"""Detects audio and video files by their content, for services that transcribe them."""

from __future__ import annotations

from typing import Final

# What services of transcription take at most.
LARGEST_RECORDING: Final = 25_000_000
_BEGINNINGS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"\x1aE\xdf\xa3", "webm"),
)


def recording_suffix(data: bytes) -> str | None:
    """Return the file suffix of a recording's format; None if it is neither audio nor video."""
    for beginning, suffix in _BEGINNINGS:
        if data.startswith(beginning):
            return suffix
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[4:8] == b"ftyp":
        return "m4a" if data[8:11] == b"M4A" else "mp4"
    # An MP3 without a tag begins with its first frame: eleven bits, then a version and a layer that exist.
    second = data[1] if len(data) > 1 else 0
    is_frame = data[:1] == b"\xff" and second & 0xE0 == 0xE0 and second & 0x18 != 0x08 and second & 0x06 == 0x02
    return "mp3" if is_frame else None
