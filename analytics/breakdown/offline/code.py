"""Measurements of submitted code: size, branches, depth, repetition, parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from analytics.breakdown.offline.points import Finder, Weakness
from analytics.breakdown.reading.code_metrics import Function, measure
from analytics.breakdown.reading.transcript import Submission

# `{size}` is what was counted, `{name}` the function's.
_COMPLEX: Final = Weakness(
    'Puts {size} branches into "{name}", more than a reader can hold in mind at once.',
    "Move each case of such a function into a small function with a name that says what it decides.",
    "Every function can be described in one sentence without the word and.",
)
_LENGTHY: Final = Weakness(
    'Lets "{name}" grow to {size} lines, more than fit on a screen.',
    "Split long functions where a comment or an empty line already separates two thoughts.",
    "No function needs scrolling to be read.",
)
_LOADED: Final = Weakness(
    'Gives "{name}" {size} parameters, so that a caller can hardly get their order right.',
    "Group values that belong together into one object, and drop what can be worked out inside.",
    "Calls can be read without looking up the signature.",
)
_NESTED: Final = Weakness(
    "Indents lines {size} levels deep{within}, so that the way to a line is hard to follow.",
    "Return early for the exceptional cases and move inner loops into functions of their own.",
    "No line stands deeper than three levels.",
)
_REPEATED: Final = Weakness(
    "Repeats the same run of lines{named}, so that a change must be made twice.",
    "Whenever lines are copied, give them a name as a function first.",
    "A change of behaviour touches one place.",
)
_LEFT: Final = Weakness(
    "Leaves notes of unfinished work standing in the submission.",
    "Before submitting, read the code once only for what is left over and finish or remove it.",
    "A last look finds nothing to tidy.",
)
_DEEP: Final = 5
# Behind these a line goes on, and is indented for its looks.
_GOES_ON: Final = re.compile(r"[,(\[+*/&|=?.-]$|(?<![=!<>])=\s*(?:new\b[^;]*)?\{$|^\s*(?:new|return)\b[^;]*\{$")
# So many lines can be taken in at a glance.
_GLANCE: Final = 20
_TODO: Final = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
_QUOTABLE: Final = re.compile(r"(?!@|import\b)(?=.*\w{3})[^\"'`“”„«»]{8,60}")
_REMARK: Final = re.compile(r"^\s*(?:#(?!include|define|if|end)|//|/\*|\*|--|\"\"\"|''')")


def read_code(submissions: Sequence[Submission], finder: Finder) -> None:
    """List the faults of the submissions, each where it is worst. Small size is no merit."""
    functions = [
        (f"{submission.id}:{function.first}-{function.last}", function)
        for submission in submissions
        if (metrics := measure(submission)) is not None
        for function in metrics.functions
    ]

    def note(advised: Weakness, size: Callable[[Function], int], limit: int) -> None:
        cited, worst = max(functions, key=lambda pair: size(pair[1]))
        if size(worst) > limit:
            text = advised.text.format(size=size(worst), name=_short_name(worst))
            finder.weakness(replace(advised, text=text), [cited])

    if functions:
        # Conditions joined by "and" count as branches; of a short function they say little.
        note(_COMPLEX, lambda function: function.complexity - 1 if function.lines >= _GLANCE else 0, 9)
        note(_LENGTHY, lambda function: function.lines, 50)
    for submission in submissions:
        if repeated := _repetition(submission):
            line = _quotable(submission, repeated[0])
            named = f', from "{line}" on' if line else ""
            finder.weakness(replace(_REPEATED, text=_REPEATED.text.format(named=named)), repeated)
    own = {
        each.id: [function for lines, function in functions if lines.startswith(f"{each.id}:")] for each in submissions
    }
    deep = max((place for each in submissions for place in _find_nesting(each, own[each.id])), default=None)
    if deep is not None and deep[0] > _DEEP:
        number = deep[1].partition(":")[2]
        line = next(
            (_quotable(each, f"{deep[1]}-{number}") for each in submissions if deep[1] == f"{each.id}:{number}"), ""
        )
        within = f' at "{line}"' if line else ""
        finder.weakness(replace(_NESTED, text=_NESTED.text.format(size=deep[0], within=within)), [deep[1]])
    if functions:
        note(_LOADED, lambda function: function.parameters, 5)
    left = [
        f"{submission.id}:{number}"
        for submission in submissions
        for number, line in enumerate(submission.lines, 1)
        if _TODO.search(line)
    ]
    if left:
        finder.weakness(_LEFT, left)


def _short_name(function: Function) -> str:
    return re.split(r"::|\.", function.name)[-1]


def _quotable(submission: Submission, cited: str) -> str:
    """Return the first of the cited lines that is short and can stand in quotation marks."""
    first, _, last = cited.partition(":")[2].partition("-")
    lines = (" ".join(line.split()) for line in submission.lines[int(first) - 1 : int(last)])
    return next((line for line in lines if _QUOTABLE.fullmatch(line) and not _REMARK.match(line)), "")


def _find_nesting(submission: Submission, functions: Sequence[Function]) -> Iterator[tuple[int, str]]:
    """Return how deep lines are nested in conditions and loops, without classes and functions."""
    expanded = {number: line.expandtabs(4).rstrip() for number, line in enumerate(submission.lines, 1)}
    indents = {
        number: len(line) - len(line.lstrip()) for number, line in expanded.items() if line and not _REMARK.match(line)
    }
    steps = Counter(indents[after] - indents[before] for before, after in pairwise(indents))
    deeper = [(step, count) for step, count in steps.items() if step > 1]
    if not deeper:
        return
    # The commonest step is one level; a line indented further than that beyond the one before it is a continuation.
    level = max(deeper, key=lambda pair: pair[1])[0]
    outside = {
        number: indents[each.first] + level
        for each in functions
        for number in range(each.first, each.last + 1)
        if each.first in indents
    }
    for before, number in pairwise(indents):
        if indents[number] - indents[before] <= level and not _GOES_ON.search(expanded[before]):
            inside = number in outside or not functions
            yield (indents[number] - outside.get(number, 0)) // level if inside else 0, f"{submission.id}:{number}"


def _repetition(submission: Submission, run: int = 5) -> list[str]:
    lines = [(number, " ".join(line.split())) for number, line in enumerate(submission.lines, 1)]
    telling = [(number, line) for number, line in lines if re.search(r"\w", line) and not _REMARK.match(line)]
    seen: dict[tuple[str, ...], tuple[int, int]] = {}
    for start in range(len(telling) - run + 1):
        window = telling[start : start + run]
        key = tuple(line for _, line in window)
        place = (window[0][0], window[-1][0])
        before = seen.setdefault(key, place)
        if before[1] < place[0] and sum(map(len, key)) > 100:
            return [f"{submission.id}:{first}-{last}" for first, last in (before, place)]
    return []
