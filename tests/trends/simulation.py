"""Measure how often the trends are wrong, on made-up people whose truth is known.

`python -m tests.trends.simulation` prints the table of docs/trends.md, and with `--write` renews it there.
Everything but the time is the same at every run. Each row is the worst of its cells unless it says otherwise.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from analytics.trends import analysis

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

DOCUMENT = Path(__file__).parents[2] / "docs" / "trends.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"

SERIES = 4000
COUNTS = tuple(range(4, 31))
LEVEL = 0.6
NAN = float("nan")
EVERYBODY = slice(None)


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, the limit or NaN, and the share for each way of telling trends."""

    name: str
    limit: float
    at_most: bool
    ours: float
    last_three: float = NAN
    least_squares: float = NAN
    mann_kendall: float = NAN

    @property
    def holds(self) -> bool:
        return np.isnan(self.limit) or (self.ours <= self.limit if self.at_most else self.ours >= self.limit)


# Made-up people


def noise(rng: np.random.Generator, people: int, count: int, sd: float | Floats, correlation: float = 0.0) -> Floats:
    """Draw normal noise (people, count); neighbours correlate, the standard deviation stays sd."""
    drawn = rng.standard_normal((people, count))
    for place in range(1, count):
        drawn[:, place] = correlation * drawn[:, place - 1] + np.sqrt(1 - correlation**2) * drawn[:, place]
    return drawn * np.asarray(sd, dtype=np.float64).reshape(-1, 1)


def as_scores(levels: Floats, step: float = 0.01) -> Floats:
    return np.clip(np.round(np.round(levels / step) * step, 2), 0, 1)


def flat(
    rng: np.random.Generator, people: int, counts: Iterable[int], sds: Sequence[float], correlation: float = 0.0
) -> Iterable[Floats]:
    for count in counts:
        for sd in sds:
            yield as_scores(LEVEL + noise(rng, people, count, sd, correlation))


def rising(count: int, change: float = 0.2) -> Floats:
    return 0.5 + change * np.linspace(0, 1, count)


def plateau(count: int, gain: float) -> Floats:
    """Learn fast at first and then no more; three quarters of the gain in the first third."""
    return 0.45 + gain * (1 - np.exp(-4 * np.arange(count) / count))


def ragged(rng: np.random.Generator, scores: Floats, fewest: int = 4) -> Floats:
    """Leave everybody a number of interviews of their own, and a third of these people gaps as well."""
    people, count = scores.shape
    kept = rng.integers(fewest, count + 1, people)
    left = np.where(np.arange(count) < kept[:, None], scores, np.nan)
    gaps = (rng.random(scores.shape) < 0.3) & (np.arange(people) % 3 == 0)[:, None] & (np.arange(count) >= fewest)
    left[gaps] = np.nan
    return left


# Ways of telling a trend: scores without gaps to 1, -1 or another number; None where it cannot be used


def ours(scores: Floats) -> Labels:
    return analysis.analyse(scores).label


def last_three(scores: Floats) -> Labels | None:
    """Call it an improvement when the last three are above the three before; it knows no other answer."""
    if scores.shape[1] < 6:
        return None
    return np.asarray(scores[:, -3:].sum(axis=1) > scores[:, -6:-3].sum(axis=1) + 1e-9).astype(np.int64)


def least_squares(scores: Floats) -> Labels:
    """Fit each person alone and believe p < .05."""
    count = scores.shape[1]
    x = np.linspace(-0.5, 0.5, count)
    change = scores @ x / (x @ x)
    left = scores - scores.mean(axis=1, keepdims=True) - change[:, None] * x
    error = np.sqrt((left**2).sum(axis=1) / (count - 2) / (x @ x))
    critical = stats.t.ppf(0.975, count - 2)
    return np.where((np.abs(change) > 1e-9) & (np.abs(change) > critical * error), np.sign(change), 0).astype(np.int64)


def mann_kendall(scores: Floats) -> Labels:
    """Count rises against falls over all pairs, with the usual corrections for ties and continuity."""
    count = scores.shape[1]
    rises, equal = np.zeros(len(scores)), np.ones(scores.shape)
    for lag in range(1, count):
        step = np.round(scores[:, lag:] - scores[:, :-lag], 6)
        rises += np.sign(step).sum(axis=1)
        equal[:, lag:] += step == 0
        equal[:, :-lag] += step == 0
    ties = ((equal - 1) * (2 * equal + 5)).sum(axis=1)
    variance = (count * (count - 1) * (2 * count + 5) - ties) / 18
    z = np.sign(rises) * np.maximum(np.abs(rises) - 1, 0) / np.sqrt(np.maximum(variance, 1e-9))
    return np.where(2 * special.ndtr(-np.abs(z)) < 0.05, np.sign(rises), 0).astype(np.int64)


WAYS: tuple[Callable[[Floats], Labels | None], ...] = (ours, last_three, least_squares, mann_kendall)


def shares(
    scores: Floats, found: Callable[[Labels], NDArray[np.bool_]], among: NDArray[np.bool_] | slice = EVERYBODY
) -> list[float]:
    """Give for every way of telling trends the share with that finding among some people of the cohort."""
    labels = [way(scores) for way in WAYS]
    return [NAN if label is None else float(found(label[among]).mean()) for label in labels]


def is_trend(labels: Labels) -> NDArray[np.bool_]:
    return np.asarray(np.abs(labels) == 1)


def worst(cells: Iterable[Sequence[float]], at_most: bool = True) -> list[float]:
    table = np.array([list(cell) for cell in cells])
    known = np.isfinite(table).any(axis=0)
    found = np.full(table.shape[1], np.nan)
    found[known] = (np.nanmax if at_most else np.nanmin)(table[:, known], axis=0)
    return [float(value) for value in found]


# Rows


def false_trends(rng: np.random.Generator, people: int, counts: Sequence[int]) -> list[Row]:
    """Call somebody improving or declining who stayed the same."""

    def row(name: str, limit: float, cells: Iterable[Floats]) -> Row:
        return Row(name, limit, True, *worst(shares(scores, is_trend) for scores in cells))

    spells = flat(rng, people, counts, (0.05, 0.08, 0.12), correlation=0.3)
    ceiling = (
        as_scores(level + noise(rng, people, n, sd))
        for n in counts
        for sd in (0.05, 0.12)
        for level in (0.90, 0.94, 0.98)
    )
    coarse = (
        as_scores(level + noise(rng, people, n, sd), step=0.1)
        for n in counts
        for sd in (0.05, 0.08, 0.12, 0.20)
        for level in (0.60, 0.64)
    )
    heavy = (
        as_scores(LEVEL + sd / np.sqrt(3) * rng.standard_t(3, (people, n))) for n in counts for sd in (0.05, 0.12, 0.20)
    )
    sds = np.resize([0.05, 0.08, 0.12], people)
    mixed = [as_scores(LEVEL + noise(rng, people, n, sds)) for n in counts]
    noisiest = [shares(scores, is_trend, among=sds == 0.12) for scores in mixed]
    everybody = [shares(scores, is_trend) for scores in mixed]
    return [
        row("false trend: flat, SD .05-.20", 0.06, flat(rng, people, counts, (0.05, 0.08, 0.12, 0.16, 0.20))),
        row("false trend: flat in spells, AR(1) .3, SD .05-.12", 0.075, spells),
        Row("false trend: cohort of SD .05/.08/.12, its noisiest third", 0.10, True, *worst(noisiest)),
        Row("false trend: cohort of SD .05/.08/.12, everybody", 0.06, True, *worst(everybody)),
        row("false trend: scores rounded to .1, SD .05-.20", 0.075, coarse),
        row("false trend: at the ceiling, level .90-.98, SD .05-.12", 0.075, ceiling),
        row("false trend: heavy tails (t with 3 df), SD .05-.20", 0.075, heavy),
    ]


def moved(rng: np.random.Generator, people: int, counts: Sequence[int]) -> list[Row]:
    """Find, miss or turn round a change of 0.2."""
    rows = []
    for count, limit in {4: 0.30, 6: 0.40, 8: 0.50, 10: 0.58, 15: 0.75, 20: 0.86}.items():
        found = shares(
            as_scores(rising(count) + noise(rng, people, count, 0.08)), partial(np.equal, analysis.IMPROVING)
        )
        rows.append(Row(f"improvement of .2 found: SD .08, {count} interviews", limit, False, *found))
    wrong, steady = [], []
    for count in counts:
        for sd in (0.03, 0.05, 0.065, 0.08, 0.12, 0.20):
            for correlation in (0.0, 0.3):
                for change in (0.2, -0.2):
                    middle = LEVEL + change * np.linspace(-0.5, 0.5, count)
                    scores = as_scores(middle + noise(rng, people, count, sd, correlation))
                    opposite = analysis.DECLINING if change > 0 else analysis.IMPROVING
                    wrong.append(shares(scores, partial(np.equal, opposite)))
                    steady.append([float((ours(scores) == analysis.STEADY).mean()), NAN, NAN, NAN])
    return [
        *rows,
        Row("moved by .2, called the opposite: SD .03-.20, also AR(1) .3", 0.01, True, *worst(wrong)),
        Row("moved by .2, called steady: SD .03-.20, also AR(1) .3", 0.03, True, *worst(steady)),
    ]


def coverage(rng: np.random.Generator, people: int, counts: Sequence[int]) -> list[Row]:
    """Cover the true level by the 95% band, and its mean by the interval of the average."""
    bands: dict[str, list[list[float]]] = {"flat": [], "linear": [], "plateau": []}
    averages = []
    for count in counts:
        signals = [("flat", np.full(count, LEVEL), sd) for sd in (0.05, 0.08, 0.12, 0.20)]
        signals += [("linear", rising(count, change), sd) for change in (0.2, -0.3) for sd in (0.05, 0.08, 0.12)]
        signals += [("plateau", plateau(count, gain), sd) for gain in (0.2, 0.4) for sd in (0.05, 0.08, 0.12)]
        for shape, signal, sd in signals:
            for correlation in (0.0, 0.3):
                scores = as_scores(signal + noise(rng, people, count, sd, correlation))
                told = analysis.analyse(scores)
                inside = np.abs(told.band_centre - signal) <= told.band_half_width
                bands[shape].append([float(inside.mean()), NAN, _line_band_coverage(scores, signal), NAN])
                if shape != "plateau" and sd < 0.20:
                    held = np.abs(told.average - signal.mean()) <= told.average_half_width
                    averages.append([float(held.mean()), NAN, _mean_coverage(scores, signal), NAN])

    def row(name: str, limit: float, cells: list[list[float]]) -> Row:
        return Row(name, limit, False, *worst(cells, at_most=False))

    return [
        row("95% band covers: flat, SD .05-.20, also AR(1) .3", 0.925, bands["flat"]),
        row("95% band covers: linear, SD .05-.12, also AR(1) .3", 0.925, bands["linear"]),
        row("95% band covers: plateau, SD .05-.12, also AR(1) .3", 0.92, bands["plateau"]),
        row("average's interval covers: SD .05-.12, also AR(1) .3", 0.925, averages),
    ]


def _line_band_coverage(scores: Floats, signal: Floats) -> float:
    count = scores.shape[1]
    x = np.linspace(-0.5, 0.5, count)
    change = scores @ x / (x @ x)
    line = scores.mean(axis=1, keepdims=True) + change[:, None] * x
    sd = np.sqrt(((scores - line) ** 2).sum(axis=1, keepdims=True) / (count - 2))
    half = stats.t.ppf(0.975, count - 2) * sd * np.sqrt(1 / count + x**2 / (x @ x))
    return float((np.abs(line - signal) <= half).mean())


def _mean_coverage(scores: Floats, signal: Floats) -> float:
    count = scores.shape[1]
    half = stats.t.ppf(0.975, count - 1) * scores.std(axis=1, ddof=1) / np.sqrt(count)
    return float((np.abs(scores.mean(axis=1) - signal.mean()) <= half).mean())


def cohorts(rng: np.random.Generator, people: int) -> list[Row]:
    """Look at cohorts as they are: unequal numbers of interviews, gaps, few people, others who improve."""
    rows = []
    for size in (people, 50, 20):
        plain, spells, noisiest, band, average = [], [], [], [], []
        for _ in range(max(1, people // size)):
            sds = np.resize([0.05, 0.08, 0.12], size)
            plain.append(is_trend(ours(ragged(rng, as_scores(LEVEL + noise(rng, size, 30, 0.1))))).mean())
            noisiest.append(
                is_trend(ours(ragged(rng, as_scores(LEVEL + noise(rng, size, 30, sds)))))[sds == 0.12].mean()
            )
            scores = ragged(rng, as_scores(LEVEL + noise(rng, size, 30, 0.1, 0.3)))
            told = analysis.analyse(scores)
            spells.append(is_trend(told.label).mean())
            inside = np.abs(told.band_centre - LEVEL) <= told.band_half_width
            band.append(inside[np.isfinite(scores)].mean())
            average.append((np.abs(told.average - LEVEL) <= told.average_half_width).mean())
        name = f"4-30 interviews and gaps, {'thousands of people' if size == people else f'cohorts of {size}'}"
        rows += [
            Row(f"{name}: false trend, SD .10", 0.06, True, float(np.mean(plain))),
            Row(f"{name}: false trend, AR(1) .3", 0.075, True, float(np.mean(spells))),
            Row(f"{name}: false trend, noisiest third", 0.10, True, float(np.mean(noisiest))),
            Row(f"{name}: 95% band covers, AR(1) .3", 0.925, False, float(np.mean(band))),
            Row(f"{name}: average's interval covers, AR(1) .3", 0.925, False, float(np.mean(average))),
        ]
    cells = []
    for count in (5, 10, 20):
        still = np.arange(people) % 5 == 0
        levels = np.where(still[:, None], LEVEL, rising(count, 0.3)) + noise(rng, people, count, 0.08)
        cells.append([float(is_trend(ours(as_scores(levels)))[still].mean())])
    rows.append(Row("false trend: flat while four in five others gain .3", 0.06, True, *worst(cells)))
    return rows


def few_people(people: int = SERIES, seed: int = 2026) -> list[Row]:
    """Look at the least that a trend is told from, where nothing is promised; a person alone takes a while."""
    rng, rows = np.random.default_rng((seed, 5)), []
    for size in (50, 20, 1):
        name = f"4 interviews each, {f'cohorts of {size}' if size > 1 else 'a person alone'}"
        found, false = [], []
        for _ in range(min(people // size, 2000)):
            found.append((ours(as_scores(rising(4) + noise(rng, size, 4, 0.08))) == analysis.IMPROVING).mean())
            each = [(sd, correlation) for sd in (0.12, 0.20) for correlation in (0.0, 0.3)]
            false.append([is_trend(ours(as_scores(LEVEL + noise(rng, size, 4, *cell)))).mean() for cell in each])
        low, low_spells, high, high_spells = (float(value) for value in np.mean(false, axis=0))
        rows += [
            Row(f"{name}: improvement of .2 found, SD .08", NAN, False, float(np.mean(found))),
            Row(f"{name}: false trend, SD .12-.20", NAN, True, max(low, high)),
            Row(f"{name}: false trend, SD .12-.20, AR(1) .3", NAN, True, max(low_spells, high_spells)),
        ]
    return rows


def simulate(people: int = SERIES, counts: Sequence[int] = COUNTS, seed: int = 2026) -> list[Row]:
    """Measure everything that has a limit but the time; the same numbers for the same arguments."""
    streams = np.random.default_rng(seed).spawn(4)
    return [
        *false_trends(streams[0], people, counts),
        *moved(streams[1], people, counts),
        *coverage(streams[2], people, counts),
        *cohorts(streams[3], people),
    ]


def speed(people: int = 100_000, skills: int = 4, count: int = 30) -> tuple[float, float]:
    """Give seconds and peak memory in GB for a whole platform; ask it before anything else fills the memory."""
    rng = np.random.default_rng(7)
    tables = [ragged(rng, as_scores(LEVEL + noise(rng, people, count, 0.1)), fewest=1) for _ in range(skills)]
    begin = time.perf_counter()
    for table in tables:
        analysis.analyse(table)
    return time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def table(rows: Sequence[Row]) -> str:
    """Write the rows as a Markdown table."""
    lines = [
        "| | limit | ours | last three above the three before | least squares, p < .05 | Mann-Kendall |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        others = (row.last_three, row.least_squares, row.mann_kendall)
        shown = " | ".join("" if np.isnan(value) else f"{value:.3f}" for value in others)
        limit = "" if np.isnan(row.limit) else f"{'≤' if row.at_most else '≥'} {row.limit:.3f}"
        lines.append(f"| {row.name} | {limit} | **{row.ours:.3f}** | {shown} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    seconds, memory = speed()
    rows = [*simulate(), *few_people()]
    print(table(rows))
    print(f"100,000 people x 4 skills, up to 30 interviews: {seconds:.1f} s, {memory:.2f} GB")
    for row in rows:
        if not row.holds:
            print(f"over the limit: {row.name}")
    if "--write" in arguments:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return int(not all(row.holds for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
