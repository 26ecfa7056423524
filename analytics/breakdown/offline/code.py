"""What can be counted in submitted code: size, branches, depth, repetition, parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from analytics.breakdown.offline.points import Finder, Weakness
from analytics.breakdown.reading.code_metrics import Function, measure
from analytics.breakdown.reading.transcript import Submission

_COMPLEX: Final = Weakness(
    "Puts many branches into one function, so that no reader can hold all its cases in mind.",
    "Move each case of such a function into a small function with a name that says what it decides.",
    "Every function can be described in one sentence without the word and.",
)
_LENGTHY: Final = Weakness(
    "Lets one function grow over more lines than fit on a screen.",
    "Split long functions where a comment or an empty line already separates two thoughts.",
    "No function needs scrolling to be read.",
)
_LOADED: Final = Weakness(
    "Passes so many parameters that a caller can hardly get their order right.",
    "Group values that belong together into one object, and drop what can be worked out inside.",
    "Calls can be read without looking up the signature.",
)
_NESTED: Final = Weakness(
    "Nests conditions and loops so deeply that the way to a line is hard to follow.",
    "Return early for the exceptional cases and move inner loops into functions of their own.",
    "No line stands deeper than three levels.",
)
_REPEATED: Final = Weakness(
    "Repeats the same run of lines, so that a change must be made twice.",
    "Whenever lines are copied, give them a name as a function first.",
    "A change of behaviour touches one place.",
)
_LEFT: Final = Weakness(
    "Leaves notes of unfinished work standing in the submission.",
    "Before submitting, read the code once only for what is left over and finish or remove it.",
    "A last look finds nothing to tidy.",
)
_LEAST_FUNCTIONS: Final = 3
_LEAST_LINES: Final = 30
_TODO: Final = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
_REMARK: Final = re.compile(r"^\s*(?:#(?!include|define|if|end)|//|/\*|\*|--|\"\"\"|''')")


def read_code(submissions: Sequence[Submission], finder: Finder) -> None:
    """Note what the submissions show, the worst places first."""
    functions: list[tuple[str, Function]] = []
    for submission in submissions:
        metrics = measure(submission)
        measured = metrics.functions if metrics is not None else ()
        functions += [(f"{submission.id}:{function.first}-{function.last}", function) for function in measured]

    def beyond(size: Callable[[Function], int], limit: int) -> list[str]:
        found = [(size(function), cited) for cited, function in functions if size(function) > limit]
        return [cited for _, cited in sorted(found, key=lambda pair: -pair[0])]

    lines = [
        (f"{submission.id}:{number}", line)
        for submission in submissions
        for number, line in enumerate(submission.lines, 1)
    ]
    checks = (
        (_COMPLEX, beyond(lambda function: function.complexity, 10)),
        (_LENGTHY, beyond(lambda function: function.lines, 50)),
        (_REPEATED, [cited for submission in submissions for cited in _repetition(submission)]),
        (_NESTED, _find_nesting(submissions)),
        (_LOADED, beyond(lambda function: function.parameters, 5)),
        (_LEFT, [cited for cited, line in lines if _TODO.search(line)]),
    )
    for advised, ids in checks:
        if ids:
            finder.weakness(advised, ids)
    every = [function for _, function in functions]
    whole = sum(function.lines for function in every)
    longest = max((function.lines for function in every), default=0)
    # Of less than this, being short is no merit.
    if len(every) >= _LEAST_FUNCTIONS and whole >= _LEAST_LINES and longest <= 25 and not finder.points().weaknesses:
        most = max(function.complexity for function in every) - 1
        if most <= 5:
            finder.strength(
                f"Divides {whole} lines into {len(every)} functions; the longest has {longest} lines, and none has "
                f"more than {most} branches.",
                beyond(lambda function: function.lines, 0),
            )


def _find_nesting(submissions: Sequence[Submission]) -> list[str]:
    found: list[tuple[int, str]] = []
    for submission in submissions:
        expanded = [line.expandtabs(4) for line in submission.lines]
        indents = [
            (len(line) - len(line.lstrip()), number)
            for number, line in enumerate(expanded, 1)
            if line.strip() and not _REMARK.match(line)
        ]
        steps = Counter(indent - before for (before, _), (indent, _) in pairwise(indents) if indent > before + 1)
        if not steps:
            continue
        # The commonest step is one level; a line indented further than that beyond the one before it is a continuation.
        level = steps.most_common(1)[0][0]
        for (before, _), (indent, number) in pairwise(indents):
            if indent - before <= level:
                depth = indent // level
                found.append((depth, f"{submission.id}:{number}"))
    deep = [(depth, cited) for depth, cited in found if depth > 6]
    return [cited for _, cited in sorted(deep, key=lambda pair: -pair[0])][:1]


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
