"""An interview without scores: one sentence that says why and what to do next."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics.interviewlab.feedback import Reason
from analytics.views.interview import InterviewView
from pages.parts import common

# Why a whole interview has no scores is said once, above its skills.
OF_THE_WHOLE: Final = (Reason.NO_FEEDBACK, Reason.PLATFORM_FAILED, Reason.UNREADABLE)
_UNFINISHED: Final = {
    "pending": "has not started",
    "in_progress": "is still in progress",
    "cancelled": "was cancelled, so it has no scores",
}


def is_unfinished(view: InterviewView) -> bool:
    """Return whether no skill can have a score yet, and nobody has said anything about one."""
    unfinished = all(skill.reason is Reason.UNFINISHED for skill in view.feedback.skills.values())
    return unfinished and not any(said.history for said in view.verdicts.by_skill.values())


def explain_unfinished(view: InterviewView) -> None:
    """Show in one sentence why there are no scores, in place of a card for each skill."""
    stands = _UNFINISHED.get(view.interview.status, "is not completed")
    later = "" if view.interview.status == "cancelled" else " Scores appear here when it is completed."
    common.nothing().info(f"This interview {stands}.{later}", icon=":material/hourglass_empty:")


def explain_no_scores(view: InterviewView) -> None:
    """Show once, above the skills, why a whole interview has no scores, unless a breakdown is being written."""
    if view.job is not None and view.job.is_open:
        return
    for reason in dict.fromkeys(skill.reason for skill in view.feedback.skills.values()):
        if reason in OF_THE_WHOLE:
            own = "Have a breakdown written above, or give your verdicts."
            ask = own if view.may_press else "Ask your coach about it."
            st.info(f"{reason.sentence} {ask}", icon=":material/error:")
