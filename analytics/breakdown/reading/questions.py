"""The interviewer's questions (Q1..): consecutive turns merged, small talk set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from analytics.breakdown.reading.transcript import Transcript, Turn
from analytics.breakdown.records import Record
from analytics.text import count_words

_LEAST_WORDS: Final = 3
_SMALL_TALK: Final = re.compile(
    r"how (?:(?:are|have) (?:you|ya|things)|you)(?: been| doing| feeling| going)*(?: today| now)?(?:, \w+)?\s?\??"
    r"|how(?:'s| is) (?:it|everything) going|how was your (?:day|week|weekend|trip)|nice to (?:meet|see) you"
    r"|can you (?:hear|see) me|is (?:this|now) (?:still )?a good time|are you ready"
    r"|shall we (?:start|begin|get started)"
    r"|ready to (?:start|begin|get started)|does that sound (?:good|okay|fine)|sound(?:s)? good\?"
    r"|(?:do you have|have you got) any (?:other |further |more )?questions|any questions (?:for|from|before)"
    r"|anything (?:else )?(?:you(?:'d| would) like|you want) to (?:ask|add)",
    re.IGNORECASE,
)
_ASKS: Final = re.compile(
    r"[?？؟;]|\b(?:tell|describe|explain|walk|talk|give|show|imagine|suppose|consider|compare|write|implement|design"
    r"|share|think|what|why|how|when|which|where|who)\b",
    re.IGNORECASE,
)


# What stands before a question and belongs to the answer before it.
_LEAD: Final = re.compile(
    r"^(?:(?:(?:thank you|thanks|okay|ok|understood|got it|great|good|i see|all right|alright|makes sense|perfect)"
    r"(?:,? (?:that helps|that makes sense|next question|let['’]s (?:move|go) on[^.!?]{0,30}|"
    r"for (?:that|sharing|explaining|walking)[^.!?]{0,40}|i['’]d like to hear about another side of your work))?|"
    r"here is a different one|let me change the subject|let['’]s stay with [^.!?]{0,40})[.!]\s+)+(?=\S)",
    re.IGNORECASE,
)


class InterviewQuestion(Record):
    """A question: its id, its messages and text, and the ids of the answer's lines."""

    id: str
    messages: tuple[int, ...]
    text: str
    answer: tuple[str, ...]


def read_questions(transcript: Transcript) -> tuple[InterviewQuestion, ...]:
    """Number the questions that were answered; none for a conversation without an interviewer."""
    questions: list[InterviewQuestion] = []
    for asked, answered in _exchanges(transcript.turns):
        text = "\n".join(turn.text for turn in asked if turn.text.strip())
        answer = [sentence.id for turn in answered for sentence in turn.sentences]
        answer += [turn.submission.id for turn in (*asked, *answered) if turn.submission is not None]
        if answer and is_question(text):
            messages = tuple(turn.message for turn in asked)
            questions.append(
                InterviewQuestion(id=f"Q{len(questions) + 1}", messages=messages, text=text, answer=tuple(answer))
            )
    return tuple(questions)


def is_question(text: str) -> bool:
    """Return whether the interviewer asks for something, small talk aside; in any language with a question mark."""
    if count_words(text) < _LEAST_WORDS:
        return False
    left = _SMALL_TALK.sub(" ", text)
    small = left != text and not _ASKS.search(left)
    asks = _ASKS.search(text) is not None or not text.isascii()
    return asks and not small


def without_lead(text: str) -> str:
    """Return a question without the thanks and transitions it begins with."""
    return _LEAD.sub("", text)


def _exchanges(turns: Sequence[Turn]) -> Iterator[tuple[list[Turn], list[Turn]]]:
    asked: list[Turn] = []
    answered: list[Turn] = []
    for turn in turns:
        if turn.speaker == "interviewer":
            if answered:
                yield asked, answered
                asked, answered = [], []
            asked.append(turn)
        else:
            answered.append(turn)
    yield asked, answered
