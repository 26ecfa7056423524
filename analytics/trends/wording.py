"""Trends in words: one plain sentence per skill, its figures on demand, and how it is computed."""

from __future__ import annotations

from analytics.trends.analysis import IMPROVING, NOT_ENOUGH, STEADY, Trends
from analytics.trends.bridge import FEWEST_PAIRS
from analytics.trends.design import CHANGE_TO_SHOW, FEWEST_INTERVIEWS

# More than this is no plan, so no number of interviews is named.
_MOST_TO_ASK_FOR = 30
_MANY_INTERVIEWS = 8
_NUMBERS = ("no", "one", "two", "three", "four", "five")

EXPLANATION = f"""\
**How trends work.** A line goes through a candidate's scores in a skill, in the order of the interviews. Its change \
counts only if it is larger than how much this candidate's scores vary. It takes at least \
{_NUMBERS[FEWEST_INTERVIEWS]} interviews.

**How often they are wrong.** Of 100 candidates who did not change, about 5 are called improving or declining, and at \
most 10 where scores vary most. Few interviews show little: where scores vary by 0.08, a change of 0.2 is found in a \
third of candidates after 4 interviews and in about 9 of 10 after 20.

**Whose scores.** Judges differ in how strict they are. Everything is on the scale of whoever scored the latest \
interview. Others' scores count once {FEWEST_PAIRS} interviews were scored by both; the error of that is included.

**Band and ±.** The band holds the true level in at least 92 of 100 cases. All rates: `docs/trends.md`.
"""


def sentence(skill: str, trends: Trends, person: int = 0) -> str:
    """Describe in one sentence how a person does in a skill, `skill` being its label."""
    return f"{skill}: {_statement(trends, person)}"


def _statement(trends: Trends, person: int) -> str:
    n, label = int(trends.n[person]), int(trends.label[person])
    if n == 0:
        return "not scored yet."
    # The average would contradict the current level that stands beside the sentence.
    level = f"{trends.current[person]:.2f}"
    if n < FEWEST_INTERVIEWS:
        stands = f"{level} in one interview" if n == 1 else f"at about {level} after {_NUMBERS[n]} interviews"
        return f"{stands}. A trend needs at least {_NUMBERS[FEWEST_INTERVIEWS]}."
    if label == NOT_ENOUGH:
        yet = "" if n >= _MANY_INTERVIEWS else " yet"
        return f"no clear trend{yet}: scores vary too much from interview to interview."
    if label == STEADY:
        return f"steady over {n} interviews, at about {level}."
    return f"{'up' if label == IMPROVING else 'down'} by about {abs(trends.change[person]):.2f} over {n} interviews."


def details(trends: Trends, person: int = 0) -> str:
    """Return the figures behind the sentence; empty below four scores."""
    n, label = int(trends.n[person]), int(trends.label[person])
    if n < FEWEST_INTERVIEWS:
        return ""
    share, low, high = "95%", trends.change_low[person], trends.change_high[person]
    if label == STEADY:
        share, low, high = "90%", trends.steady_low[person], trends.steady_high[person]
    ends = dict.fromkeys(map(_write_signed, (low, high)))
    figures = f"Change over {n} interviews: {'between ' if len(ends) > 1 else ''}{' and '.join(ends)} ({share} sure)."
    needed = int(trends.interviews_needed[person])
    if 0 < needed <= _MOST_TO_ASK_FOR:
        figures += f" About {needed} more would show a change of {CHANGE_TO_SHOW:.1f}."
    return figures


def describe_left_out(scores: int) -> str:
    """Return the words that scores by other judges do not count, to follow a sentence; empty if all do."""
    if not scores:
        return ""
    return f" {scores} score{'s' if scores > 1 else ''} by another judge {'are' if scores > 1 else 'is'} left out."


def describe_moved(scores: int) -> str:
    """Return the words that converted scores by other judges count, to follow the details; empty without any."""
    if not scores:
        return ""
    many = scores > 1
    return (
        f" {scores} score{'s' if many else ''} by another judge {'are' if many else 'is'} moved to the present judge's "
        "scale, and how well that is known is in the figures."
    )


def variation(margins: dict[str, float], *, of_one: bool) -> str:
    """Explain which differences between two interviews count; `margins` are the least that do, by skill label."""
    whose = "for this candidate" if of_one else "for candidates in general"
    least = ", ".join(f"{margin:.2f} in {skill.lower()}" for skill, margin in margins.items())
    return f"Bold: a real change. Grey: normal variation {whose} (up to {least})."


def _write_signed(value: float) -> str:
    rounded = round(float(value), 2)
    return f"{rounded:+.2f}".replace("-", "−") if rounded else "0.00"
