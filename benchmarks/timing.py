"""Timing side by side: contestants take turns, and what counts are medians of paired ratios with their spread."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """A median with its quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: object) -> Spread:
        low, median, high = np.quantile(np.asarray(values, dtype=np.float64), [0.25, 0.5, 0.75])
        return cls(float(median), float(low), float(high))

    def shown(self, unit: str = "", scale: float = 1) -> str:
        numbers = (number * scale for number in self)
        median, low, high = (f"{number:.3g}" if number < 1000 else f"{number:,.0f}" for number in numbers)
        return f"{median} ({low}-{high}){unit}"


class Row(NamedTuple):
    """One row of the results: what, the goal, what was measured, and whether that is within the goal."""

    what: str
    goal: str
    measured: str
    met: bool | None = None


def taking_turns(contestants: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, np.ndarray]:
    """Time each contestant once a round, the order turning from round to round; seconds, after three rounds of warming.

    Garbage is collected between the rounds, never within what is timed.
    """
    names = list(contestants)
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 3):
        gc.collect(0)
        gc.disable()
        for place in range(len(names)):
            name = names[(place + number) % len(names)]
            began = time.perf_counter()
            contestants[name]()
            took = time.perf_counter() - began
            if number >= 3:
                times[name].append(took)
        gc.enable()
    return {name: np.array(taken) for name, taken in times.items()}


def timed(work: Callable[[], object], rounds: int, *, warming: int = 3) -> np.ndarray:
    """Time something again and again; seconds."""
    times = []
    for number in range(rounds + warming):
        began = time.perf_counter()
        work()
        if number >= warming:
            times.append(time.perf_counter() - began)
    return np.array(times)


def ratio(of: np.ndarray, to: np.ndarray) -> Spread:
    """Give the spread of the paired ratios."""
    return Spread.of(of / to)
