"""Decodes text files of any encoding."""

from __future__ import annotations

import codecs
from typing import Final

from charset_normalizer import from_bytes

from analytics.transcripts.model import TranscriptError

EXPORT_TEXT: Final = "Export the transcript as text, .vtt or .docx and add that file."
_DAMAGED: Final = "windows-1252 where it is no UTF-8"
# A language in Latin letters has fewer beyond ASCII, one in another script hardly any within.
_MOST_OF_LATIN: Final = 0.3
# What so much of a file does not tell, more of it seldom does.
_LOOKED_AT: Final = 50_000


def decode(data: bytes) -> tuple[str, str]:
    """Decode bytes and return text and encoding; raises `TranscriptError` for what is no text.

    UTF-8, also with bytes that are none, UTF-16 and UTF-32; of others, what the letters of another script point to, or
    else Windows-1252.
    """
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return _strictly(data, "utf-32", "UTF-32")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(data, "utf-16", "UTF-16")
    sample = data[:4_000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) > len(sample) // 5:
        return _strictly(data, "utf-16-le" if odd > even else "utf-16-be", "UTF-16")
    if 0 in sample:
        raise TranscriptError(f"This is not a text file. {EXPORT_TEXT}")
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        # Of a file that is plain ASCII until then, the last byte is a letter of Windows-1252.
        if error.reason == "unexpected end of data" and not data[: error.start].isascii():
            return data[: error.start].decode("utf-8-sig"), "UTF-8 with its end cut off"
    if (mended := _mend(data)) is not None:
        return mended, "UTF-8 with damaged letters"
    controls = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in sample)
    if controls > len(sample) // 50:
        raise TranscriptError(f"This is not a text file. {EXPORT_TEXT}")
    if (found := _of_another_script(data)) is not None:
        return found
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "Latin-1"


def _strictly(data: bytes, codec: str, name: str) -> tuple[str, str]:
    try:
        return data.decode(codec).lstrip("\ufeff"), name
    except UnicodeDecodeError as error:
        raise TranscriptError(f"This file begins as {name} text but is damaged. Export it again.") from error


def _mend(data: bytes) -> str | None:
    """Decode UTF-8 with few damaged bytes, each as a letter of Windows-1252; None for another encoding."""
    letters = sum(not letter.isascii() for letter in data.decode("utf-8-sig", "ignore"))
    if letters < 2 * data.decode("utf-8", "replace").count("\ufffd"):
        return None
    return data.decode("utf-8-sig", _DAMAGED)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_DAMAGED, _as_windows)


def _of_another_script(data: bytes) -> tuple[str, str] | None:
    """Decode a text that holds mostly letters beyond ASCII, if its encoding can be told."""
    beyond = sum(byte > 127 for byte in data[:_LOOKED_AT])
    if beyond <= _MOST_OF_LATIN * sum(byte > 127 or bytes([byte]).isalpha() for byte in data[:_LOOKED_AT]):
        return None
    best = from_bytes(data[:_LOOKED_AT].rpartition(b"\n")[0] or data[:_LOOKED_AT]).best()
    try:
        return None if best is None else (data.decode(best.encoding), best.encoding)
    except UnicodeDecodeError:
        return None
