"""The figures of agreement in words, one plain sentence each."""

from __future__ import annotations

from typing import NamedTuple

from analytics.agreement.figures import Agreement, Calibration, Interval, Shortfall
from analytics.formatting import percent, quantity, signed_number


class Figure(NamedTuple):
    """One figure: its name, value with interval, the constant judge's value, and what it means."""

    name: str
    value: str
    constant: str
    meaning: str


def describe_standing(found: Agreement) -> str:
    """Describe whether the judge can be trusted, or what is missing to say so."""
    if found.lacking is Shortfall.PAIRS:
        both = quantity(found.pairs, "interview has", "interviews have")
        needed = quantity(found.missing, "more is", "more are")
        return f"Cannot tell yet: {both} both a person's level and this judge's score. {needed} needed."
    if found.lacking is Shortfall.PEOPLE_AGREE_ON_ONE:
        return "Cannot tell: people gave the same level every time. Rate interviews that differ more."
    if found.standing is Calibration.CANNOT_TELL or found.constant is None:
        return "Cannot tell: the judge gave the same level nearly every time."
    always = f"a judge who always says level {found.constant.level}"
    if found.standing is Calibration.CALIBRATED:
        return f"It agrees with people better than {always}."
    return f"It may agree with people no better than {always}."


def figures(found: Agreement) -> list[Figure]:
    """List the figures that can be given, each beside the constant judge's."""
    told = []
    constant = found.constant
    if constant is None:
        return []
    if found.leniency is not None:
        told.append(
            Figure(
                "Leniency", _write_interval(found.leniency), signed_number(constant.leniency), _leniency(found.leniency)
            )
        )
    if found.kappa is not None:
        meaning = "1 is full agreement, 0 is what chance gives. Far misses weigh more than near ones."
        told.append(Figure("Agreement (weighted kappa)", between(found.kappa), f"{constant.kappa:.2f}", meaning))
    if found.difference is not None:
        meaning = f"On average its level is {found.difference.value:.2f} away from the person's."
        told.append(
            Figure("Mean difference either way", between(found.difference), f"{constant.difference:.2f}", meaning)
        )
    if found.within_one is not None:
        meaning = f"{percent(found.within_one)} of its levels are at most one away from the person's."
        told.append(Figure("Within one level", percent(found.within_one), percent(constant.within_one), meaning))
    return told


def retest(found: Agreement) -> str:
    """Describe how consistent the judge is with itself."""
    if found.difference is None:
        scored = quantity(found.pairs, "interview") if found.pairs else "no interview"
        more = "more " if found.pairs else ""
        count = quantity(found.missing, f"{more}is", f"{more}are")
        needed = f"{count} needed to tell whether it agrees with itself."
        more = f" {needed}" if found.missing else ""
        return f"This judge has scored {scored} more than once.{more}"
    return (
        f"Scored twice, it differs from itself by {found.difference.value:.2f} of a level on average "
        f"({found.difference.low:.2f} to {found.difference.high:.2f}, {found.pairs} interviews)."
    )


def between(interval: Interval) -> str:
    """Format a figure with its 95% interval."""
    return f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f})"


def _write_interval(interval: Interval) -> str:
    low, high = signed_number(interval.low), signed_number(interval.high)
    return f"{signed_number(interval.value)} ({low} to {high})"


def _leniency(interval: Interval) -> str:
    if interval.low <= 0 <= interval.high:
        return "No leniency found: it is neither kinder nor stricter than people, as far as can be told."
    way = "higher" if interval.value > 0 else "lower"
    return f"It scores {abs(interval.value):.2f} of a level {way} than people do."
