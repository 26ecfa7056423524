"""The stored conversation as turns with numbered sentences of the candidate (S1..) and submissions (C1..)."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from threading import Lock
from typing import Final, Literal

from analytics.breakdown.reading.sentences import split
from analytics.breakdown.records import Record
from analytics.interviewlab.conversation import CodeSubmission, Speaker, read_conversation
from analytics.text import CleanText, clean, storable

_CITED_LINES: Final = re.compile(r"(C[0-9]{1,9}):([0-9]{1,9})(?:-([0-9]{1,9}))?")


# A message is held against so much of the code beside it: each of its sentences is looked for in all of that.
_MOST_BESIDE: Final = 20_000
_FENCE: Final = re.compile(r"^```[^\n]*(?:\n|$)|```$")
# Who speaks, as transcripts in one message name them.
_LABEL: Final = re.compile(
    r"\s*(?:(?P<own>candidate|interviewee|applicant)|interviewer|recruiter|hiring manager)\s*:\s*(?=\S)", re.IGNORECASE
)


class Sentence(Record):
    """A sentence of the candidate: its id, message, offsets there, and cleaned text."""

    id: str
    message: int
    start: int
    end: int
    text: str


class Submission(Record):
    """Submitted code: cleaned lines, and each line's offsets in the original."""

    id: str
    message: int
    language: str
    lines: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    result: str

    @property
    def code(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)


class Turn(Record):
    """One message: the interviewer's words (context, without ids) or the candidate's sentences, and any code."""

    message: int
    speaker: Literal["interviewer", "candidate"]
    text: str = ""
    sentences: tuple[Sentence, ...] = ()
    submission: Submission | None = None


class Quote(Record):
    """A piece of the transcript with cleaned text.

    `start` and `end` are offsets into the stored message's `content` or into the submitted code, as `place` says.
    `lines` are the first and last line, from 1, of a piece of code.
    """

    id: str
    message: int
    place: Literal["content", "code"]
    start: int
    end: int
    text: str
    lines: tuple[int, int] | None = None


class Transcript(Record):
    """A conversation as read; `skipped` counts unreadable messages.

    `reviews_without_code` counts the platform's code reviews whose code is not stored.
    """

    turns: tuple[Turn, ...]
    skipped: int
    reviews_without_code: int = 0

    @property
    def sentences(self) -> Iterator[Sentence]:
        """Yield the candidate's sentences."""
        return (sentence for turn in self.turns for sentence in turn.sentences)

    @property
    def submissions(self) -> Iterator[Submission]:
        """Yield the code submissions."""
        return (turn.submission for turn in self.turns if turn.submission is not None)

    def quote(self, cited: str) -> Quote | None:
        """Return the piece named by an id, `S4`, `C1`, `C1:3` or `C1:3-9`; None if there is none."""
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


def overlap(cited: str, other: str) -> bool:
    """Return whether two ids name the same sentence, or code that has a line in common; `C1` is all of its lines."""
    if cited.partition(":")[0] != other.partition(":")[0]:
        return False
    one, two = _CITED_LINES.fullmatch(cited), _CITED_LINES.fullmatch(other)
    if one is None or two is None:
        return True
    return int(one[2]) <= int(two[3] or two[2]) and int(two[2]) <= int(one[3] or one[2])


def read_transcript(conversation: object, resume_context: object = None, *, most: int = sys.maxsize) -> Transcript:
    """Read a stored conversation or a `Conversation`; never raises for damaged data.

    `resume_context` is where InterviewLab keeps code; a `Conversation` has been read with it. What stands behind the
    first `most` characters is left out, and with it the sentence or the line that they end in.
    """
    read = read_conversation(conversation, resume_context)
    turns: list[Turn] = []
    sentences, codes = 0, 0
    submitted = {turn.message for turn in read.submission_turns}
    for turn in read.turns:
        if most <= 0:
            break
        submission = None
        said = turn.said[:most]
        most -= len(said)
        code = clean(turn.submission.code[:most] if turn.submission is not None else "")
        most -= len(code.text)
        if turn.submission is not None and turn.message in submitted and code.text.strip():
            codes += 1
            submission = _submission(f"C{codes}", turn.message, code, turn.submission)
        if turn.speaker is Speaker.INTERVIEWER:
            text = clean(said).text
            turns.append(Turn(message=turn.message, speaker="interviewer", text=text, submission=submission))
            continue
        spoken = _sentences(said, turn.message, sentences, beside=code.text[:_MOST_BESIDE])
        spoken = spoken if len(said) == len(turn.said) else spoken[:-1]
        labelled = _by_labels(spoken, turn.message, sentences)
        sentences += sum(len(each.sentences) for each in labelled)
        turns += labelled[:-1]
        turns.append(labelled[-1].model_copy(update={"submission": submission}))
    return Transcript(turns=tuple(turns), skipped=read.skipped, reviews_without_code=read.reviews_without_code)


# A large one takes seconds to read, and is looked at sentence by sentence; nobody speaks so much in eight hours.
_REMEMBERED: Final = 4
MOST_LOOKED_AT: Final = 400_000
_known: Final[dict[str, Transcript]] = {}
_known_lock: Final = Lock()


def remembered_transcript(conversation: object, resume_context: object = None) -> Transcript:
    """Read what is looked at of a conversation as `read_transcript` does, cached by `transcript_hash`."""
    key = transcript_hash(conversation, resume_context)
    with _known_lock:
        found = _known.pop(key, None)
    found = read_transcript(conversation, resume_context, most=MOST_LOOKED_AT) if found is None else found
    with _known_lock:
        _known[key] = found
        while len(_known) > _REMEMBERED:
            del _known[next(iter(_known))]
    return found


def transcript_hash(conversation: object, resume_context: object = None) -> str:
    """Return the fingerprint of what an assessment reads in a conversation: who said what, and the code.

    A message that is not part of the conversation stands as null, where it stands: so the fingerprints stored by
    earlier versions of this program still hold, but for rows that are read otherwise since (repeated messages, code in
    the sandbox).
    """
    read = read_conversation(conversation, resume_context)
    written: list[tuple[str, ...] | None] = [None] * read.messages
    for turn in read.turns:
        code = turn.submission or CodeSubmission("")
        role = "assistant" if turn.speaker is Speaker.INTERVIEWER else "user"
        entry = (role, turn.said, code.code, code.language, code.result)
        if turn.message < read.messages:
            written[turn.message] = entry
        else:
            written.append(entry)
    return hashlib.sha256(json.dumps(written, separators=(",", ":")).encode()).hexdigest()


def _sentences(content: str, message: int, before: int, *, beside: str) -> tuple[Sentence, ...]:
    cleaned = clean(content)
    said: list[Sentence] = []
    for start, end in split(cleaned.text):
        text = cleaned.text[start:end]
        # Code repeated in the message beside its submission is not speech.
        if beside and _FENCE.sub("", text).strip() in beside:
            continue
        original_start, original_end = cleaned.span(start, end)
        said.append(
            Sentence(
                id=f"S{before + len(said) + 1}", message=message, start=original_start, end=original_end, text=text
            )
        )
    return tuple(said)


def _by_labels(said: tuple[Sentence, ...], message: int, before: int) -> list[Turn]:
    """Divide a message in which labels name who speaks; one turn where they do not name both."""
    labels = [_LABEL.match(sentence.text) for sentence in said]
    if len({label["own"] is None for label in labels if label}) < 2:
        return [Turn(message=message, speaker="candidate", sentences=said)]
    own, number = True, before
    turns: list[Turn] = []
    pieces: list[list[Sentence]] = []
    texts: list[list[str]] = []
    for sentence, label in zip(said, labels, strict=True):
        spoken = sentence.text[label.end() :] if label is not None else sentence.text
        own = label["own"] is not None if label is not None else own
        if label is not None or not turns:
            turns.append(Turn(message=message, speaker="candidate" if own else "interviewer"))
            pieces.append([])
            texts.append([])
        if own:
            number += 1
            start = sentence.end - len(spoken) if label is not None else sentence.start
            pieces[-1].append(sentence.model_copy(update={"id": f"S{number}", "start": start, "text": spoken}))
        else:
            texts[-1].append(spoken)
    return [
        turn.model_copy(update={"sentences": tuple(mine), "text": "\n".join(theirs).strip()})
        for turn, mine, theirs in zip(turns, pieces, texts, strict=True)
    ]


def _submission(submission_id: str, message: int, code: CleanText, submitted: CodeSubmission) -> Submission:
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
        language=storable(clean(submitted.language).text)[:40],
        lines=tuple(lines),
        spans=tuple(spans),
        result=_shorten(clean(submitted.result).text),
    )


def _shorten(result: str) -> str:
    return result if len(result) <= 2000 else f"{result[:2000]} (the rest is left out)"
