"""JSON as a `json` column may hold it: Hypothesis strategies that write documents, not values.

Written as text, so that keys that stand twice, numbers no float holds, escapes and odd whitespace come up.
"""

from __future__ import annotations

import json

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.interviewlab.feedback import PLATFORM_FAILURE

SCORE_KEYS = ("overall_score", "communication_score", "technical_score", "problem_solving_score", "code_quality_score")

ODD_NUMBERS = (
    *("0", "-0", "-0.0", "0.0", "1", "1.0", "1e0", "10e-1", "0.5", "0.50", "5e-1", "0.5" + "0" * 60, "7", "-1", "100"),
    *("1e400", "-1e400", "1e-400", "-1e-400", "1E+5", "1e-310", "5e-324", "2.47e-324", "2.48e-324", "0e99999"),
    *("0." + "9" * 60, "1." + "0" * 59 + "1", "0." + "3" * 500, "0." + "0" * 400 + "1", "1" + "0" * 399, "9" * 5_000),
    *("1e" + "9" * 20, "1e-" + "9" * 20, "1e0000000000000000000000", "0." + "0" * 400 + "7e401"),
    *("1" + "0" * 400 + "e-400", "0." + "0" * 400 + "7e800", "1.0000000000000002", "0.9999999999999999"),
    *("999999", "1000000", "0.99999"),
)  # fmt: skip

numbers = st.one_of(
    st.sampled_from(ODD_NUMBERS),
    st.integers(0, 100).map(lambda percent: repr(percent / 100)),
    st.floats(0, 1).map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers().map(str),
    st.decimals(-2, 2, places=60).map(lambda number: format(number, "f")),
)

_ODD_STRINGS = (
    *('""', '"0.7"', '"n/a"', r'"\u0000"', r'"\ud800"', r'"\udc00\ud83d"', r'"\\u0000"', r'"\\\u0000"'),
    *(r'"\ud83d\ude00"', r'"\"}"', '"null"', '"NaNs are no numbers"', '"[[[[{{{{"', f'"{PLATFORM_FAILURE}"'),
    *(rf'"{PLATFORM_FAILURE}\u0000"', f'"{PLATFORM_FAILURE}."', rf'"\u0055{PLATFORM_FAILURE[1:]}"'),
    f'"{PLATFORM_FAILURE.lower()}"',
)  # fmt: skip
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
strings = st.one_of(
    st.sampled_from(_ODD_STRINGS),
    st.builds(lambda text, escaped: json.dumps(text, ensure_ascii=escaped), _texts, st.booleans()),
)

_ODD_KEYS = (
    r'"communication\u005fscore"', r'"communication\u0000_score"', r'"communication_score\ud800"',
    '"Communication_score"', '"communication_score "', '"score"', '""', '"skill_breakdown"', '"scores"',
)  # fmt: skip
_PLAIN_KEYS = tuple(f'"{key}"' for key in (*SCORE_KEYS, "code_submissions_count", "weaknesses"))
keys = st.one_of(st.sampled_from(_PLAIN_KEYS), st.sampled_from(_PLAIN_KEYS), st.sampled_from(_ODD_KEYS), strings)

_scalars = st.one_of(st.sampled_from(("null", "true", "false")), numbers, strings)
_spaces = st.sampled_from(("", " ", "\n\t ", "  "))


def _array(values: list[str], space: str) -> str:
    return f"[{space}{f',{space}'.join(values)}{space}]"


def _object(pairs: list[tuple[str, str]], space: str) -> str:
    return f"{{{space}{f',{space}'.join(f'{key}:{space}{value}' for key, value in pairs)}{space}}}"


def _nested(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(_array, st.lists(values, max_size=4), _spaces),
        st.builds(_object, st.lists(st.tuples(keys, values), max_size=4), _spaces),
    )


values = st.recursive(_scalars, _nested, max_leaves=6)
_deep = st.builds(lambda depth, inner: "[" * depth + inner + "]" * depth, st.integers(1, 60), _scalars)

# Drawing is what takes time, so one draw makes a family of documents: the same values, each time under other keys.
Family = list[str]


def _family(pairs: list[tuple[str, str]], space: str) -> Family:
    drawn_keys, drawn_values = [key for key, _ in pairs], [value for _, value in pairs]
    orders = [order[turn:] + order[:turn] for order in (drawn_values, drawn_values[::-1]) for turn in range(len(pairs))]
    paired = [list(zip(drawn_keys, order, strict=True)) for order in orders]
    return [_object(some, space) for every in paired for some in (every, every[len(every) // 2 :])]


_objects = st.builds(
    _family, st.lists(st.tuples(keys, st.one_of(numbers, numbers, values, _deep)), min_size=7, max_size=14), _spaces
)


def _marked(scores: list[str], said: list[str], rest: list[tuple[str, str]]) -> Family:
    turned = [scores[turn:] + scores[:turn] for turn in range(len(scores))]
    marked = [[*zip((f'"{key}"' for key in SCORE_KEYS), values, strict=True)] for values in turned]
    return [_object([*pairs, ('"weaknesses"', _array(said, " ")), *rest], " ") for pairs in marked]


# What the platform stores when its own model call failed, and what only looks like it.
_halves = st.one_of(*[st.just("0.5")] * 6, st.sampled_from(("5e-1", "0.50", '"0.5"', "0.51", "null", "0.5" + "0" * 60)))
_marker = st.just(f'"{PLATFORM_FAILURE}"')
_markers = st.builds(
    _marked,
    st.lists(_halves, min_size=5, max_size=5),
    st.lists(st.one_of(_marker, _marker, strings), min_size=1, max_size=2),
    st.lists(st.tuples(keys, _scalars), max_size=2),
)

families = st.one_of(
    *[_objects] * 4,
    _markers,
    values.map(lambda value: [value]),
    _objects.map(lambda family: [json.dumps(document) for document in family[:2]]),
)

# What Python writes though it is no JSON; PostgreSQL refuses to store it, SQLite does not look.
_not_finite = st.sampled_from((float("nan"), float("inf"), float("-inf"), 0.25, 1, None, "a text", [0.5, float("nan")]))
python_documents = st.dictionaries(
    st.sampled_from((*SCORE_KEYS, "code_submissions_count", "weaknesses", "topics_covered")), _not_finite
).map(json.dumps)


def drawn(strategy: st.SearchStrategy[Family], examples: int) -> list[str]:
    """Draw this many families, always the same, and give their documents without repeats."""
    documents: dict[str, None] = {}

    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(family: Family) -> None:
        documents.update(dict.fromkeys(family))

    draw()
    return list(documents)
