"""Prepares an interview for a model: what is sent, in which parts, and at what cost."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from analytics.breakdown.model_settings import ModelSettings
from analytics.breakdown.reading.eligibility import Eligibility, eligible_skills
from analytics.breakdown.reading.habits import habit_notes
from analytics.breakdown.reading.injection import addresses_grader
from analytics.breakdown.reading.questions import InterviewQuestion, read_questions
from analytics.breakdown.reading.redaction import Private, find_private, labelled_names, resume_facts
from analytics.breakdown.reading.sentences import LONGEST, join_pieces, split
from analytics.breakdown.reading.token_count import count_tokens
from analytics.breakdown.reading.transcript import Transcript, Turn, read_transcript, transcript_hash
from analytics.breakdown.records import Record
from analytics.breakdown.rubric import post_of
from analytics.interviewlab.conversation import read_conversation, without_sandbox
from analytics.skills import BY_KEY, SKILL_KEYS
from analytics.text import clean, count_words, one_line

INTERVIEWER: Final = "interviewer"
WITHHELD: Final = "[withheld]"
# Room for rules, task, rubric and the answer beside the transcript.
FIXED_TOKENS: Final = 1_900
_SMALLEST_PART: Final = 200
# A longer line of code is data or was made by a program; what is beyond this is not sent.
LONGEST_LINE: Final = 2_000
_JOB_SHARE: Final = 8


class Row(Record):
    """One line of the transcript as sent.

    `label` is an id (`S4`, `C1:3`), a question's (`Q2`), or says what context it is (`interviewer`, `result`); `words`
    are the candidate's.
    """

    label: str
    message: int
    text: str
    words: int = 0

    @property
    def is_asked(self) -> bool:
        """Return whether the interviewer said it."""
        return self.label == INTERVIEWER or self.label[0] == "Q"

    @property
    def line(self) -> str:
        """Format the line as it is sent."""
        return f"{self.label} | {self.text}"


class StruckEvidence(Record):
    """The evidence of a claim that a coach marked as wrong: no claim of that kind is built on it again."""

    skill: str
    kind: str
    ids: tuple[str, ...]


class PreparedInterview(Record):
    """Everything the later steps need; `parts` are ranges of `rows` that fit into one call each.

    `withheld` are the labels of lines that address the grader; `notes` are sentences about what was left out.
    """

    transcript: Transcript
    private: Private
    rows: tuple[Row, ...]
    parts: tuple[tuple[int, int], ...]
    gates: dict[str, Eligibility]
    withheld: tuple[str, ...]
    job: tuple[str, ...]
    facts: tuple[str, ...]
    notes: tuple[str, ...]
    boundary: str
    transcript_hash: str
    rubric_hash: str
    questions: tuple[InterviewQuestion, ...] = ()
    post: str = "mid"
    struck: tuple[StruckEvidence, ...] = ()

    @property
    def skills(self) -> tuple[str, ...]:
        """Return the skills that can be assessed."""
        return tuple(key for key in SKILL_KEYS if self.gates[key].reason is None)

    def struck_of(self, skill: str) -> frozenset[tuple[str, str]]:
        """Return the kinds of claims struck for a skill, each with an id that it cited."""
        return frozenset((one.kind, cited) for one in self.struck if one.skill == skill for cited in one.ids)

    def parts_for(self, skill: str) -> tuple[int, ...]:
        """Return the numbers of the parts that hold something to cite for a skill."""
        letters = _letters(skill)
        return tuple(
            number
            for number, (start, end) in enumerate(self.parts)
            if any(row.label[0] in letters for row in self.rows[start:end])
        )

    def part(self, number: int) -> Sequence[Row]:
        """Return the rows of a part."""
        start, end = self.parts[number]
        return self.rows[start:end]

    def coverage(self, skill: str, parts: Iterable[int]) -> float:
        """Return the share (0 to 1) of what counts for a skill that was read: words, or lines of code."""
        letters = _letters(skill)

        def weight(rows: Sequence[Row]) -> int:
            return sum(max(row.words, 1) for row in rows if row.label[0] in letters and row.text != WITHHELD)

        whole = sum(max(row.words, 1) for row in self.rows if row.label[0] in letters)
        return sum(weight(self.part(number)) for number in parts) / whole if whole else 1.0

    def extract(self, ids: Iterable[str], budget: int) -> tuple[Row, ...]:
        """Return the rows around what is cited that fit into so many tokens; all rows if they fit."""
        if sum(count_tokens(row.line) for row in self.rows) <= budget:
            return self.rows
        cited = set(ids)
        anchors = [
            index for index, row in enumerate(self.rows) if row.label in cited or (row.label.partition(":")[0] in cited)
        ] or [0]
        chosen: set[int] = set()
        left = budget
        for index in _outward(anchors, len(self.rows)):
            left -= count_tokens(self.rows[index].line)
            if left < 0:
                break
            chosen.add(index)
        return tuple(self.rows[index] for index in sorted(chosen))


def prepare(
    conversation: object,
    resume_context: object,
    job_description: str | None,
    settings: ModelSettings,
    names: tuple[str, ...] = (),
    *,
    title: str = "",
) -> PreparedInterview:
    """Read, clean, redact and split an interview; never raises for damaged data.

    `names` are the candidate's as far as they are known elsewhere; a transcript that was added names them as well.
    Without anything to send there are no parts.
    """
    read = read_conversation(conversation, resume_context)
    transcript = read_transcript(read)
    resume_context = without_sandbox(resume_context)
    private = find_private(transcript, resume_context, (*names, *labelled_names(read)))
    withheld: list[str] = []
    questions = read_questions(transcript)
    # A message in which several speak may hold several questions.
    asked_in = {
        (message, line): question.id
        for question in questions
        for message in question.messages
        for line in question.text.split("\n")
    }
    rows = tuple(_rows(transcript, private, withheld, asked_in))
    boundary = secrets.token_hex(8)
    job, job_note = _job(job_description, private, settings.token_budget // _JOB_SHARE)
    facts = resume_facts(resume_context, private)
    beside = count_tokens("\n".join((*job, *facts)))
    return PreparedInterview(
        transcript=transcript,
        private=private,
        rows=rows,
        parts=_parts(
            rows, max(settings.token_budget - FIXED_TOKENS - answer_tokens(settings) - beside, _SMALLEST_PART)
        ),
        gates=eligible_skills(transcript, settings.minimum_words, frozenset(withheld)),
        withheld=tuple(withheld),
        job=job,
        facts=facts,
        notes=(*job_note, *_code_note(transcript), *habit_notes(transcript)),
        boundary=boundary,
        transcript_hash=transcript_hash(read),
        rubric_hash=settings.rubric.hash,
        questions=questions,
        post=post_of(title, job_description if isinstance(job_description, str) else ""),
    )


def answer_tokens(settings: ModelSettings) -> int:
    """Return the maximum tokens of an answer, which include the reasoning of models that think first."""
    return min(6_000, settings.token_budget // 4)


def _letters(skill: str) -> str:
    # What may be cited for a skill begins with one of these.
    return {"speech": "S", "code": "C", "either": "SC"}[BY_KEY[skill].evidence]


def _rows(
    transcript: Transcript, private: Private, withheld: list[str], asked_in: Mapping[tuple[int, str], str]
) -> Iterator[Row]:
    for turn in transcript.turns:
        if turn.speaker == "interviewer":
            label = asked_in.get((turn.message, turn.text.split("\n", 1)[0]), INTERVIEWER)
            yield from _context(label, turn.message, turn.text, private)
        yield from _spoken_rows(turn, private, withheld)
        submission = turn.submission
        if submission is None:
            continue
        for number, whole in enumerate(submission.lines, 1):
            label, line = f"{submission.id}:{number}", whole[:LONGEST_LINE]
            if addresses_grader(line):
                withheld.append(label)
                yield Row(label=label, message=turn.message, text=WITHHELD, words=1)
                continue
            for piece in _wrap(private.redact(line.replace("\t", "    ").rstrip())):
                yield Row(label=label, message=turn.message, text=piece, words=1)
        if submission.result.strip():
            yield from _context("result", turn.message, f"running {submission.id} gave {submission.result}", private)


def _spoken_rows(turn: Turn, private: Private, withheld: list[str]) -> Iterator[Row]:
    for sentence in turn.sentences:
        text, words = one_line(private.redact(sentence.text)), count_words(sentence.text)
        if addresses_grader(sentence.text):
            withheld.append(sentence.id)
            text = WITHHELD
        yield Row(label=sentence.id, message=turn.message, text=text, words=words)


def _context(label: str, message: int, text: str, private: Private) -> Iterator[Row]:
    sentences = (text[start:end] for start, end in split(text))
    said = (WITHHELD if addresses_grader(one) else one_line(private.redact(one)) for one in sentences)
    # Nobody cites it, and a label for each sentence would be paid for in every call.
    yield from (Row(label=label, message=message, text=line) for line in join_pieces(said, alone=WITHHELD))


def _wrap(line: str) -> list[str]:
    return [line[start : start + LONGEST] for start in range(0, len(line), LONGEST)] or [""]


def _parts(rows: Sequence[Row], budget: int) -> tuple[tuple[int, int], ...]:
    # Cut where the interviewer begins to speak; inside an exchange only when it alone is too long.
    exchanges: list[tuple[int, int, int]] = []
    start, size = 0, 0
    for index, row in enumerate(rows):
        tokens = count_tokens(row.line) + 1
        asks = row.is_asked and index > 0 and not rows[index - 1].is_asked
        if index > start and (asks or size + tokens > budget):
            exchanges.append((start, index, size))
            start, size = index, 0
        size += tokens
    if rows:
        exchanges.append((start, len(rows), size))
    parts: list[tuple[int, int, int]] = []
    for first, last, tokens in exchanges:
        if parts and parts[-1][2] + tokens <= budget:
            parts[-1] = (parts[-1][0], last, parts[-1][2] + tokens)
        else:
            parts.append((first, last, tokens))
    return tuple((first, last) for first, last, _ in parts)


def _job(description: str | None, private: Private, budget: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    text = clean(description if isinstance(description, str) else "").text
    kept: list[str] = []
    notes: dict[str, None] = {}
    for start, end in split(text):
        if addresses_grader(text[start:end]):
            notes["A sentence of the job description that addresses the grader was left out."] = None
            continue
        sentence = one_line(private.redact(text[start:end]))
        budget -= count_tokens(sentence)
        if budget < 0:
            notes["The job description is long; only its beginning was read."] = None
            break
        kept.append(sentence)
    return tuple(kept), tuple(notes)


def _code_note(transcript: Transcript) -> tuple[str, ...]:
    if any(len(line) > LONGEST_LINE for submission in transcript.submissions for line in submission.lines):
        return (f"Of very long lines of code only the first {LONGEST_LINE:,} characters were read.",)
    return ()


def _outward(anchors: Sequence[int], size: int) -> Iterator[int]:
    # The cited rows first, then their neighbours, nearest first.
    seen: set[int] = set()
    for distance in range(size):
        fresh = False
        for anchor in anchors:
            for index in (anchor - distance, anchor + distance):
                if 0 <= index < size and index not in seen:
                    seen.add(index)
                    fresh = True
                    yield index
        if not fresh and distance > 0:
            return
