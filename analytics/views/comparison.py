"""Several interviews side by side, of one candidate or several."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy.orm import Session

from analytics import cohort
from analytics.access.viewer import Viewer
from analytics.breakdown.versions.shown import ShownBreakdown, shown_breakdown
from analytics.bridges import NO_BRIDGES, Bridges, move
from analytics.candidate.skill_trends import skill_trends
from analytics.queries import candidates
from analytics.queries import interviews as queries
from analytics.queries.interviews import ComparedRecord
from analytics.skills import SKILL_KEYS
from analytics.trends import analysis
from analytics.trends.bridge import combine_errors

_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One record per skill and interview, in the requested order; an unscored interview has at least one."""

    records: tuple[ComparedRecord, ...]

    @property
    def interviews(self) -> tuple[ComparedRecord, ...]:
        """Return the first record of each interview, which holds its heading."""
        return tuple({record.interview_id: record for record in reversed(self.records)}.values())[::-1]

    @property
    def scores(self) -> dict[str, dict[int, float | None]]:
        """Return the scores by skill and interview, to two decimals as on the platform; None without one."""
        return self._by_skill(lambda record: record.score)

    @property
    def verdicts(self) -> dict[str, dict[int, float | None]]:
        """Return the verdicts as scores, by skill and interview; None without one."""
        return self._by_skill(lambda record: record.verdict)

    @property
    def judges(self) -> dict[str, dict[int, str | None]]:
        """Return the keys of the scores' judges, by skill and interview; None without a score."""
        return self._read_by_skill(lambda record: record.judge)

    @property
    def judged_at(self) -> dict[str, dict[int, datetime | None]]:
        """Return when the scores were given, by skill and interview; None without a score, or if unknown."""
        return self._read_by_skill(lambda record: record.judged_at)

    def _read_by_skill(self, read: Callable[[ComparedRecord], _Told | None]) -> dict[str, dict[int, _Told | None]]:
        ids = [record.interview_id for record in self.interviews]
        told: dict[str, dict[int, _Told | None]] = {key: dict.fromkeys(ids) for key in SKILL_KEYS}
        for record in self.records:
            if record.skill is not None and record.score is not None:
                told[record.skill][record.interview_id] = read(record)
        return told

    def _by_skill(self, read: Callable[[ComparedRecord], float | None]) -> dict[str, dict[int, float | None]]:
        ids = [record.interview_id for record in self.interviews]
        scores: dict[str, dict[int, float | None]] = {key: dict.fromkeys(ids) for key in SKILL_KEYS}
        for record in self.records:
            if record.skill is not None:
                score = read(record)
                scores[record.skill][record.interview_id] = None if score is None else round(score, 2)
        return scores


class Difference(NamedTuple):
    """The difference of two scores on one scale, and whether it exceeds noise.

    `moved` says that the first was moved there over a bridge.
    """

    before: float
    after: float
    counts: bool
    moved: bool

    @property
    def change(self) -> float:
        """Return how much higher the second score is, both as they are shown, so that the numbers add up."""
        return round(round(self.after, 2) - round(self.before, 2), 2)


@dataclass(frozen=True, slots=True)
class Scatter:
    """The noise of scores by skill: standard deviation and degrees of freedom.

    It is the candidate's own where all interviews are of one candidate (`own`), else what is usual among all. `bridges`
    lead from one judge's scores to another's.
    """

    by_skill: Mapping[str, tuple[float, float]]
    own: bool
    bridges: Bridges = NO_BRIDGES

    def differences(self, records: Sequence[ComparedRecord], baseline: int) -> dict[tuple[int, str], Difference]:
        """Compare each interview's scores with the baseline's, by interview and skill, where possible."""
        first = {record.skill: record for record in records if record.interview_id == baseline}
        pairs = ((first[record.skill], record) for record in records if record.skill in first)
        return {
            (after.interview_id, after.skill): found
            for before, after in pairs
            if after.skill is not None and (found := self.difference(before, after)) is not None
        }

    def difference(self, before: ComparedRecord, after: ComparedRecord) -> Difference | None:
        """Compare two judges' scores of a skill; None if one is missing, or there is no bridge between the judges.

        Verdicts stand beside them: people are no one judge.
        """
        if before.skill is None or before.score is None or after.score is None:
            return None
        sd, df = self.by_skill[before.skill]
        if before.judge == after.judge:
            counts = bool(analysis.compare(before.score, after.score, sd, df).counts)
            return Difference(before.score, after.score, counts, moved=False)
        bridge = self.bridges.find(before.skill, before.judge, after.judge)
        if bridge is None:
            return None
        moved = move(before.score, bridge.offset)
        # Of two scores each has the noise of one; the bridge's error comes on top.
        error = combine_errors(sd * math.sqrt(2), df, [(bridge.sd_error, bridge.df)])
        counts = bool(analysis.compare(moved, after.score, error.sd / math.sqrt(2), error.df).counts)
        return Difference(moved, after.score, counts, moved=True)


class SaidClaim(NamedTuple):
    """A strength or weakness of an interview, and its quote; empty without one."""

    kind: str
    text: str
    quote: str


class ClaimChanges(NamedTuple):
    """The claims about a skill in one interview only, in the other only, and in both."""

    skill: str
    gone: list[SaidClaim]
    new: list[SaidClaim]
    kept: list[SaidClaim]


def view_claim_changes(viewer: Viewer, before: int, after: int, db: Session) -> list[ClaimChanges]:
    """Compare the claims of two interviews; skills without claims are left out.

    Claims are the same where they differ only in case, spaces and punctuation.
    """
    ends = [shown_breakdown(viewer, db, interview_id) for interview_id in (before, after)]
    changes = []
    for key in SKILL_KEYS:
        first, second = ({_same(claim): claim for claim in _claims(end, key)} for end in ends)
        if first or second:
            changes.append(
                ClaimChanges(
                    key,
                    gone=[claim for name, claim in first.items() if name not in second],
                    new=[claim for name, claim in second.items() if name not in first],
                    kept=[claim for name, claim in second.items() if name in first],
                )
            )
    return changes


def _claims(shown: ShownBreakdown | None, key: str) -> Iterator[SaidClaim]:
    if shown is None:
        return
    breakdown = shown.breakdown.skill_breakdown.get(key) if shown.breakdown else None
    told = shown.feedback.skills[key]
    for kind, claims, texts in (
        ("Strength", breakdown.strengths if breakdown else (), told.strengths),
        ("Weakness", breakdown.weaknesses if breakdown else (), told.weaknesses),
    ):
        if breakdown is None:
            yield from (SaidClaim(kind, text, "") for text in texts)
        yield from (SaidClaim(kind, claim.text, claim.main_quote.text if claim.quotes else "") for claim in claims)


def _same(claim: SaidClaim) -> tuple[str, str]:
    return claim.kind, " ".join(re.findall(r"\w+", claim.text.casefold()))


def view_comparison(viewer: Viewer, interview_ids: Sequence[int], db: Session) -> Comparison:
    """Read interviews in the requested order; those that do not exist or may not be seen are missing."""
    records = queries.compared_records(viewer, db, interview_ids)
    return Comparison(tuple(sorted(records, key=lambda record: interview_ids.index(record.interview_id))))


def score_differences(comparison: Comparison, scatter: Scatter) -> dict[str, dict[int, float | None]]:
    """Subtract the first interview's scores from the others', by skill and interview; None where impossible."""
    ids = [record.interview_id for record in comparison.interviews]
    found = scatter.differences(comparison.records, ids[0]) if ids else {}
    return {
        key: {number: found[number, key].change if (number, key) in found else None for number in ids}
        for key in SKILL_KEYS
    }


def view_scatter(viewer: Viewer, comparison: Comparison, db: Session) -> Scatter:
    """Read the noise of the compared scores."""
    people = {record.user_id for record in comparison.records}
    history = candidates.skill_history(viewer, db, people.pop()) if len(people) == 1 else None
    everybody = cohort.load(db)
    trends = skill_trends(history or [], everybody)
    return Scatter(
        {key: (trend.noise_sd, trend.df) for key, trend in trends.items()}, own=bool(history), bridges=everybody.bridges
    )
