"""The speakers of a transcript, edited before it is saved and afterwards.

What is changed stands in the session under a key; widgets are named anew after every change, so that each shows what
stands there now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st

from analytics.formatting import quantity
from analytics.importing import add
from analytics.text import visible
from analytics.transcripts import speakers
from analytics.transcripts.model import Transcript
from pages.parts.markdown import plain

_NOBODY: Final = "(no name)"
_TURNS: Final = 8
_CHARACTERS: Final = 1_500
_MOST_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class SpeakerDraft:
    """An edited transcript, the chosen candidate, and the number of edits."""

    transcript: Transcript
    candidate: str | None = None
    changes: int = 0
    first: int = 0


def begin(key: str, transcript: Transcript, candidate: str | None = None) -> None:
    """Start editing a transcript, unless it is being edited already."""
    if key not in st.session_state:
        st.session_state[key] = SpeakerDraft(transcript, candidate)


def read_draft(key: str) -> SpeakerDraft:
    """Return the draft with this key."""
    held: SpeakerDraft = st.session_state[key]
    return held


def table(key: str) -> None:
    """Show the speakers with what tells them apart; they can be renamed, merged and swapped."""
    held = read_draft(key)
    rows = speakers.speaker_table(held.transcript)
    st.caption("Give two speakers the same name to make them one.")
    for place, row in enumerate(rows[:_MOST_LISTED]):
        widget = f"{key}_name_{held.changes}_{place}"
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"{widget}_row"):
            st.text_input(
                "Name", row.name, key=widget, max_chars=80, width=220, label_visibility="collapsed",
                on_change=_rename, args=(key, row.name, widget),
            )  # fmt: skip
            with st.container(width="stretch", gap="xsmall"):
                asking = f"{round(row.asking * row.turns):,} with a question"
                st.caption(f"{quantity(row.turns, 'turn')}, {asking}; {quantity(row.words, 'word')}")
                st.markdown(plain(row.first_words, 160))
    if len(rows) > _MOST_LISTED:
        st.caption(f"The first {_MOST_LISTED} of {len(rows)} speakers.")
    _swap(key, [row.name for row in rows])


def candidate(key: str) -> str | None:
    """Ask who the candidate is; a proposal is only mentioned."""
    held = read_draft(key)
    names = list(held.transcript.speakers)
    widget = f"{key}_candidate_{held.changes}"
    selection = st.radio(
        "Who is the candidate?", names, index=names.index(held.candidate) if held.candidate in names else None,
        format_func=lambda name: plain(str(name), 60), horizontal=True, key=widget,
        on_change=_choose, args=(key, widget),
    )  # fmt: skip
    proposed = speakers.propose_candidate(held.transcript)
    if selection is None and proposed is not None:
        st.caption(f"This looks like {plain(proposed, 60)}. Please check.")
    elif selection is None:
        st.caption("Nothing in the conversation tells who the candidate is.")
    return selection


def turns(key: str) -> None:
    """Show a page of turns, each of which can be assigned to another speaker."""
    held = read_draft(key)
    listed = held.transcript.turns
    options = [*held.transcript.speakers[:200], _NOBODY]
    for place in range(held.first, min(held.first + _TURNS, len(listed))):
        turn = listed[place]
        widget = f"{key}_turn_{held.changes}_{place}"
        with st.container(border=True, key=f"{widget}_row"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.selectbox(
                    f"Speaker of turn {place + 1}", options, index=options.index(turn.speaker or _NOBODY), key=widget,
                    width=220, label_visibility="collapsed", on_change=_reassign, args=(key, place, widget),
                )  # fmt: skip
                if turn.speaker is not None and turn.speaker == held.candidate:
                    st.badge("Candidate", icon=":material/person:")
                if turn.start is not None:
                    st.caption(_clock(turn.start), width="content")
            st.text(visible(turn.text[:_CHARACTERS]) + (" …" if len(turn.text) > _CHARACTERS else ""))
    last = min(held.first + _TURNS, len(listed))
    if len(listed) <= _TURNS:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Earlier turns", icon=":material/chevron_left:", key=f"{key}_earlier", disabled=held.first == 0,
            on_click=_turn_to, args=(key, max(0, held.first - _TURNS)),
        )  # fmt: skip
        st.button(
            "Later turns", icon=":material/chevron_right:", key=f"{key}_later", disabled=last == len(listed),
            on_click=_turn_to, args=(key, last),
        )  # fmt: skip
        st.caption(f"Turns {held.first + 1:,}–{last:,} of {len(listed):,}", width="content")


def warnings(key: str, name: str | None, person: str) -> None:
    """Show everything that should be checked before saving."""
    for sentence in add.warnings(read_draft(key).transcript, name, person):
        st.warning(plain(sentence), icon=":material/warning:")


def _swap(key: str, names: list[str]) -> None:
    if len(names) == 2:
        label = f"Swap {plain(names[0], 30)} and {plain(names[1], 30)}"
        st.button(label, icon=":material/swap_horiz:", key=f"{key}_swap", on_click=_swap_pair, args=(key, *names))
    elif len(names) > 2:
        with st.popover("Swap two speakers", icon=":material/swap_horiz:"):
            first = st.selectbox("Speaker", names, key=f"{key}_swap_first")
            second = st.selectbox("and", names, index=1, key=f"{key}_swap_second")
            st.button("Swap", key=f"{key}_swap", on_click=_swap_pair, args=(key, first, second))


def _change(key: str, change: Callable[[Transcript], Transcript], candidate: str | None) -> None:
    held = read_draft(key)
    transcript = change(held.transcript)
    first = min(held.first, max(0, len(transcript.turns) - 1))
    st.session_state[key] = SpeakerDraft(transcript, candidate, held.changes + 1, first)


def _rename(key: str, before: str, widget: str) -> None:
    name = " ".join(str(st.session_state.get(widget) or "").split()) or before
    held = read_draft(key).candidate
    _change(
        key, lambda transcript: speakers.rename_speakers(transcript, {before: name}), name if held == before else held
    )


def _swap_pair(key: str, first: str, second: str) -> None:
    if first != second:
        _change(key, lambda transcript: speakers.swap_speakers(transcript, first, second), read_draft(key).candidate)


def _reassign(key: str, place: int, widget: str) -> None:
    name = st.session_state.get(widget)
    to = None if name == _NOBODY else name
    _change(key, lambda transcript: speakers.reassign_turn(transcript, place, to), read_draft(key).candidate)


def _choose(key: str, widget: str) -> None:
    st.session_state[key] = replace(read_draft(key), candidate=st.session_state.get(widget))


def _turn_to(key: str, first: int) -> None:
    st.session_state[key] = replace(read_draft(key), first=first)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
