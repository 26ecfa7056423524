"""The breakdown on an interview's page: what is shown and from where, each point with its quotes, and the button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from analytics.access import Viewer
from analytics.breakdown import RUBRICS, Claim, InterviewFeedback, ModelSettings, Quote, SkillBreakdown
from analytics.breakdown.differences import newer_than
from analytics.breakdown.outcomes import Outcome
from analytics.breakdown.result import OFFLINE_ANALYST
from analytics.breakdown.versions import PLATFORM
from analytics.charts import state_words
from analytics.skills import SKILLS, Skill, band
from pages.parts import breakdown_job, breakdown_versions, data, filters, local, scrolling, talk
from pages.parts.data import InterviewPage
from pages.parts.text import counted, plain

_QUOTED_LENGTH: Final = 220
_TURNED_TO: Final = "quote_turned_to"
_LEADING: Final = "quote_leading"
_KINDS: Final = (
    ("strengths", "Strengths", ":material/thumb_up:"),
    ("weaknesses", "Weaknesses", ":material/build:"),
    ("recommendations", "Recommendations", ":material/lightbulb:"),
)
CONNECT: Final = (
    "To connect a language model, whoever runs this program sets OPENAI_API_KEY, or OPENAI_BASE_URL and OPENAI_MODEL "
    "for a server of their own."
)


def section(viewer: Viewer, shown: InterviewPage) -> None:
    """Show the four skills, where they come from and what can be done about them."""
    breakdown_versions.said()
    presented = shown.presented
    ours = presented.version is not None and not presented.version.origin.is_platform
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(_provenance(viewer, shown))
        if viewer.sees_others and shown.interview.status == "completed":
            breakdown_job.button(viewer, shown)
    breakdown_job.progress(shown)
    _notices(viewer, shown)
    if ours and presented.breakdown is not None:
        _skills(presented.breakdown, talk.pieces_here(shown.conversation))
        _left_out(presented.breakdown)
    else:
        talk.skills(shown)
    breakdown_versions.history(viewer, shown)


def quotes(viewer: Viewer, shown: InterviewPage) -> tuple[list[Quote], Quote | None]:
    """List what the shown breakdown quotes, each piece once, and the piece that the address asks for (`quote=S12`).

    The conversation turns to what is asked for, and `lead_to` scrolls there; to be called before anything is drawn
    that depends on the page of the conversation.
    """
    breakdown = shown.presented.breakdown
    skills = breakdown.skill_breakdown.values() if breakdown is not None else ()
    found = {quote.id: quote for skill in skills for claim in skill.claims for quote in claim.quotes}
    wanted = st.query_params.get("quote")
    if wanted is None:
        return list(found.values()), None
    asked = found.get(wanted) or data.quote(viewer, shown.interview.interview_id, wanted)
    if asked is None:
        st.warning(f"“{plain(wanted, 40)}” in the address is no sentence or line of code of the candidate.")
        return list(found.values()), None
    turned_to = shown.interview.interview_id, asked.id
    if st.session_state.get(_TURNED_TO) != turned_to:
        st.session_state[_TURNED_TO] = turned_to
        st.session_state[_LEADING] = True
        talk.go_to(shown.conversation, asked)
    return list(({asked.id: asked} | found).values()), asked


def lead_to(quote: Quote | None) -> None:
    """Scroll to the quote that was just asked for; after the conversation is drawn."""
    if st.session_state.pop(_LEADING, False) and quote is not None:
        scrolling.to(talk.anchor(quote), quote.id)


def _ask_for(quote_id: str) -> None:
    st.session_state.pop(_TURNED_TO, None)
    filters.remember(quote=quote_id)


def _provenance(viewer: Viewer, shown: InterviewPage) -> str:
    presented = shown.presented
    version, breakdown = presented.version, presented.breakdown
    if version is None or breakdown is None:
        return f"This breakdown is {PLATFORM}'s own."
    if version.origin.is_platform:
        words = [f"This breakdown is {PLATFORM}'s own, restored as version {version.number}."]
    else:
        words = [
            f"Version {version.number}",
            plain(breakdown_versions.made_by(version), 120),
            local.day(version.created_at),
        ]
        if viewer.sees_others:
            words.append(f"by {plain(version.created_by, 60)}")
        words += breakdown_versions.effort(version)
        words.append(f"**{breakdown.quoted} of {breakdown.points} points quoted**")
    if presented.approved_by is not None:
        who = f" by {plain(presented.approved_by, 60)}" if viewer.sees_others else " by coach"
        words.append(f":green-badge[:material/verified: Approved{who}, {local.day(presented.approved_at)}]")
    return " · ".join(words)


def _notices(viewer: Viewer, shown: InterviewPage) -> None:
    presented = shown.presented
    if presented.overwritten is not None:
        st.warning(
            f"{PLATFORM} has stored feedback of its own since version {presented.overwritten.number}, and that is what "
            "is shown. The versions below keep what was there before.",
            icon=":material/sync_problem:",
        )
    version = presented.version
    if version is None:
        return
    if version.origin.analyst == OFFLINE_ANALYST:
        st.info(
            f"Made by the {OFFLINE_ANALYST}: rules over what can be measured. It gives points and no scores; scores "
            f"are those that were there before. {CONNECT}",
            icon=":material/rule:",
        )
    try:
        newer = newer_than(version.origin, shown.transcript_hash, ModelSettings.from_environment())
    except ValueError:
        newer = ()
    under_way = presented.waiting is not None or (shown.job is not None and shown.job.is_open)
    if newer and viewer.sees_others and not under_way:
        why = f"Version {version.number} may be out of date. {' '.join(newer)}"
        st.warning(f"{why} A new breakdown would take it into account.", icon=":material/update:")


def _skills(breakdown: InterviewFeedback, here: frozenset[tuple[int, int]]) -> None:
    for pair in (SKILLS[:2], SKILLS[2:]):
        for column, skill in zip(st.columns(2), pair, strict=True):
            with column.container(border=True, height="stretch"):
                _skill(skill, breakdown.skill_breakdown[skill.key], here)


def _skill(skill: Skill, found: SkillBreakdown, here: frozenset[tuple[int, int]]) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(skill.label, anchor=False)
        if found.score is None:
            st.badge(state_words(found.state), icon=":material/block:", color="gray")
        else:
            st.markdown(_scored(found))
    if found.score is not None:
        st.progress(found.score)
    for note in _notes(found):
        st.caption(note)
    for name, label, icon in _KINDS:
        claims: Sequence[Claim] = getattr(found, name)
        if claims:
            st.markdown(f"{icon} **{label}**")
        for place, claim in enumerate(claims):
            with st.container(border=True, gap="small"):
                _claim(claim, here, f"{skill.key}_{name}_{place}")
    if found.score is not None:
        _why(skill, found)


def _scored(found: SkillBreakdown) -> str:
    score = f"**{found.score:.2f}** {band(found.score or 0.0)}"
    if found.low is None or found.high is None or found.low == found.high:
        return score
    return f"{score} :gray[({found.low:.2f}–{found.high:.2f})]"


def _notes(found: SkillBreakdown) -> list[str]:
    notes = []
    if found.reason is not None and found.reason is not Outcome.OFFLINE:
        notes.append(found.reason.sentence)
    if nothing := _nothing_quoted(found):
        notes.append(nothing)
    if found.points_from and found.claims:
        score = "Points" if found.score is None else "Score and points"
        notes.append(f":material/history: {score} are those of {plain(found.points_from)}.")
    elif found.score_from:
        notes.append(f":material/history: The score is that of {plain(found.score_from)}.")
    if found.low_agreement and not found.score_from:
        notes.append(":orange-badge[low agreement] The ratings lie at least two levels apart.")
    if found.coverage < 1 and found.claims:
        notes.append(f"{found.coverage:.0%} of the interview was read for this skill.")
    return notes


def _nothing_quoted(found: SkillBreakdown) -> str | None:
    """Say that no point could be quoted, and how many were withheld, where no other sentence says so."""
    if found.claims or found.reason not in (None, Outcome.OFFLINE, Outcome.NO_EVIDENCE):
        return None
    held_back = len(found.dropped)
    if found.reason is Outcome.NO_EVIDENCE:
        return f"{counted(held_back, 'point')} withheld." if held_back else None
    withheld = f"; {counted(held_back, 'point')} {'was' if held_back == 1 else 'were'} withheld" if held_back else ""
    return f"Nothing in this interview could be quoted for this skill{withheld}."


def _claim(claim: Claim, here: frozenset[tuple[int, int]], key: str) -> None:
    st.markdown(plain(claim.text))
    if claim.notice:
        st.caption(f"How to notice progress: {plain(claim.notice)}")
    for quote in claim.quotes:
        first, last = quote.lines or (0, 0)
        where = f" (lines {first}–{last})" if last > first else f" (line {first})" if first else ""
        said = f":gray[“{plain(quote.text, _QUOTED_LENGTH)}”{where}]"
        if quote.place == "code" or talk.piece_of(quote) in here:
            # A link within the page: it leads to the marked piece without a new run of the script.
            chip = f"[:blue-badge[:material/format_quote: {plain(quote.id)}]](#{talk.anchor(quote)})"
            st.markdown(f"{chip} {said}")
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                plain(quote.id), icon=":material/format_quote:", type="tertiary", key=f"quote_{key}_{quote.id}",
                help="Show it in the conversation", on_click=_ask_for, args=(quote.id,),
            )  # fmt: skip
            st.markdown(said)


def _why(skill: Skill, found: SkillBreakdown) -> None:
    opened = st.expander("Why this score", icon=":material/help:", key=f"why_{skill.key}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        rubric = RUBRICS[skill.key]
        level = 1 + 4 * (found.score or 0.0)
        st.markdown(f"Looked at: {plain(rubric.looks_at)}.")
        st.markdown(f"Level {level:.1f} of 5, nearest to: **{plain(rubric.anchor(level))}**")
        if found.levels:
            st.caption(
                f"{counted(len(found.levels), 'rating')} of the verified points: "
                f"{', '.join(map(str, found.levels))}; the score is (mean − 1) / 4."
            )
        for claim in (*found.strengths, *found.weaknesses):
            st.markdown(f"- {claim.kind}: {plain(claim.text, 200)} ({', '.join(claim.evidence) or 'no quote'})")


def _left_out(breakdown: InterviewFeedback) -> None:
    dropped = sum(len(skill.dropped) for skill in breakdown.skill_breakdown.values())
    said = [plain(note) for note in breakdown.notes]
    if dropped:
        left = "is" if dropped == 1 else "are"
        said.append(f"{counted(dropped, 'point')} could not be held against the transcript and {left} left out.")
    if breakdown.withheld:
        said.append(
            f"{counted(len(breakdown.withheld), 'line')} that speak to whoever grades were not shown to the model: "
            f"{plain(', '.join(breakdown.withheld), 200)}."
        )
    if breakdown.skipped:
        said.append(f"{counted(breakdown.skipped, 'message')} could not be read.")
    for sentence in said:
        st.caption(sentence)
