"""What `analytics.trends` found, in the words people read: one sentence per skill, fuller with more evidence."""

from __future__ import annotations

from analytics.trends import CHANGE_TO_SHOW, DECLINING, IMPROVING, NOT_ENOUGH, STEADY, Trends

WORDS = {IMPROVING: "improving", DECLINING: "declining", STEADY: "steady", NOT_ENOUGH: "not enough evidence"}

# More than this is no plan; the sentence then says so instead of a number.
_MOST_TO_ASK_FOR = 30
_MANY_INTERVIEWS = 8

EXPLANATION = """\
**Trend.** A straight line is put through a candidate's scores of one skill, in the order of the interviews. Scores \
bounce, so the change along the line is compared with how much this candidate's scores scatter, and never less than \
that; with few interviews, what is usual among all candidates fills in. How others change plays no part.

* *Improving* or *declining*: at least 4 interviews, a change of at least 0.05, and chance alone would show as much in \
fewer than 5 of 100 candidates.
* *Steady*: a change of more than 0.15 is ruled out (90% sure).
* *Not enough evidence*: everything else.

**How often it is wrong.** In simulations, of 100 candidates who did not change at most 6 were called improving or \
declining, at most 8 if good and bad spells last, and of those whose scores bounce most, 10. "The last three above \
the three before" calls about half of them improving. Of 100 candidates who gained 0.2, at most one was called \
declining and at most 3 steady. Where scores bounce by 0.08, a change of 0.2 is found in a third of candidates after \
4 interviews and in about 9 of 10 after 20: not enough evidence is an honest answer.

**Band and intervals.** The band covers the true level in at least 92 of 100 cases, the interval of an average too.

**Work on next.** The current level is where the line ends, with the change held back as far as it may be \
chance. The skill that most likely lies furthest below its target comes first; where that is less than 60% sure, two \
are named.

**Comparing interviews.** A difference counts when it is larger than two interviews of somebody who did not change \
would differ in 95 of 100 cases; smaller ones are grey.

**Lists.** A list over many candidates shows only trends of which, on average, fewer than 1 in 10 is false.
"""


def sentence(skill: str, told: Trends, person: int = 0, *, yours: bool = False) -> str:
    """Say in one sentence or two how a person does in a skill, `skill` being its label.

    With `yours` the sentence speaks to that person.
    """
    n, label = int(told.n[person]), int(told.label[person])
    if n == 0:
        return f"{skill}: {'you have ' if yours else ''}no scored interview yet."
    if n == 1:
        score = f"{'you were given ' if yours else ''}{told.average[person]:.2f}"
        needed = _would_show(int(told.interviews_needed[person]))
        return f"{skill}: {score} in one interview, which says nothing about a trend; {needed}."
    yet = "" if n >= _MANY_INTERVIEWS else " yet"
    cannot = f"it cannot be told{yet} how you develop" if yours else f"cannot tell{yet}"
    if n < 4:
        return f"{skill}: {cannot}: {n} interviews; {_would_show(int(told.interviews_needed[person]))}."
    so_far = "" if n >= _MANY_INTERVIEWS else " so far"
    change, over = _signed(told.change[person]), f"over {n} interviews"
    between = f"95% between {_signed(told.change_low[person])} and {_signed(told.change_high[person])}"
    scores = "your scores are " if yours else ""
    if label in (IMPROVING, DECLINING):
        return f"{skill}: {scores}{WORDS[label]}{so_far}, about {change} {over} ({between})."
    if label == STEADY:
        within = f"90% between {_signed(told.steady_low[person])} and {_signed(told.steady_high[person])}"
        return f"{skill}: {scores}steady{so_far}, about {change} {over} ({within})."
    outlook = _would_show(int(told.interviews_needed[person]))
    return f"{skill}: {cannot}: about {change} {over} ({between}); {outlook}."


def _would_show(needed: int) -> str:
    change = f"a change of {CHANGE_TO_SHOW:.1f}"
    if needed == 0:
        return f"{change} would probably have shown, a smaller one may be there"
    if needed > _MOST_TO_ASK_FOR:
        return f"it would take more than {_MOST_TO_ASK_FOR} more to show {change}"
    return f"about {needed} more would show {change}"


def _signed(value: float) -> str:
    # Adding zero turns the -0.0 that rounding leaves into 0.0.
    return f"{round(float(value), 2) + 0.0:+.2f}"
