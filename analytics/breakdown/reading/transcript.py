"""The stored conversation as turns with numbered candidate sentences (S1..) and code submissions (C1..)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from analytics.breakdown.cleaning import Cleaned, clean, storable
from analytics.breakdown.records import Record
from analytics.breakdown.sentences import split

_CITED_LINES: Final = re.compile(r"(C[0-9]+):([0-9]+)(?:-([0-9]+))?")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


class Sentence(Record):
    """Something the candidate said: its id, the message it stands in, its offsets there and its cleaned text."""

    id: str
    message: int
    start: int
    end: int
    text: str


class Submission(Record):
    """Code the candidate submitted: cleaned lines, and per line its offsets in the message's `metadata.code`."""

    id: str
    message: int
    language: str
    lines: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    result: str

    @property
    def code(self) -> str:
        """Put the lines together."""
        return "\n".join(self.lines)


class Turn(Record):
    """One message: what the interviewer said (context, without ids) or the candidate's sentences, and any code."""

    message: int
    speaker: Literal["interviewer", "candidate"]
    text: str = ""
    sentences: tuple[Sentence, ...] = ()
    submission: Submission | None = None


class Quote(Record):
    """A piece cut from the transcript, its text cleaned.

    `start` and `end` are offsets into the stored message's `content` or `metadata.code`, as `place` says. `lines` are
    the first and last line, from 1, of a piece of code.
    """

    id: str
    message: int
    place: Literal["content", "code"]
    start: int
    end: int
    text: str
    lines: tuple[int, int] | None = None


class Transcript(Record):
    """A conversation that was read; `skipped` counts the messages that could not be."""

    turns: tuple[Turn, ...]
    skipped: int

    @property
    def sentences(self) -> Iterator[Sentence]:
        """Go through the candidate's sentences."""
        return (sentence for turn in self.turns for sentence in turn.sentences)

    @property
    def submissions(self) -> Iterator[Submission]:
        """Go through the code submissions."""
        return (turn.submission for turn in self.turns if turn.submission is not None)

    def quote(self, cited: str) -> Quote | None:
        """Cut what an id names, `S4`, `C1`, `C1:3` or `C1:3-9`; None when there is no such thing."""
        lines = _CITED_LINES.fullmatch(cited)
        if lines is not None:
            first = int(lines[2])
            return self._code(cited, lines[1], first, int(lines[3] or first))
        for sentence in self.sentences:
            if sentence.id == cited:
                return Quote(place="content", **sentence.model_dump())
        return self._code(cited, cited, 1, None)

    def _code(self, cited: str, submission_id: str, first: int, last: int | None) -> Quote | None:
        for submission in self.submissions:
            if submission.id == submission_id:
                last = len(submission.lines) if last is None else last
                if not 1 <= first <= last <= len(submission.lines):
                    return None
                return Quote(
                    id=cited,
                    message=submission.message,
                    place="code",
                    start=submission.spans[first - 1][0],
                    end=submission.spans[last - 1][1],
                    text="\n".join(submission.lines[first - 1 : last]),
                    lines=(first, last),
                )
        return None


def read_transcript(conversation: object) -> Transcript:
    """Read a stored conversation, however odd; never raises.

    A message counts as skipped when it is no object, has neither of the two roles, or no text. The same code submitted
    twice is one submission.
    """
    turns: list[Turn] = []
    skipped = 0
    sentences, codes = 0, 0
    known: set[str] = set()
    for index, message in enumerate(_messages(conversation)):
        read = _read(message)
        if read is None:
            skipped += 1
            continue
        role, content, code, language, result = read
        submission = None
        cleaned_code = clean(code)
        if cleaned_code.text.strip() and cleaned_code.text not in known:
            known.add(cleaned_code.text)
            codes += 1
            submission = _submission(f"C{codes}", index, cleaned_code, language, result)
        if role == "assistant":
            turns.append(Turn(message=index, speaker="interviewer", text=clean(content).text, submission=submission))
            continue
        said = _sentences(content, index, sentences, beside=cleaned_code.text)
        sentences += len(said)
        turns.append(Turn(message=index, speaker="candidate", sentences=said, submission=submission))
    return Transcript(turns=tuple(turns), skipped=skipped)


def transcript_hash(conversation: object) -> str:
    """Fingerprint what an assessment reads of a conversation: who said what, and the code."""
    read = [_read(message) for message in _messages(conversation)]
    return hashlib.sha256(json.dumps(read, separators=(",", ":")).encode()).hexdigest()


def count_words(text: str) -> int:
    """Count words; in scripts without spaces two characters count as one."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + (unspaced + 1) // 2


def _messages(conversation: object) -> list[object]:
    if isinstance(conversation, str):
        # Some rows were encoded twice.
        try:
            conversation = json.loads(conversation)
        except (ValueError, RecursionError):
            return [None]
    if isinstance(conversation, list):
        return conversation
    return [] if conversation is None else [None]


def _read(message: object) -> tuple[str, str, str, str, str] | None:
    # Role, content, code, language, what running it printed.
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
        return None
    metadata = message.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    code, language, result = "", "", ""
    if metadata.get("type") == "code_review" and isinstance(metadata.get("code"), str):
        code = metadata["code"]
        language = metadata["language"] if isinstance(metadata.get("language"), str) else ""
        result = _result(metadata.get("execution_result"))
    content = message.get("content")
    if not isinstance(content, str):
        content = ""
    if not content.strip() and not code.strip():
        return None
    return message["role"], content, code, language, result


def _result(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return ""
    texts = [f"{key}: {entry}" for key, entry in value.items() if isinstance(entry, str | int | float) and entry != ""]
    return "; ".join(texts)


def _sentences(content: str, message: int, before: int, *, beside: str) -> tuple[Sentence, ...]:
    cleaned = clean(content)
    said: list[Sentence] = []
    for start, end in split(cleaned.text):
        text = cleaned.text[start:end]
        # Code repeated in the message beside its submission is not speech.
        if beside and text in beside:
            continue
        original_start, original_end = cleaned.span(start, end)
        said.append(
            Sentence(
                id=f"S{before + len(said) + 1}", message=message, start=original_start, end=original_end, text=text
            )
        )
    return tuple(said)


def _submission(submission_id: str, message: int, code: Cleaned, language: str, result: str) -> Submission:
    lines: list[str] = []
    spans: list[tuple[int, int]] = []
    position = 0
    last_end = 0
    for line in code.text.split("\n"):
        lines.append(line)
        # An empty line has no characters of its own to trace: it stands where the line before it ends.
        spans.append(code.span(position, position + len(line)) if line else (last_end, last_end))
        last_end = spans[-1][1]
        position += len(line) + 1
    while lines and not lines[-1].strip():
        lines.pop()
        spans.pop()
    return Submission(
        id=submission_id,
        message=message,
        language=storable(clean(language).text)[:40],
        lines=tuple(lines),
        spans=tuple(spans),
        result=_shortened(clean(result).text),
    )


def _shortened(result: str) -> str:
    return result if len(result) <= 2000 else f"{result[:2000]} (the rest is left out)"
