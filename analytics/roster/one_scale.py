"""Scores of many people, each on one judge's scale, and their trends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.cohort import Cohort
from analytics.trends import analysis
from analytics.trends.bridge import Shift


class ScoreTable(NamedTuple):
    """Scores of one skill (people, interviews) in interview order, NaN where missing.

    `by` says who gave each, as a place in `keys`, and `judges` (people,) on whose scale somebody's scores are told.
    """

    skill: str
    scores: NDArray[np.float64]
    by: NDArray[np.intp]
    judges: NDArray[np.intp]
    keys: tuple[str, ...]


class Told(NamedTuple):
    """Scores on one scale, the rest NaN, and which of them were converted over a bridge."""

    scores: NDArray[np.float64]
    shifts: list[Shift]


class Figures(NamedTuple):
    """The stored part of `analysis.Trends`, one entry per person."""

    label: NDArray[Any]
    p: NDArray[Any]
    current: NDArray[Any]
    current_half_width: NDArray[Any]
    change: NDArray[Any]


def put_on_one_scale(judged: ScoreTable, everybody: Cohort) -> Told:
    """Keep the scores of each person's judge and convert others' over bridges, as `bridges.on_one_scale` does."""
    if len(judged.keys) == 1:
        return Told(judged.scores, [])
    scores = np.where(judged.by == judged.judges[:, None], judged.scores, np.nan)
    shifts = []
    for place, source in enumerate(judged.keys):
        found = [everybody.bridges.find(judged.skill, source, target) for target in judged.keys]
        offset, error, df = (
            np.array([np.nan if bridge is None else getattr(bridge, name) for bridge in found])[judged.judges]
            for name in ("offset", "sd_error", "df")
        )
        moved = (judged.by == place) & np.isfinite(judged.scores) & np.isfinite(offset)[:, None]
        if moved.any():
            scores = np.where(moved, np.clip(judged.scores + offset[:, None], 0.0, 1.0), scores)
            known = np.isfinite(offset)
            shifts.append(Shift(moved, np.where(known, error, 0.0), np.where(known, df, 1.0)))
    return Told(scores, shifts)


def figures(one: Told, judged: ScoreTable, everybody: Cohort) -> Figures:
    """Analyse these people's scores, each with the noise of their judge."""
    noises = [everybody.noise_of(judged.skill, judge) for judge in judged.keys]
    different = list(dict.fromkeys(noises))
    if len(different) == 1:
        return _join_figures([analysis.analyse(one.scores, different[0], one.shifts)], np.arange(len(one.scores)))
    group = np.array([different.index(noise) for noise in noises])[judged.judges]
    rows = [np.flatnonzero(group == place) for place in range(len(different))]
    parts = [
        analysis.analyse(
            one.scores[mine],
            noise,
            [Shift(moved[mine], np.asarray(sd)[mine], np.asarray(df)[mine]) for moved, sd, df in one.shifts],
        )
        for mine, noise in zip(rows, different, strict=True)
    ]
    return _join_figures(parts, np.argsort(np.concatenate(rows)))


def _join_figures(parts: Sequence[analysis.Trends], order: NDArray[np.intp]) -> Figures:
    return Figures._make(np.concatenate([getattr(part, name) for part in parts])[order] for name in Figures._fields)
