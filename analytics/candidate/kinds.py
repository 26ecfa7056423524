"""Changes in the mix of interview kinds, which may look like changes in skill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from analytics.interviewlab.feedback import State
from analytics.queries.candidates import SkillRecord
from analytics.queries.tags import Tags
from analytics.skills import CODE_KEYS

WITH_CODE: Final = "with code"
WITHOUT_CODE: Final = "without code"
# A kind that one interview had is no change, and of four interviews each counts for half of its half.
_FEWEST_OF_A_KIND: Final = 2
_LARGE_SHARE: Final = 0.5


class Mix(NamedTuple):
    """A kind that became more or less frequent: its count in the earlier and in the later half."""

    kind: str
    earlier: int
    of_earlier: int
    later: int
    of_later: int


def find_changed_mix(kinds: Sequence[str]) -> Mix | None:
    """Return the kind whose share changed most between the earlier and the later half of the interviews.

    `kinds` are in interview order; of an odd number the middle one is in the later half. None unless it changed by half
    of the interviews or more, and two kinds at least have two interviews each.
    """
    counted = Counter(kinds)
    if sum(count >= _FEWEST_OF_A_KIND for count in counted.values()) < 2:
        return None
    middle = len(kinds) // 2
    earlier, later = Counter(kinds[:middle]), Counter(kinds[middle:])
    mixes = [Mix(kind, earlier[kind], middle, later[kind], len(kinds) - middle) for kind in counted]
    most = max(mixes, key=lambda mix: (_change(mix), mix.earlier))
    return most if _change(most) >= _LARGE_SHARE - 1e-9 else None


def kinds_of(history: Sequence[SkillRecord], tags: Mapping[int, Tags]) -> list[str]:
    """Return the kind of each scored interview, in interview order.

    Where no interview has one, whether there was code stands for it; else interviews without one are passed over.
    """
    scored = dict.fromkeys(record.interview_id for record in history if record.score is not None)
    said = [tags[interview_id].kind for interview_id in scored if interview_id in tags]
    if any(said):
        return [kind for kind in said if kind is not None]
    coded = {record.interview_id for record in history if record.skill in CODE_KEYS and record.state == State.SCORED}
    return [WITH_CODE if interview_id in coded else WITHOUT_CODE for interview_id in scored]


def difficulties_of(history: Sequence[SkillRecord], tags: Mapping[int, Tags]) -> list[str]:
    """Return the difficulty of each scored interview, in interview order, skipping those without one."""
    scored = dict.fromkeys(record.interview_id for record in history if record.score is not None) if tags else ()
    said = [tags[interview_id].difficulty for interview_id in scored if interview_id in tags]
    return [f"difficulty {difficulty}" for difficulty in said if difficulty is not None]


def mix_sentence(mix: Mix) -> str:
    """Describe a change in the mix and what it means."""
    earlier = f"{mix.earlier} of the first {mix.of_earlier}"
    later = f"{mix.later} of the last {mix.of_later}"
    return (
        f"The interviews changed: {mix.kind} in {earlier} and {later}. A change in the scores may come from that, as "
        "interviews differ in how hard they are."
    )


def mix_sentences(history: Sequence[SkillRecord], tags: Mapping[int, Tags]) -> tuple[str, ...]:
    """Describe how kinds and difficulties of these interviews changed; empty if they did not."""
    mixes = (find_changed_mix(kinds_of(history, tags)), find_changed_mix(difficulties_of(history, tags)))
    return tuple(mix_sentence(mix) for mix in mixes if mix is not None)


def _change(mix: Mix) -> float:
    return abs(mix.later / mix.of_later - mix.earlier / mix.of_earlier)
