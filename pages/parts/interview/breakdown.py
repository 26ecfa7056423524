"""The breakdown on an interview's page: its origin, each claim with its quotes, and the button."""

from __future__ import annotations

from typing import Final

import streamlit as st

from analytics import runtime
from analytics.access.viewer import Viewer
from analytics.breakdown import InterviewFeedback, Quote
from analytics.breakdown.assessment.claims import ClaimFault
from analytics.breakdown.assessment.result import OFFLINE_ANALYST
from analytics.breakdown.versions.diff import newer_than
from analytics.breakdown.versions.version import PLATFORM
from analytics.formatting import quantity
from analytics.interviewlab.feedback import Reason
from analytics.skills import BY_KEY
from analytics.views.interview import InterviewView
from pages.parts import reads, scroll, times, verdicts
from pages.parts.change import confirm
from pages.parts.interview import conversation, facts, job, pieces, questions, skill_links, skills, states, versions
from pages.parts.markdown import plain
from pages.parts.reviews.common import PLACE
from pages.parts.reviews.self_ratings import rate_oneself
from pages.parts.reviews.struck import struck_claims

_LEADING: Final = "quote_leading"
CONNECT: Final = (
    "Connect a model: set OPENAI_API_KEY, or OPENAI_BASE_URL and OPENAI_MODEL for a server of your own, and restart."
)


def section(viewer: Viewer, view: InterviewView) -> None:
    """Show the four skills, where they come from, and what can be done about them."""
    versions.flash()
    verdicts.flash()
    confirm(PLACE)
    if view.hidden and view.reviews.own:
        rate_oneself(viewer, view)
        return
    if view.hidden:
        verdicts.before_the_scores(viewer, view)
        verdicts.choice(viewer, view)
        return
    if states.is_unfinished(view):
        states.explain_unfinished(view)
        return
    current = view.current
    ours = current.version is not None and not current.version.origin.is_platform
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_provenance(viewer, view))
        if view.may_press and view.interview.status == "completed":
            job.button(viewer, view)
    job.progress(view)
    _notices(viewer, view)
    skill_links.to_skills(view)
    if ours and current.breakdown is not None:
        questions.priorities(view, current.breakdown)
        skills.skills(viewer, view, current.breakdown, conversation.pieces_here(view.conversation))
        questions.questions(view, current.breakdown)
        _show_left_out(current.breakdown)
    else:
        facts.skills(viewer, view)
    struck_claims(viewer, view.reviews)
    versions.history(viewer, view)
    verdicts.choice(viewer, view)


def quotes(viewer: Viewer, view: InterviewView) -> tuple[list[Quote], Quote | None]:
    """List the shown breakdown's quotes, each once, and the one in the address (`quote=S12`).

    The conversation turns to what is asked for, and `lead_to` scrolls there; to be called before anything is drawn
    that depends on the page of the conversation.
    """
    breakdown = view.current.breakdown
    skills = breakdown.skill_breakdown.values() if breakdown is not None else ()
    by_id = {quote.id: quote for skill in skills for claim in skill.claims for quote in claim.quotes}
    wanted = st.query_params.get("quote")
    if wanted is None:
        return list(by_id.values()), None
    asked = by_id.get(wanted) or reads.quote(viewer, view.interview.interview_id, wanted)
    if asked is None:
        st.warning(f"“{plain(wanted, 40)}” in the address is not a quote from this interview.")
        return list(by_id.values()), None
    turned_to = view.interview.interview_id, asked.id
    if st.session_state.get(conversation.TURNED_TO) != turned_to:
        st.session_state[conversation.TURNED_TO] = turned_to
        st.session_state[_LEADING] = True
        conversation.go_to(view.conversation, asked)
    return list(({asked.id: asked} | by_id).values()), asked


def lead_to(quote: Quote | None) -> None:
    """Scroll to the quote that was just clicked; call it after the conversation is drawn."""
    if st.session_state.pop(_LEADING, False) and quote is not None:
        scroll.scroll_to(pieces.anchor(quote), quote.id)


def count_quoted(quoted: int, claims: int) -> str:
    """Describe how many claims there are and how many have a quote."""
    if not claims:
        return "no claims"
    with_quotes = (
        ("with a quote" if claims == 1 else "all with quotes") if quoted == claims else f"{quoted} with quotes"
    )
    return f"{quantity(claims, 'claim')}, {with_quotes}"


def _is_connected() -> bool:
    try:
        return runtime.model_settings().is_configured
    except ValueError:
        return False


def _provenance(viewer: Viewer, view: InterviewView) -> str:
    current = view.current
    version, breakdown = current.version, current.breakdown
    if version is None or breakdown is None:
        missing = all(skill.reason is Reason.NO_FEEDBACK for skill in view.feedback.skills.values())
        return " · ".join(["No feedback yet" if missing else f"Feedback from {PLATFORM}", *_describe_judges(view)])
    if version.origin.is_platform:
        words = [f"Feedback from {PLATFORM}, restored as version {version.number}"]
    else:
        words = [
            f"Version {version.number}",
            plain(versions.describe_maker(version), 120),
            times.day_and_age(version.created_at),
        ]
        if viewer.sees_others:
            words.append(f"by {plain(version.created_by, 60)}")
        words += versions.effort(version)
        words.append(f"**{count_quoted(breakdown.quoted, breakdown.points)}**")
    words += _describe_judges(view)
    if current.approved_by is not None:
        who = f" by {plain(current.approved_by, 60)}" if viewer.sees_others else " by a coach"
        words.append(f":green-badge[:material/verified: Approved{who}, {times.day(current.approved_at)}]")
    return " · ".join(words)


def _describe_judges(view: InterviewView) -> list[str]:
    """Show who gave the scores, by skill where that differs; nothing where there is none."""
    skills: dict[str, list[str]] = {}
    for key, given in view.current.judged.items():
        skills.setdefault(given.judge.label, []).append(BY_KEY[key].label)
    if len(skills) <= 1:
        return [f"Scored by {plain(label, 120)}" for label in skills]
    told = (f"{plain(label, 120)} ({', '.join(names)})" for label, names in skills.items())
    return [f"Scored by {' and '.join(told)}"]


def _notices(viewer: Viewer, view: InterviewView) -> None:
    current = view.current
    if current.overwritten is not None:
        st.warning(
            f"{PLATFORM} stored new feedback after version {current.overwritten.number}, so that is shown now. "
            "Earlier versions are kept below.",
            icon=":material/sync_problem:",
        )
    version = current.version
    if version is None:
        return
    if version.origin.analyst == OFFLINE_ANALYST:
        connect = f" {CONNECT}" if viewer.administers and not _is_connected() else ""
        st.info(
            f"Draft from simple rules, made without a language model. Scores are unchanged.{connect}",
            icon=":material/rule:",
        )
    try:
        newer = newer_than(version.origin, view.transcript_hash, runtime.model_settings())
    except ValueError:
        newer = ()
    under_way = current.draft is not None or (view.job is not None and view.job.is_open)
    if newer and view.may_press and not under_way:
        # Without a model there is no such button, and rules would not bring it up to date.
        advice = ["Regenerate to bring it up to date."] if _is_connected() else []
        sentences = [f"Version {version.number} may be out of date.", *newer, *advice]
        st.warning(" ".join(sentences), icon=":material/update:")


def _show_left_out(breakdown: InterviewFeedback) -> None:
    faults = [entry.fault for skill in breakdown.skill_breakdown.values() for entry in skill.dropped]
    struck = faults.count(ClaimFault.STRUCK)
    surplus = faults.count(ClaimFault.TOO_MANY)
    dropped = len(faults) - struck - surplus
    sentences = [plain(note) for note in breakdown.notes]
    if dropped:
        sentences.append(
            f"{quantity(dropped, 'claim')} left out: the transcript does not show {'it' if dropped == 1 else 'them'}."
        )
    if surplus:
        sentences.append(f"{quantity(surplus, 'more claim')} left out: a skill shows at most three of a kind.")
    if struck:
        sentences.append(
            f"{quantity(struck, 'claim')} not made again: a coach marked such a claim about the same words as wrong."
        )
    if breakdown.withheld:
        sentences.append(f"{quantity(len(breakdown.withheld), 'line')} addressed to the grader, hidden from the model.")
    if breakdown.skipped:
        sentences.append(f"{quantity(breakdown.skipped, 'message')} could not be read.")
    for sentence in sentences:
        st.caption(sentence)
