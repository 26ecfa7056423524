"""Cleans a model's text to plain text, and says why a text cannot be used, whatever it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from analytics.breakdown.assessment.claims import LONGEST, ClaimFault
from analytics.breakdown.assessment.figures import number_fault
from analytics.breakdown.assessment.rules import forbidden
from analytics.breakdown.assessment.wording import is_said, quotations
from analytics.breakdown.reading.redaction import Private
from analytics.interviewlab.feedback import PLATFORM_FAILURE
from analytics.text import clean, one_line
from analytics.text import words as words_of

_LINK: Final = re.compile(
    r"[a-z][a-z0-9+.\-]{1,20}://|\bwww\.|\b(?:javascript|data|mailto|vbscript):\S"
    r"|(?<![\w\-])[\w\-]{1,63}\.(?:com|org|info|biz|ru|cn|uk|de|xyz)\b|(?<![\w\-])[\w\-]{1,63}\.[a-z]{2,24}/\S",
    re.IGNORECASE,
)
_MARKUP: Final = re.compile(
    r"<[A-Za-z/!?]|&(?:#\w+|[a-z]+);|!\[|\]\(|\]\[|\[\[|\*\*|^#{1,6} |:material/"
    r"|(?<![\w*])\*(?=\S)[^*\n]{1,60}(?<=\S)\*(?![\w*])|(?<!\w)_(?=[^\W_])[^_\n]{1,60}(?<=[^\W_])_(?!\w)"
)


def remark(text: str, said: Sequence[str], private: Private) -> str | None:
    """Clean a remark; empty where it says nothing, None where it cannot be used."""
    text = plain(text)
    if text.strip(" .-–—").casefold() in ("", "none", "nothing", "n/a"):
        return ""
    fault = (
        text_fault(text, private, fewest=1)
        or forbidden(text, " ".join(said))
        or quoted_fault(text, said)
        or (ClaimFault.NUMBER if number_fault(text, said, "") else None)
    )
    return None if fault else text


def text_fault(text: str, private: Private, *, most: int = LONGEST, fewest: int = 3) -> ClaimFault | None:
    """Return why a text cannot be used: empty, too long, with links or markup, or with something private."""
    if len(words_of(text)) < fewest or text == PLATFORM_FAILURE:
        return ClaimFault.EMPTY
    if len(text) > most:
        return ClaimFault.TOO_LONG
    if _LINK.search(text):
        return ClaimFault.LINK
    if _MARKUP.search(text):
        return ClaimFault.MARKUP
    return ClaimFault.PERSONAL if private.redact(text) != text else None


def plain(text: str) -> str:
    """Clean a text and put it on one line."""
    # Backticks around names from the code are a habit of models, not markup to drop a point for.
    return one_line(clean(text).text.replace("`", "")).replace(" \u23ce ", " ")


def quoted_fault(text: str, said: Sequence[str]) -> ClaimFault | None:
    """Return whether a text quotes something that none of the pieces contains."""
    for quotation in quotations(text):
        if words_of(quotation.text) and not any(is_said(quotation.text, piece) for piece in said):
            return ClaimFault.MISQUOTES
    return None
