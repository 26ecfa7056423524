"""Oddities of a recording: no punctuation, garbled speech, swapped speakers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import regex

from analytics.breakdown.reading.questions import is_question
from analytics.breakdown.reading.transcript import Transcript
from analytics.text import count_words, fold
from analytics.text import words as words_of

_ENDS: Final = regex.compile(r"[.!?。！？؟।…][\p{P}\s]|[.!?。！？؟।…]$")
# Fewer sentence ends than this for a word is speech that nobody punctuated.
_FEWEST_ENDS: Final = 1 / 60
_LEAST_WORDS: Final = 40
_LEAST_QUESTIONS: Final = 4
# English has few words of up to three letters. Of what people say, three words in a hundred at most are short and none
# of them: names of tools, abbreviations. Recognition that goes wrong breaks long words into such pieces.
_SHORT: Final = frozenset(
    "a i o ah am an as at ax be by do go he hi if in is it me my no of oh ok on or so to um up us we ad ace act "
    "add ads age ago aid aim air all and any app apt arc are arm art ask ate bad bag ban bar bat bed bet big bin "
    "bit box boy bug bus but buy bye can cap car cat con cow cry cup cut dad day did die dig dim dip dog dot dry "
    "due ear eat egg ego end era etc eye fan far fat fax fed fee few fig fit fix fly fog for fox fun gap gas get "
    "god got gum gun gut guy had ham has hat he her hey hid him hip his hit hop hot how hub huh ice ill ink inn "
    "its jam jar jet job joy key kid kit lab lad lag lap law lay led leg let lid lie lip lit log lot low mad man "
    "map mat may men met mid mix mob mom mud mum nap net new nod nor not now nut odd off oil old one our out owe "
    "own pad pan pay pen per pet pie pin pit pop pot pro pub put ran rat raw ray red rid rig rip rob rod row rub "
    "rug run sad sat saw say sea see set sew sex she shy sir sit six ski sky sob son sow spy sub sue sum sun tab "
    "tag tap tax tea ten the tie til tin tip toe ton too top toy try tub two uh use van via vs war was wax way "
    "web wet who why win wit won yes yet you zip hmm mhm yep nah id im ive its ill dont aws gcp api sql ai ml ui "
    "ux qa pr ci cd db os ip tcp udp dns ssh ssl tls url uri css csv xml pdf gpu cpu ram ssd tdd oop orm jwt vm "
    "vpn pod git npm pip php ios mvp kpi roi sla slo hr it ms mb gb tb kb etl cli sdk ide llm nlp rag gpt lru ttl "
    "dom dev ops sre erp crm mvc aka eg ie re ve ll st nd rd th pm".split()
)
_MOST_UNKNOWN: Final = 0.08
_COMMON: Final = frozenset("the and to of it was that is we in you for have with this they what but not on so".split())
_LEAST_COMMON: Final = 0.08
# Another language has some of these words too, and says its own short ones again and again; pieces of broken words
# differ. Held against each other in stretches, as everything comes again in a long interview.
_STRETCH: Final = 40
_LEAST_DIFFERENT: Final = 0.7


def is_unpunctuated(transcript: Transcript) -> bool:
    """Return whether speech was transcribed without punctuation, so that its sentences mean nothing."""
    said = [sentence.text for sentence in transcript.sentences]
    words = sum(count_words(text) for text in said)
    return words >= _LEAST_WORDS and sum(len(_ENDS.findall(text)) for text in said) < words * _FEWEST_ENDS


def is_garbled(transcript: Transcript) -> bool:
    """Return whether English speech holds so many non-words that nothing can be concluded from it."""
    said = [word for sentence in transcript.sentences for word in words_of(fold(sentence.text)) if word.isalpha()]
    if len(said) < _LEAST_WORDS or sum(word in _COMMON for word in said) < len(said) * _LEAST_COMMON:
        return False
    unknown = [word for word in said if len(word) <= 3 and word.isascii() and word not in _SHORT]
    return len(unknown) > len(said) * _MOST_UNKNOWN and _differ(unknown)


def _differ(words: Sequence[str]) -> bool:
    whole = len(words) - len(words) % _STRETCH or len(words)
    stretches = [words[start : start + _STRETCH] for start in range(0, whole, _STRETCH)]
    return sum(len(set(stretch)) for stretch in stretches) > _LEAST_DIFFERENT * whole


def is_swapped(transcript: Transcript) -> bool:
    """Return whether the supposed candidate asks most questions, so that the speakers may be swapped.

    Whoever asks is the interviewer in nearly every turn; a candidate who asks back does so in few.
    """
    theirs = sum(is_question(turn.text) for turn in transcript.turns if turn.speaker == "interviewer" and turn.text)
    own = [turn for turn in transcript.turns if turn.sentences]
    asked = sum(any(_asks(sentence.text) for sentence in turn.sentences[-2:]) for turn in own)
    return asked >= _LEAST_QUESTIONS and 4 * asked >= 3 * len(own) and asked > theirs


def habit_notes(transcript: Transcript) -> Iterator[str]:
    """Describe the oddities that limit what can be concluded."""
    if is_unpunctuated(transcript):
        yield "The answers were written down without punctuation; their sentences are not judged."
    own = [
        sum(count_words(sentence.text) for sentence in turn.sentences) for turn in transcript.turns if turn.sentences
    ]
    if len(own) == 1 and own[0] >= _LEAST_WORDS:
        yield "The candidate speaks in one piece, so there are no single questions to hold it against."


def _asks(text: str) -> bool:
    return text.rstrip("\"'”’» )").endswith(("?", "？", "؟"))
