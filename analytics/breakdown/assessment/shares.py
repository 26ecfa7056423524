"""Fractions and multiples in English: "a third of", "half an hour", "one in five", "tenfold"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import regex


class Share(NamedTuple):
    """A fraction or a multiple in a text: its value, its unit or kind, and its position.

    `unit` is `percent`, `ratio`, the word for a unit, or "" for a count; `noun` is what it is of.
    """

    value: float
    unit: str
    noun: str
    start: int
    end: int


_COUNTS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "thousand": 1_000,
}  # fmt: skip
_PARTS: Final = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4,
    "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "eighth": 8, "eighths": 8, "ninth": 9, "tenth": 10,
    "tenths": 10, "hundredth": 100,
}  # fmt: skip
SCALES: Final = {"dozen": 12, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_MULTIPLES: Final = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4, "two": 2}
_COUNT: Final = rf"(?:\d+(?:\.\d+)?|{'|'.join(_COUNTS)})"
_OF: Final = (
    r"(?: (?:of )?(?:(?:all|the|its|their|our|my|your|his|her|these|those|every|each) )*(?P<article>an? |one )?"
    r"(?P<noun>[^\W\d_]+))?"
)
_SHARE: Final = regex.compile(
    rf"\b(?P<count>{_COUNT})[ -](?:(?:good|full|whole|rough|bare) )?(?P<part>{'|'.join(_PARTS)})"
    rf"(?= (?:of|is|are|was|were|has|have|had|did|went|came|failed|more|less|fewer|\w+n't)\b){_OF}"
    rf"|\b(?P<plural>two|three|four|five|seven)[ -](?P<parts>thirds|quarters|fifths|sixths|eighths|tenths)\b(?! of)"
    rf"|\b(?P<wholes>{_COUNT}) and (?:a|one) (?P<rest>half|quarter|third)\b{_OF}"
    rf"|\bby (?P<magnitude>an order|{_COUNT} orders) of magnitude\b"
    rf"|\bhalf a (?P<scale>{'|'.join(SCALES)})\b{_OF}"
    rf"|\b(?P<half>half)(?= (?:of|an?|the|its|their|our|my|your|all)\b){_OF}"
    rf"|\b(?P<whole>an?|one) (?P<unit>second|minute|hour|day|week|month|year) (?P<more>and a half|or two)\b"
    rf"|(?<![\w/])(?P<over>\d+)/(?P<under>\d+)(?![\w/])"
    rf"|\b(?P<some>{_COUNT}) (?:in|out of)(?: every)? (?P<every>{_COUNT})\b"
    rf"|\b(?P<fold>{_COUNT})-?fold\b|(?<![\w.])(?P<times>\d+(?:\.\d+)?) ?x(?!\w)"
    rf"|\b(?P<faster>{_COUNT}) times (?=(?:faster|slower|more|less|as|higher|lower|larger|smaller|bigger|longer)\b)"
    rf"|\b(?P<multiple>double|triple|treble|quadruple)\b(?!-)|\b(?P<couple>a couple)(?: of)?{_OF}"
)


def shares(folded: str, units: Mapping[str, object]) -> Iterator[Share]:
    """Find the fractions and multiples in a folded text; a fraction of one of `units` is a number of that unit."""
    for match in _SHARE.finditer(folded):
        noun = match["noun"] or ""
        start, end = match.span()
        if match["more"] is not None:
            further = 1.5 if match["more"] == "and a half" else 2
            if further == 2:
                yield Share(1, match["unit"], match["unit"], start, end)
            yield Share(further, match["unit"], match["unit"], start, end)
        elif match["wholes"] is not None:
            value = _count(match["wholes"]) + 1 / _PARTS[match["rest"]]
            yield Share(value, noun if noun in units else "", noun, start, end)
        elif match["magnitude"] is not None:
            # Beyond what a number holds, any two are the same.
            yield Share(10 ** min(_count(match["magnitude"].split()[0]), 300.0), "ratio", "", start, end)
        elif match["scale"] is not None:
            yield Share(SCALES[match["scale"]] / 2, noun if noun in units else "", noun, start, end)
        elif match["couple"] is not None:
            yield Share(2, noun if noun in units else "", noun, start, end)
        elif (multiple := match["fold"] or match["times"] or match["faster"] or match["multiple"]) is not None:
            yield Share(_MULTIPLES.get(multiple) or _count(multiple), "ratio", "", start, end)
        elif (part := _part(match)) is not None:
            # Half an hour is a time, half of the week a part.
            known = match["article"] is not None and noun in units
            yield Share(part if known else 100 * part, noun if known else "percent", noun, start, end)


def _part(match: regex.Match[str]) -> float | None:
    # What is no part of a whole, as 24/7 or "ten in one", is none.
    if match["half"] is not None:
        return 0.5
    if (part := match["part"] or match["parts"]) is not None:
        return _count(match["count"] or match["plural"]) / _PARTS[part]
    over, under = (match["over"], match["under"]) if match["over"] is not None else (match["some"], match["every"])
    return _count(over) / _count(under) if 0 < _count(over) < _count(under) else None


def _count(written: str) -> float:
    return float(_COUNTS.get(written) or written)
