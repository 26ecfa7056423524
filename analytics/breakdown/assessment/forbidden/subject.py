"""The candidate as who a sentence is about, for the patterns of this folder."""

from __future__ import annotations

import re
from typing import Final, LiteralString


def whole(*alternatives: LiteralString) -> re.Pattern[str]:
    """Compile alternatives, written in the program, that match whole words only."""
    return re.compile("|".join(rf"(?<!\w)(?:{alternative})(?!\w)" for alternative in alternatives))


# Claims leave the subject out at the beginning.
SUBJECT: Final = (
    r"(?:^|(?<=[.;:] )|(?<=[.;:,] )(?:and |but )?|\b(?:candidate|applicant|interviewee|person|speaker|he|she|"
    r"who|someone)"
    r"(?:'s)? (?:also |probably |clearly |obviously )?)"
)
SEEMS: Final = (
    r"(?:is|are|was|were|be|being|seem(?:s|ed)?|appear(?:s|ed)?|sound(?:s|ed)?|look(?:s|ed)?|"
    r"c(?:ome|omes|ame) (?:across|over)|strikes one)(?: to be| like| as)*(?: an?| the)?"
    r"(?: (?:\w+ly|too|very|rather|quite|so|not|a bit|a little|somewhat|just|still|plain|more))*"
)
