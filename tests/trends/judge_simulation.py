"""Measure what a change of judge does to trends, on made-up people whose truth is known.

`python -m tests.trends.judge_simulation` prints the tables of docs/trends.md, and with `--write` renews them there. The
same at every run. A score is the level at that interview plus what this judge happened to see in it; the second judge
is kinder by a shift, and each person's bridge is measured on ten interviews of others that both judges scored.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analytics.trends import analysis
from analytics.trends.bridge import FEWEST_PAIRS, Shift, measure
from tests.trends.simulation import DOCUMENT, LEVEL, Floats, Row, as_scores, is_trend, noise, rising

BEGIN, END = "<!-- judges -->\n", "<!-- end of judges -->\n"
PEOPLE = 3000
COUNTS = tuple(range(4, 21))
SHIFTS = (0.0, 0.10, 0.20)
# Of a score's variance, half is the interview's, which both judges see, and half the judge's own.
SHARED_VARIANCE = 0.5


@dataclass(frozen=True)
class Bridges:
    """A bridge for each of many: offsets and their errors."""

    offset: Floats
    sd_error: Floats
    df: float


def bridges(rng: np.random.Generator, many: int, pairs: int, shift: float, sd: float) -> Bridges:
    """Measure bridges on interviews that two judges scored."""
    interview = LEVEL + np.sqrt(SHARED_VARIANCE) * noise(rng, many, pairs, sd)
    own = np.sqrt(1 - SHARED_VARIANCE)
    older = as_scores(interview + own * noise(rng, many, pairs, sd))
    newer = as_scores(interview + shift + own * noise(rng, many, pairs, sd))
    found = [measure(*pair) for pair in zip(older, newer, strict=True)]
    known = [bridge for bridge in found if bridge is not None]
    return Bridges(
        np.array([bridge.offset for bridge in known]),
        np.array([bridge.sd_error for bridge in known]),
        known[0].df,
    )


@dataclass(frozen=True)
class Told:
    """What each way of telling makes of the same people: as if there was one judge, the newest alone, over a bridge."""

    mixed: analysis.Trends
    newest: analysis.Trends
    bridged: analysis.Trends


def tell(
    rng: np.random.Generator, levels: Floats, changed_at: int, shift: float, sd: float, pairs: int = FEWEST_PAIRS
) -> Told:
    """Score people (people, interviews) with two judges, the newer from one interview on, and tell their trends."""
    people, count = levels.shape
    before = np.arange(count) < changed_at
    plain = as_scores(levels + noise(rng, people, count, sd))
    scores = as_scores(plain + shift * ~before)
    bridge = bridges(rng, people, pairs, shift, sd)
    rebased = np.where(before, scores + bridge.offset[:, None], scores)
    usual = analysis.learn_noise(plain)
    moved = np.broadcast_to(before, scores.shape)
    return Told(
        mixed=analysis.analyse(scores),
        newest=analysis.analyse(scores[:, changed_at:], usual),
        bridged=analysis.analyse(rebased, usual, [Shift(moved, bridge.sd_error, bridge.df)]),
    )


def false_trends(rng: np.random.Generator, people: int, counts: Sequence[int]) -> list[Row]:
    """Call somebody improving or declining who stayed the same while the judge changed."""
    cells: dict[int, list[list[float]]] = {count: [] for count in counts}
    for count in counts:
        for changed_at in sorted({1, count // 4, count // 2, 3 * count // 4, count - 1} - {0}):
            for shift in SHIFTS:
                for sd in (0.05, 0.08, 0.12):
                    told = tell(rng, np.full((people, count), LEVEL), changed_at, shift, sd)
                    labels = (told.newest.label, told.bridged.label, told.mixed.label)
                    cells[count].append([float(is_trend(label).mean()) for label in labels])
    rows = []
    for name, some in (("4-8", range(4, 9)), ("9-14", range(9, 15)), ("15-20", range(15, 21))):
        chosen = [cell for count in counts if count in some for cell in cells[count]]
        if chosen:
            newest, bridged, mixed = np.max(chosen, axis=0)
            where = f"{name} interviews, judge kinder by 0-.20 from any on"
            rows += [
                Row(f"false trend: {where}, newest judge's scores", 0.06, True, float(newest), float(mixed)),
                Row(f"false trend: {where}, over a bridge of 10", 0.06, True, float(bridged), float(mixed)),
            ]
    return rows


def coverage(rng: np.random.Generator, people: int) -> list[Row]:
    """Measure the offset of a bridge of ten pairs, and the intervals of what is told over it."""
    bias, held = [], []
    for shift in SHIFTS:
        for sd in (0.05, 0.08, 0.12):
            found = bridges(rng, people, FEWEST_PAIRS, shift, sd)
            bias.append(abs(float(found.offset.mean()) - shift))
            margin = stats.t.ppf(0.975, found.df) * found.sd_error
            held.append(float((np.abs(found.offset - shift) <= margin).mean()))
    changes, levels, averages, bands = [], [], [], []
    for count in (6, 12, 20):
        signal = rising(count, 0.2) + 0.1
        told = tell(rng, np.tile(signal, (people, 1)), count // 2, -0.10, 0.08).bridged
        truth = signal - 0.10
        changes.append(float(((told.change_low <= 0.2) & (told.change_high >= 0.2)).mean()))
        averages.append(float((np.abs(told.average - truth.mean()) <= told.average_half_width).mean()))
        levels.append(float((np.abs(told.current - truth[-1]) <= told.current_half_width).mean()))
        bands.append(float((np.abs(told.band_centre - truth) <= told.band_half_width).mean()))
    return [
        Row("offset of a bridge of 10: bias, shift 0-.20, SD .05-.12", 0.02, True, max(bias)),
        Row("offset of a bridge of 10: its 95% interval covers, least", 0.93, False, min(held)),
        Row("offset of a bridge of 10: its 95% interval covers, most", 0.97, True, max(held)),
        Row("over a bridge: interval of the change covers", 0.925, False, min(changes)),
        Row("over a bridge: interval of the average covers", 0.925, False, min(averages)),
        Row("over a bridge: interval of the current level covers", 0.925, False, min(levels)),
        Row("over a bridge: 95% band covers", 0.925, False, min(bands)),
    ]


def power(rng: np.random.Generator, people: int, counts: Sequence[int] = (6, 8, 10, 15, 20)) -> list[list[float]]:
    """Find an improvement of .2 where the judges do not differ: all in one, newest, bridge of 10, bridge of 30."""
    rows = []
    for count in counts:
        for share in (0.25, 0.5, 0.75):
            changed_at = max(1, round(count * share))
            levels = np.tile(rising(count), (people, 1))
            told = tell(rng, levels, changed_at, 0.0, 0.08)
            wide = tell(rng, levels, changed_at, 0.0, 0.08, pairs=30)
            found = (told.mixed, told.newest, told.bridged, wide.bridged)
            rows.append([count, changed_at, *(float((one.label == analysis.IMPROVING).mean()) for one in found)])
    return rows


def simulate(people: int = PEOPLE, counts: Sequence[int] = COUNTS, seed: int = 2026) -> list[Row]:
    """Measure everything that has a limit; the same numbers for the same arguments."""
    first, second = np.random.default_rng((seed, 9)).spawn(2)
    return [*false_trends(first, people, counts), *coverage(second, people)]


def tables(rows: Sequence[Row], powers: Sequence[Sequence[float]]) -> str:
    """Write both tables as Markdown."""
    lines = ["| | limit | ours | as if by one judge |", "| --- | ---: | ---: | ---: |"]
    for row in rows:
        mixed = "" if np.isnan(row.last_three) else f"{row.last_three:.3f}"
        lines.append(f"| {row.name} | {'≤' if row.at_most else '≥'} {row.limit:.3f} | **{row.ours:.3f}** | {mixed} |")
    lines += [
        "",
        "| improvement of .2 found, SD .08, judges alike | no split | newest judge's | bridge of 10 | bridge of 30 |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for count, changed_at, *found in powers:
        shares = " | ".join(f"{share:.3f}" for share in found)
        lines.append(f"| {count:.0f} interviews, the first {changed_at:.0f} by another judge | {shares} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    rows = simulate()
    written = tables(rows, power(np.random.default_rng((2026, 10)), PEOPLE))
    print(written)
    for row in rows:
        if not row.holds:
            print(f"over the limit: {row.name}")
    if "--write" in arguments:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{written}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return int(not all(row.holds for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
