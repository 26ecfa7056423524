"""What can be counted of each answer, for the list of questions of a draft: its length, figures and names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from analytics.breakdown.assessment.plain_text import plain, text_fault
from analytics.breakdown.assessment.reviews import QuestionReview
from analytics.breakdown.offline.exchange import Exchange, show_question
from analytics.breakdown.offline.words import NAME
from analytics.breakdown.reading.prepare import PreparedInterview
from analytics.breakdown.reading.sentences import split

_MOST_SHOWN: Final = 4
_FIGURE: Final = re.compile(r"(?<![\w.,/‑-])\d+(?:[.,]\d+)*(?:\s?%|\+)?(?![\w/‑-]|[.)]\s)")
# Of fewer answers none needs to be called the longest.
_LEAST_ANSWERS: Final = 3


def review_answers(prepared: PreparedInterview) -> tuple[QuestionReview, ...]:
    """Report for each question the number of words, the figures and the names in its answer."""
    withheld = set(prepared.withheld)
    lines = {sentence.id: sentence for sentence in prepared.transcript.sentences if sentence.id not in withheld}
    answered = [
        (question, Exchange(question.text, tuple(lines[label] for label in question.answer if label in lines)))
        for question in prepared.questions
    ]
    spoken = [(question, exchange) for question, exchange in answered if exchange.answer]
    counted = [exchange.words for _, exchange in spoken]
    longest = max(counted, default=0) if len(counted) >= _LEAST_ANSWERS else 0
    reviews = []
    for question, exchange in spoken:
        named = next(iter(exchange.questions), None) or question.text[slice(*split(question.text)[-1])].rstrip("?")
        asked = plain(show_question(exchange, named))
        held = plain("; ".join(_held(exchange, longest)))
        if not any(text_fault(text, prepared.private, fewest=1) for text in (asked, held)):
            reviews.append(
                QuestionReview(id=question.id, message=question.messages[0], asked=asked, held=held, left_out="")
            )
    return tuple(reviews)


def _held(exchange: Exchange, longest: int) -> Iterator[str]:
    said = " ".join(sentence.text for sentence in exchange.answer)
    length = "1 word" if exchange.words == 1 else f"{exchange.words} words"
    yield f"{length}, the longest answer" if exchange.words == longest else length
    # What the question named is no news.
    for label, pattern in (("figures", _FIGURE), ("names", NAME)):
        found = [
            word for word in dict.fromkeys(pattern.findall(said)) if word.casefold() not in exchange.asked.casefold()
        ]
        if found:
            more = ", .." if len(found) > _MOST_SHOWN else ""
            yield f"{label}: {', '.join(found[:_MOST_SHOWN])}{more}"
