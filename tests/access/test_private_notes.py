"""What is not shared is not sent: the bytes of the websocket, not what a page makes of them."""

from __future__ import annotations

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.support.coaching import IN_INTERVIEW, READABLE, SHARED, THEM, coach_them, words_in
from tests.support.serving import Serving
from tests.support.websocket import visiting
from tests.support.world import PEOPLE


@pytest.fixture(scope="module")
def coached(serving: Serving) -> Serving:
    """The program running, with notes of every visibility."""
    coach_them(serving.world)
    return serving


@pytest.mark.parametrize("who", ["nobody", *PEOPLE])
def test_no_byte_of_a_private_note_is_sent_before_it_is_asked_for(coached: Serving, who: str) -> None:
    page = "" if who in {"interviewee", "other interviewee", "unassigned"} else "candidate"
    with visiting(coached.url, coached.cookie(who)) as visitor:
        run = visitor.run(page=page, query=f"candidate={THEM.user_id}")
    assert (who, words_in(run.text)) == (who, SHARED if who in READABLE else set())
    agreed = "Tell it in three sentences" in run.text
    assert (who, agreed) == (who, who in READABLE)
    with visiting(coached.url, coached.cookie(who)) as visitor:
        run = visitor.run(page="interview", query=f"interview={THEM.interviews[0]}")
    assert (who, words_in(run.text)) == (who, SHARED & IN_INTERVIEW if who in READABLE else set())


@pytest.mark.parametrize("who", READABLE)
def test_none_is_sent_once_they_are_off_again_on_another_page_and_at_the_next_visit(coached: Serving, who: str) -> None:
    page = {"page": "" if who == "interviewee" else "candidate", "query": f"candidate={THEM.user_id}"}
    interview = {"page": "interview", "query": f"interview={THEM.interviews[0]}"}
    with visiting(coached.url, coached.cookie(who)) as visitor:
        (switch,) = visitor.run(**page).widgets("Show private notes")

        def sent(on: bool) -> set[str]:
            return words_in(visitor.run(**page, widgets=(WidgetState(id=switch, bool_value=on),)).text)

        assert [sent(True), sent(False), sent(True)] == [READABLE[who], SHARED, READABLE[who]]
        assert words_in(visitor.run(**interview).text) == SHARED & IN_INTERVIEW
        assert words_in(visitor.run(**page).text) == SHARED
        sent(True)
    with visiting(coached.url, coached.cookie(who)) as visitor:
        assert words_in(visitor.run(**page).text) == SHARED
