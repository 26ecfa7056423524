"""Writes turns as each service would, to be read again."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from io import BytesIO

from docx import Document

from analytics.transcripts.model import Turn

Write = Callable[[Sequence[Turn]], bytes]


def clock(value: float, *, sign: str = ".") -> str:
    """Write seconds as `00:01:02.500`."""
    whole, rest = divmod(round(value * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{sign}{rest:03}"


def _times(turn: Turn) -> tuple[float, float]:
    return turn.start or 0.0, turn.end or (turn.start or 0.0) + 1


def zoom(turns: Sequence[Turn]) -> bytes:
    cues = []
    for number, turn in enumerate(turns, 1):
        start, end = _times(turn)
        text = f"{turn.speaker}: {turn.text}"
        cues.append(f"{number}\n{clock(start)} --> {clock(end)}\n{html.escape(text, quote=False)}\n")
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def teams(turns: Sequence[Turn]) -> bytes:
    cues = []
    for number, turn in enumerate(turns):
        start, end = _times(turn)
        text = html.escape(turn.text, quote=False)
        cues.append(
            f"5f0e/{number}-0\n{clock(start)} --> {clock(end)}\n<v {html.escape(str(turn.speaker))}>{text}</v>\n"
        )
    return ("WEBVTT\n\n" + "\n".join(cues)).encode("utf-8-sig")


def subrip(turns: Sequence[Turn]) -> bytes:
    cues = []
    for number, turn in enumerate(turns, 1):
        start, end = _times(turn)
        text = html.escape(f"{turn.speaker}: {turn.text}", quote=False)
        cues.append(f"{number}\r\n{clock(start, sign=',')} --> {clock(end, sign=',')}\r\n{text}\r\n")
    return "\r\n".join(cues).encode()


def named_lines(turns: Sequence[Turn]) -> bytes:
    return "\n".join(f"{turn.speaker}: {turn.text}" for turn in turns).encode()


def timed_lines(turns: Sequence[Turn]) -> bytes:
    return "\n".join(f"[{clock(turn.start or 0)}] {turn.speaker}: {turn.text}" for turn in turns).encode("utf-16")


def otter(turns: Sequence[Turn]) -> bytes:
    parts = [f"{turn.speaker}  {clock(turn.start or 0)[:8]}  \n{turn.text}\n" for turn in turns]
    return ("\n".join(parts) + "\nTranscribed by https://otter.ai\n").encode()


def times_behind_names(turns: Sequence[Turn]) -> bytes:
    return "\n".join(f"{turn.speaker} ({clock(turn.start or 0)[:8]}): {turn.text}" for turn in turns).encode()


def rev(turns: Sequence[Turn]) -> bytes:
    return "\n\n".join(f"{turn.speaker} ({clock(turn.start or 0)[:8]}):\n{turn.text}" for turn in turns).encode()


def readai(turns: Sequence[Turn]) -> bytes:
    return "\n".join(f"{turn.speaker}\n{clock(turn.start or 0)[:8]}\n{turn.text}" for turn in turns).encode()


def markdown(turns: Sequence[Turn]) -> bytes:
    return "\n\n".join(f"**{turn.speaker}:** [{clock(turn.start or 0)}] {turn.text}" for turn in turns).encode()


def tabbed(turns: Sequence[Turn]) -> bytes:
    return "\n".join(f"{clock(turn.start or 0)}\t{turn.speaker}\t{turn.text}" for turn in turns).encode()


def word(turns: Sequence[Turn]) -> bytes:
    document = Document()
    for turn in turns:
        document.add_paragraph(f"{turn.speaker}   {clock(turn.start or 0)[:8]}\n{turn.text}")
    return saved(document)


def word_table(turns: Sequence[Turn]) -> bytes:
    document = Document()
    table = document.add_table(rows=len(turns), cols=3)
    for row, turn in zip(table.rows, turns, strict=True):
        cells = (clock(turn.start or 0)[:8], str(turn.speaker), turn.text)
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    return saved(document)


def saved(document: object) -> bytes:
    """Return the bytes of a Word document."""
    file = BytesIO()
    document.save(file)  # type: ignore[attr-defined]
    return file.getvalue()


def whisperx(turns: Sequence[Turn]) -> bytes:
    parts = [{"start": turn.start, "end": turn.end, "text": f" {turn.text}", "speaker": turn.speaker} for turn in turns]
    return json.dumps({"segments": parts, "language": "en"}).encode()


def assemblyai(turns: Sequence[Turn]) -> bytes:
    parts = [
        {
            "speaker": turn.speaker,
            "text": turn.text,
            "start": round((turn.start or 0) * 1000),
            "end": round((turn.end or 0) * 1000),
        }
        for turn in turns
    ]
    return json.dumps({"utterances": parts}).encode()


def fireflies(turns: Sequence[Turn]) -> bytes:
    parts = [
        {"speaker_name": turn.speaker, "text": turn.text, "start_time": turn.start, "end_time": turn.end}
        for turn in turns
    ]
    return json.dumps({"data": {"transcript": {"sentences": parts}}}).encode()


def recall(turns: Sequence[Turn]) -> bytes:
    return json.dumps(
        [
            {
                "participant": {"id": 1, "name": turn.speaker},
                "words": [
                    {"text": said, "start_timestamp": {"relative": turn.start}, "end_timestamp": {"relative": turn.end}}
                    for said in turn.text.split()
                ],
            }
            for turn in turns
        ]
    ).encode()


def _spoken(turn: Turn) -> list[tuple[str, float, float]]:
    """The words of a turn with times, the first at its start and the last at its end."""
    start, end = _times(turn)
    words = turn.text.split()
    step = (end - start) / len(words)
    return [(word, start + place * step, start + (place + 1) * step) for place, word in enumerate(words)]


def deepgram(turns: Sequence[Turn]) -> bytes:
    words = [
        {"word": word.lower(), "punctuated_word": word, "start": start, "end": end, "speaker": turn.speaker}
        for turn in turns
        for word, start, end in _spoken(turn)
    ]
    return json.dumps({"results": {"channels": [{"alternatives": [{"words": words}]}]}}).encode()


def aws(turns: Sequence[Turn]) -> bytes:
    items = [
        {"type": "pronunciation", "start_time": str(start), "end_time": str(end), "speaker_label": turn.speaker,
         "alternatives": [{"content": word}]}
        for turn in turns
        for word, start, end in _spoken(turn)
    ]  # fmt: skip
    return json.dumps({"results": {"items": items}}).encode()


def speechmatics(turns: Sequence[Turn]) -> bytes:
    words = [
        {"start_time": start, "end_time": end, "alternatives": [{"content": word, "speaker": turn.speaker}]}
        for turn in turns
        for word, start, end in _spoken(turn)
    ]
    return json.dumps({"results": words}).encode()


def azure(turns: Sequence[Turn]) -> bytes:
    phrases = []
    for turn in turns:
        start, end = (round(at * 1000) for at in _times(turn))
        phrases.append(
            {
                "speaker": turn.speaker,
                "text": turn.text,
                "offsetMilliseconds": start,
                "durationMilliseconds": end - start,
            }
        )
    return json.dumps({"phrases": phrases}).encode()


def google(turns: Sequence[Turn]) -> bytes:
    words = [
        {"word": word, "startOffset": f"{start}s", "endOffset": f"{end}s", "speakerLabel": turn.speaker}
        for turn in turns
        for word, start, end in _spoken(turn)
    ]
    return json.dumps({"results": [{"alternatives": [{"words": words}]}]}).encode()


def openai(turns: Sequence[Turn]) -> bytes:
    parts = [
        {"type": "transcript.text.segment", "start": turn.start, "end": turn.end, "text": turn.text,
         "speaker": turn.speaker}
        for turn in turns
    ]  # fmt: skip
    return json.dumps({"segments": parts}).encode()


def own(turns: Sequence[Turn]) -> bytes:
    return json.dumps([{"name": turn.speaker, "said": turn.text, "at": turn.start} for turn in turns]).encode()


WRITERS: dict[str, Write] = {
    "Zoom .vtt": zoom,
    "Teams .vtt": teams,
    "SubRip": subrip,
    "Name: text": named_lines,
    "[time] Name: text": timed_lines,
    "Otter": otter,
    "Name (time): text": times_behind_names,
    "Rev": rev,
    "Read.ai": readai,
    "Markdown": markdown,
    "tabs": tabbed,
    "Word": word,
    "table in Word": word_table,
    "WhisperX": whisperx,
    "OpenAI": openai,
    "Deepgram": deepgram,
    "AWS Transcribe": aws,
    "AssemblyAI": assemblyai,
    "Speechmatics": speechmatics,
    "Azure": azure,
    "Google": google,
    "Fireflies": fireflies,
    "Recall": recall,
    "own JSON": own,
}
