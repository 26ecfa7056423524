"""When the page says that the kinds of interview changed, and when it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from analytics.candidate.kinds import WITH_CODE, WITHOUT_CODE, find_changed_mix, kinds_of, mix_sentences
from analytics.queries.candidates import SkillRecord
from analytics.queries.tags import Tags

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def history(*coded: bool) -> list[SkillRecord]:
    records = []
    for number, code in enumerate(coded, 1):
        place = (number, f"Interview {number}", BEGIN + timedelta(days=number))
        records.append(SkillRecord("technical", *place, "scored", None, 0.5))
        state, score = ("scored", 0.6) if code else ("not_assessed", None)
        records.append(SkillRecord("code_quality", *place, state, None, score))
    return records


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        ("aabb", "a"),
        ("abab", None),
        ("abba", None),
        ("aaab", None),
        ("aaaa", None),
        ("", None),
        ("a", None),
        ("aaabbb", "a"),
        ("aababb", None),
        ("bbbbbaaaab", "b"),
        ("aaaaabbccc", "a"),
        ("abcdefgh", None),
    ],
)
def test_a_mix_that_changes_by_half_is_named_and_one_that_does_not_is_not(kinds: str, kind: str | None) -> None:
    mix = find_changed_mix(kinds)
    assert (mix and mix.kind) == kind
    turned = find_changed_mix(kinds[::-1])
    assert (turned is None) == (mix is None) or len(kinds) % 2


def test_where_nobody_said_a_kind_code_stands_for_it() -> None:
    records = history(True, True, True, False, False, False)
    assert kinds_of(records, {}) == [WITH_CODE] * 3 + [WITHOUT_CODE] * 3
    (sentence,) = mix_sentences(records, {})
    assert sentence.startswith("The interviews changed: with code in 3 of the first 3 and 0 of the last 3.")
    assert mix_sentences(history(True, False, True, False, True, False), {}) == ()


def test_kinds_that_were_said_count_alone_and_difficulty_beside_them() -> None:
    records = history(True, True, False, False)
    same = {number: Tags("mock", None) for number in (1, 2, 3, 4)}
    assert mix_sentences(records, same) == ()
    # One kind said is enough: what the others are is not guessed from their code.
    assert kinds_of(records, {2: Tags("mock", None)}) == ["mock"]
    harder = {number: Tags("mock", 2 if number < 3 else 5) for number in (1, 2, 3, 4)}
    (sentence,) = mix_sentences(records, harder)
    assert "difficulty 2 in 2 of the first 2 and 0 of the last 2" in sentence
