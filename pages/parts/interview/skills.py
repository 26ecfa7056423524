"""A card for each skill of a breakdown: its score, and each claim with its quotes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.breakdown import Claim, InterviewFeedback, SkillBreakdown
from analytics.breakdown.outcomes import Outcome
from analytics.formatting import percent, quantity, state_words
from analytics.reviews.requests import ReviewTarget
from analytics.skills import BY_KEY, SKILLS, Skill, band
from analytics.views.interview import InterviewView
from pages.parts import verdicts
from pages.parts.interview import conversation, facts, likely_lines, pieces
from pages.parts.interview.skill_links import skill_anchor
from pages.parts.markdown import plain
from pages.parts.reviews import requests

_QUOTED_LENGTH: Final = 220
_KINDS: Final = (
    ("strengths", "Strengths", ":material/thumb_up:"),
    ("weaknesses", "Weaknesses", ":material/build:"),
    ("missed_opportunities", "Missed opportunities", ":material/help_center:"),
    ("recommendations", "Recommendations", ":material/lightbulb:"),
    ("better_wordings", "Say it better", ":material/edit_note:"),
)
# What is open, and may have been before.
_OPEN: Final = ("weaknesses", "missed_opportunities")
_SUPPORT: Final = {
    "partly": ":orange-badge[shown in part]",
    "unchecked": ":gray-badge[not checked]",
}


def skills(viewer: Viewer, view: InterviewView, breakdown: InterviewFeedback, here: frozenset[tuple[int, int]]) -> None:
    """Show a card for each skill; `here` are the pieces on the open page of the conversation."""
    grid = st.grid(2, min_column_width=400)
    for skill in SKILLS:
        with grid.cell(), st.container(border=True, height="stretch"):
            _score(skill, breakdown.skill_breakdown[skill.key])
            verdicts.section(viewer, view, skill)
            requests.of_score(viewer, view, skill)
            _claims(viewer, view, breakdown.skill_breakdown[skill.key], here)


def _score(skill: Skill, breakdown: SkillBreakdown) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(skill.label, anchor=skill_anchor(skill))
        if breakdown.score is None:
            st.badge(state_words(breakdown.state), icon=":material/block:", color="gray")
        else:
            st.markdown(_write_score(breakdown))
    if breakdown.score is not None:
        st.progress(breakdown.score)
    for note in _notes(breakdown):
        st.caption(note)


def _claims(viewer: Viewer, view: InterviewView, breakdown: SkillBreakdown, here: frozenset[tuple[int, int]]) -> None:
    skill = BY_KEY[breakdown.skill]
    unquoted = tuple(claim.text for claim in (*breakdown.strengths, *breakdown.weaknesses) if not claim.quotes)
    near = likely_lines.find(viewer, view, skill, unquoted)
    for name, label, icon in _KINDS:
        claims: Sequence[Claim] = getattr(breakdown, name)
        if claims:
            st.markdown(f"{icon} **{label}**")
        for place, claim in enumerate(claims):
            with st.container(border=True, gap="small"):
                before = view.came_before.get((skill.key, claim.text), 0) if name in _OPEN else 0
                _claim(claim, here, f"{skill.key}_{name}_{place}", facts.again(before))
                likely_lines.suggest(near.get(claim.text, ()), f"{skill.key}_{name}_{place}")
                about = ReviewTarget(view.interview.interview_id, skill.key, claim.kind, claim.text)
                requests.section(viewer, view.reviews, about)
    if breakdown.score is not None:
        _why(skill, breakdown)


def _write_score(breakdown: SkillBreakdown) -> str:
    score = f"**{breakdown.score:.2f}** {band(breakdown.score or 0.0)}"
    if breakdown.low is None or breakdown.high is None or breakdown.low == breakdown.high:
        return score
    return f"{score} :gray[({breakdown.low:.2f}–{breakdown.high:.2f})]"


def _notes(breakdown: SkillBreakdown) -> list[str]:
    notes = []
    if breakdown.reason is not None and breakdown.reason is not Outcome.OFFLINE:
        notes.append(breakdown.reason.sentence)
    if nothing := _describe_missing_quotes(breakdown):
        notes.append(nothing)
    if breakdown.points_from and breakdown.claims:
        kept = "Claims" if breakdown.score is None else "Score and claims"
        notes.append(f":material/history: {kept} kept from {plain(breakdown.points_from)}.")
    elif breakdown.score_from:
        notes.append(f":material/history: Score kept from {plain(breakdown.score_from)}.")
    if breakdown.bounded and not breakdown.score_from:
        notes.append(
            ":orange-badge[lower level taken] The claims alone speak for another level than the transcript. "
            "Read the quotes before you use this score."
        )
    elif breakdown.low_agreement and not breakdown.score_from:
        notes.append(":orange-badge[low agreement] The ratings differ by two levels or more.")
    if breakdown.coverage < 1 and breakdown.claims:
        notes.append(f"{percent(breakdown.coverage)} of the interview was read for this skill.")
    return notes


def _describe_missing_quotes(breakdown: SkillBreakdown) -> str | None:
    """Show that no claim could be quoted, and how many were withheld, where no other sentence says so."""
    if breakdown.claims or breakdown.reason not in (None, Outcome.OFFLINE, Outcome.NO_EVIDENCE):
        return None
    held_back = len(breakdown.dropped)
    if breakdown.reason is Outcome.NO_EVIDENCE:
        return f"{quantity(held_back, 'claim')} withheld." if held_back else None
    withheld = f"; {quantity(held_back, 'claim')} {'was' if held_back == 1 else 'were'} withheld" if held_back else ""
    return f"No evidence found for this skill{withheld}."


def _claim(claim: Claim, here: frozenset[tuple[int, int]], key: str, again: str) -> None:
    mark = " ".join(filter(None, (_SUPPORT.get(claim.support, ""), again)))
    text = _mark_changes(claim) if claim.kind == "better_wording" else plain(claim.text)
    st.markdown(f"{text} {mark}".rstrip())
    if claim.asked:
        st.caption(f"{plain(claim.question)} asked: {plain(claim.asked, _QUOTED_LENGTH)}")
    if claim.notice:
        st.caption(f"How to notice progress: {plain(claim.notice)}")
    for quote in claim.quotes:
        label, said = plain(pieces.quote_label(quote)), f":gray[“{plain(quote.text, _QUOTED_LENGTH)}”]"
        if quote.place == "code" or pieces.piece_of(quote) in here:
            # A link within the page: it leads to the marked piece without a new run of the script.
            chip = f"[:blue-badge[:material/format_quote: {label}]](#{pieces.anchor(quote)})"
            st.markdown(f"{chip} {said}")
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                label, icon=":material/format_quote:", type="tertiary", key=f"quote_{key}_{quote.id}",
                help="Show it in the conversation", on_click=conversation.ask_for, args=(quote.id,),
            )  # fmt: skip
            st.markdown(said)


def _mark_changes(claim: Claim) -> str:
    # What a better wording adds to what was said stands out.
    said = {_bare(word) for quote in claim.quotes for word in quote.text.split()}
    pieces = [(plain(word), _bare(word) not in said) for word in claim.text.split()]
    return " ".join(
        " ".join(f"**{word}**" if new else word for word, _ in run)
        for new, run in groupby(pieces, key=lambda piece: piece[1])
    )


def _bare(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def _why(skill: Skill, breakdown: SkillBreakdown) -> None:
    opened = st.expander("Why this score", icon=":material/help:", key=f"why_{skill.key}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        rubric = verdicts.rubric_of(skill)
        level = 1 + 4 * (breakdown.score or 0.0)
        st.markdown(f"What counts: {plain(rubric.looks_at)}.")
        st.markdown(f"Level {level:.0f} of 5: **{plain(rubric.anchor(level))}**")
        if breakdown.levels:
            st.caption(
                f"{quantity(len(breakdown.levels), 'rating')} of the verified claims: "
                f"{', '.join(map(str, breakdown.levels))}; "
                + (
                    "the lower level by the claims alone counts."
                    if breakdown.bounded
                    else "the score is (mean − 1) / 4."
                )
            )
        for claim in (*breakdown.strengths, *breakdown.weaknesses, *breakdown.missed_opportunities):
            kind, without = claim.kind.replace("_", " ").capitalize(), "" if claim.evidence else " (no quote)"
            st.markdown(f"- {kind}: {plain(claim.text, 200)}{without}")
