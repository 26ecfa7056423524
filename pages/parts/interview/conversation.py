"""The conversation on an interview's page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from analytics.breakdown import Quote
from analytics.formatting import quantity
from analytics.interviewlab.conversation import Conversation, Speaker
from analytics.text import visible
from pages.parts import address
from pages.parts.interview.marks import mark_text
from pages.parts.interview.pieces import CHARACTERS, Piece, anchor, divide_into_pages, page_of, piece_of
from pages.parts.markdown import plain

# Which quote of which interview the conversation was turned to.
TURNED_TO: Final = "quote_turned_to"
_SPEAKERS: Final = {
    Speaker.CANDIDATE: ("Candidate", ":material/person:"),
    Speaker.INTERVIEWER: ("Interviewer", ":material/record_voice_over:"),
}


def conversation(
    conversation: Conversation,
    quotes: Sequence[Quote] = (),
    asked_quote: Quote | None = None,
    *,
    below: Callable[[int], None] = lambda _number: None,
) -> None:
    """Show the conversation page by page, starting at the message in the address.

    What is quoted is marked, and most of all the quote that the address asks for. `below` draws what belongs to the
    message of a number.
    """
    if conversation.skipped:
        st.caption(
            f"{quantity(conversation.skipped, 'stored message')} cannot be read and "
            f"{'is' if conversation.skipped == 1 else 'are'} left out."
        )
    if not conversation.turns:
        st.info("No conversation is stored for this interview.", icon=":material/speaker_notes_off:")
        return
    pages = divide_into_pages(conversation.turns)
    place, asked = 0, 1
    if len(pages) > 1:
        asked = address.whole_number(
            "Go to message", "message", conversation.turns[-1].message + 1, smallest=1, on_change=_first_part
        )
        place = page_of(pages, asked, address.identity("part") or 1)
        _turn_pages(pages, place, "above")
    numbers = {id(turn.submission): place for place, turn in enumerate(conversation.submission_turns, 1)}
    for piece in pages[place]:
        _say(
            piece,
            numbers.get(id(piece.turn.submission)),
            [quote for quote in quotes if quote.place == "content" and quote.message == piece.turn.message],
            asked_quote,
            asked_for=piece.number == asked != pages[place][0].number,
        )
        if piece.part == piece.parts:
            below(piece.number)
    if len(pages) > 1:
        _turn_pages(pages, place, "below")


def begin_anew(interview_id: int | None) -> None:
    """Open a conversation at its beginning, wherever the one before was read, unless the address says so."""
    before = st.session_state.get("conversation_of")
    st.session_state["conversation_of"] = interview_id
    if before not in (None, interview_id) and "message" in st.session_state:
        st.session_state["message"] = address.identity("message") or 1


def go_to(conversation: Conversation, quote: Quote) -> None:
    """Open the page of the conversation that holds a quote; call it before the conversation is drawn."""
    if quote.place == "content" and len(divide_into_pages(conversation.turns)) > 1:
        _turn_to(*piece_of(quote))


def ask_for(quote_id: str) -> None:
    """Request that the conversation open at the piece with this id."""
    st.session_state.pop(TURNED_TO, None)
    address.write_address(quote=quote_id)


def pieces_here(conversation: Conversation) -> frozenset[tuple[int, int]]:
    """Return the messages, and their parts, on the open page of the conversation."""
    pages = divide_into_pages(conversation.turns)
    place = 0
    if len(pages) > 1:
        asked = st.session_state.get("message") or address.identity("message") or 1
        place = page_of(pages, asked, address.identity("part") or 1)
    return frozenset((piece.number, piece.part) for page in pages[place : place + 1] for piece in page)


def _turn_pages(pages: Sequence[Sequence[Piece]], place: int, where: str) -> None:
    first, last, last_of_all = pages[place][0], pages[place][-1], pages[-1][-1].number
    with st.container(horizontal=True, vertical_alignment="center"):
        earlier = pages[place - 1][0] if place > 0 else None
        later = pages[place + 1][0] if place + 1 < len(pages) else None
        st.button(
            "Earlier", icon=":material/chevron_left:", disabled=earlier is None, key=f"Earlier_{where}",
            on_click=_go, args=(earlier.number, earlier.part) if earlier else None,
        )  # fmt: skip
        st.button(
            "Later", icon=":material/chevron_right:", icon_position="right", disabled=later is None,
            key=f"Later_{where}", on_click=_go, args=(later.number, later.part) if later else None,
        )  # fmt: skip
        here = f"Messages {first.number:,}–{last.number:,} of {last_of_all:,}"
        part = f", part {first.part} of {first.parts}" if first.parts > 1 else ""
        st.caption(f"{here}{part}", width="content")


def _go(number: int, part: int) -> None:
    _turn_to(number, part)
    address.write_address(quote=None)


def _turn_to(number: int, part: int) -> None:
    st.session_state["message"] = number
    address.write_address(part=part if part > 1 else None)


def _first_part() -> None:
    address.write_address(part=None, quote=None)


def _say(
    piece: Piece, submission: int | None, quotes: Sequence[Quote], asked_quote: Quote | None, *, asked_for: bool
) -> None:
    name, icon = _SPEAKERS[piece.turn.speaker]
    with st.chat_message(name, avatar=icon):
        part = f", part {piece.part} of {piece.parts}" if piece.parts > 1 else ""
        marked = ":primary-badge[:material/arrow_back: this message]" if asked_for else ""
        who = f"{plain(piece.turn.name, 60)} · {name}" if piece.turn.name else name
        heading = f"{who} · {piece.number}{part} {marked}"
        begun = [quote for quote in quotes if piece_of(quote) == (piece.number, piece.part)]
        if begun:
            st.subheader(f":small[:gray[{heading}]]", anchor=anchor(begun[0]))
        else:
            st.caption(heading)
        if piece.said.strip():
            text = mark_text(piece.turn.said, quotes, asked_quote, (piece.part - 1) * CHARACTERS, len(piece.said))
            if text is None:
                st.text(visible(piece.said))
            else:
                st.markdown(text)
        if submission is not None and piece.part == 1:
            st.caption(f":material/code: Submitted the code above, submission {submission}.")
