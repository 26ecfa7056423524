"""One interview's page."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.breakdown.reading.transcript import Transcript, read_transcript
from analytics.interviewlab.feedback import Reason
from pages.parts.interview import pieces
from tests.support.databases import Database
from tests.support.hostile import HOSTILE
from tests.support.platform_rows import add, feedback, interview, person
from tests.support.visitor import Visit, Visitor

POINTS = {"strengths": ["Listens"], "weaknesses": ["Rushes"], "recommendations": ["Ask first", "Sum up"]}


def say(*said: str) -> list[dict[str, Any]]:
    return [{"role": "user" if place % 2 else "assistant", "content": text} for place, text in enumerate(said)]


def handed_in(code: str, language: str = "python") -> dict[str, Any]:
    metadata = {"type": "code_review", "code": code, "language": language, "code_quality": {"quality_score": 0.7}}
    return {"role": "user", "content": "", "metadata": metadata}


def opened(database: Database, visitor: Visitor, **values: Any) -> Visit:
    address = values.pop("address", {})
    add(database.platform_engine, people=[person(1, full_name="Ann")], rows=[interview(1, **values)])
    return visitor.open("interview", interview="1", **address)


def test_facts_skills_code_and_conversation(database: Database, visitor: Visitor) -> None:
    told = feedback(
        0.5, 0.62, None, 0.7, skill_breakdown={"technical": POINTS}, topics_covered=["Queues"], summary="Fine."
    )
    page = opened(
        database, visitor, feedback=told, title="First round",
        conversation_history=[*say("Why a queue?", "To be fair."), handed_in("print('hello')")],
    )  # fmt: skip
    assert page.at.title[0].value == "First round"
    assert "· 30 min ·" in page.text
    assert "Queues" in page.text
    assert "**0.62** solid" in page.text
    assert "- Ask first\n- Sum up" in page.text
    assert Reason.NO_SCORE.sentence in page.text
    assert "0.50" in page.text
    assert "No written feedback for this skill." in page.text
    assert page.at.code[0].value == "print('hello')"
    assert page.at.code[0].language == "python"
    assert [message.name for message in page.at.chat_message] == ["Interviewer", "Candidate", "Candidate"]
    assert [text.value for text in page.at.text] == ["Why a queue?", "To be fair."]
    assert [link.label for link in page.at.page_link] == ["Ann"]
    # Beside the interview's own: its neighbours, what coaches say, whether more was said, the notes, and what earlier
    # interviews left open.
    assert len(page.statements) <= 13, page.statements


def test_every_reason_for_no_score_is_said(database: Database, visitor: Visitor) -> None:
    failed = feedback(0.5, 0.5, 0.5, 0.0, overall_score=0.5, code_submissions_count=0)
    failed["weaknesses"] = ["Unable to generate detailed feedback"]
    rows = [
        interview(1, feedback=failed),
        interview(2, feedback=None),
        interview(3, status="in_progress", completed_at=None),
        interview(4, feedback=feedback("n/a", 7, 0.5, 0.0, code_submissions_count=0)),  # type: ignore[arg-type]
    ]
    add(database.platform_engine, people=[person(1)], rows=rows)
    said = {
        "1": (Reason.PLATFORM_FAILED.sentence, Reason.NO_CODE.sentence),
        "2": (Reason.NO_FEEDBACK.sentence,),
        "3": ("This interview is still in progress. Scores appear here when it is completed.",),
        "4": (Reason.NOT_A_SCORE.sentence, Reason.NO_CODE.sentence),
    }
    for number, sentences in said.items():
        page = visitor.open("interview", interview=number)
        assert all(sentence in page.text for sentence in sentences)
        # What is true of the interview as a whole is said once, not for each skill again.
        assert number == "4" or page.text.count(sentences[0]) == 1
        assert "Unable to generate" not in page.text
        # Nobody is named for feedback that is not there.
        assert ("Feedback from InterviewLab" in page.text) == (number in {"1", "4"})
    # The placeholder of 0.5 is no score, and what is not assessed is no 0.
    first = visitor.open("interview", interview="1")
    assert "0.50" not in first.text
    assert "0.00" not in first.text
    assert "no overall score" in first.text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("address", [{}, {"interview": "2"}, {"interview": "<b>"}, {"interview": "0"}])
def test_an_unknown_interview_is_one_sentence(database: Database, visitor: Visitor, address: dict[str, str]) -> None:
    add(database.platform_engine, people=[person(1)], rows=[interview(1)])
    page = visitor.open("interview", **address)
    assert "This interview does not exist, or you do not have access." in page.text
    assert not page.at.metric


def test_a_long_conversation_comes_in_pages(database: Database, visitor: Visitor) -> None:
    page = opened(database, visitor, conversation_history=say(*(f"Message {n}" for n in range(1, 501))))
    seen = [text.value for text in page.at.text]
    assert len(seen) == pieces.MESSAGES
    assert "Messages 1–30 of 500" in page.text
    button(page, "Later").click()
    visitor.again(page)
    assert page.at.text[0].value == "Message 31"
    page.at.number_input(key="message").set_value(500)
    visitor.again(page)
    assert page.at.text[-1].value == "Message 500"
    assert button(page, "Later").disabled
    linked = visitor.open("interview", interview="1", message="137")
    assert "this message" in linked.text
    assert "Message 137" in [text.value for text in linked.at.text]
    assert visitor.open("interview", interview="1", message="501").warnings == [
        "“501” in the address is not a number from 1 to 500; this shows 1."
    ]


def test_ten_megabytes_are_never_sent_at_once(database: Database, visitor: Visitor) -> None:
    long = "A sentence that goes on and on. " * 330_000
    submissions = [handed_in("x = 1\n" * 50_000) for _ in range(3)]
    page = opened(database, visitor, conversation_history=[*say("Begin.", long), *submissions])
    assert sum(len(text.value) for text in page.at.text) <= pieces.CHARACTERS
    assert sum(len(code.value) for code in page.at.code) <= pieces.CHARACTERS
    button(page, "Later").click()
    visitor.again(page)
    assert "part 1 of" in page.text
    button(page, "Later").click()
    visitor.again(page)
    assert page.at.query_params["part"] == "2"
    assert "part 2 of" in page.text
    assert len(page.at.text) == 1


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_quotes_in_ten_megabytes_are_found_without_reading_all_of_it_again(
    database: Database, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []

    def counted(conversation: object, resume_context: object = None, **limits: int) -> Transcript:
        reads.append(limits["most"])
        return read_transcript(conversation, resume_context, **limits)

    monkeypatch.setattr("analytics.breakdown.reading.transcript.read_transcript", counted)
    long = "".join(f"I did no. {n} with e\u0301\u0327clat because of the queue. " for n in range(190_000))
    # All within what is looked at of so long a conversation.
    for number in (5, 7, 4_000):
        if not reads:
            page = opened(database, visitor, conversation_history=say("Why?", long), address={"quote": "S5"})
        else:
            page = visitor.open("interview", interview="1", quote=f"S{number}")
        assert any(f'data-quote="S{number}"' in element.proto.body for element in page.at.get("html"))
        assert page.warnings == []
        assert len(page.text) < 2 * pieces.CHARACTERS
    assert len(reads) == 1
    assert reads[0] < len(long) / 10
    missing = visitor.open("interview", interview="1", quote="S99999999")
    assert missing.warnings == ["“S99999999” in the address is not a quote from this interview."]


def test_pages_of_a_conversation_hold_it_all() -> None:
    from analytics.interviewlab.conversation import read_conversation

    said = ["a" * 5_000, "b" * 45_000, "", "c", "d" * 19_999, "e" * 20_001]
    turns = read_conversation([*say(*said), handed_in("x")]).turns
    pages = pieces.divide_into_pages(turns)
    assert all(sum(len(piece.said) for piece in page) <= pieces.CHARACTERS for page in pages)
    joined: dict[int, str] = {}
    for piece in (piece for page in pages for piece in page):
        joined[piece.number] = joined.get(piece.number, "") + piece.said
    assert joined == {place: text for place, text in enumerate([*said, ""], 1) if text or place == 7}
    assert [pieces.page_of(pages, number, 1) for number in (1, 2, 5)] == sorted(
        pieces.page_of(pages, n, 1) for n in (1, 2, 5)
    )
    assert pages[pieces.page_of(pages, 2, 3)][0].part == 3


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_texts_are_shown_and_not_obeyed(database: Database, visitor: Visitor, kind: str) -> None:
    said = HOSTILE[kind]
    points = {name: [said, f"{said} again"] for name in ("strengths", "weaknesses", "recommendations")}
    told = feedback(
        0.5, 0.6, 0.7, 0.8, summary=said, topics_covered=[said], skill_breakdown={"technical": points}, **points
    )
    page = opened(
        database, visitor, title=said[:255], feedback=told,
        conversation_history=[*say(said, said), handed_in(said, language=said)],
    )  # fmt: skip
    for markdown in (element.value for element in (*page.at.markdown, *page.at.title, *page.at.caption)):
        unescaped = (
            markdown.replace("\\!", "").replace("\\<", "").replace("\\[", "").replace("\\`", "").replace("\\:", "")
        )
        assert "<img" not in unescaped
        assert "<script" not in unescaped
        assert "![" not in unescaped
        assert ":streamlit:" not in unescaped
    # The conversation and the code are no Markdown: they stay as they are, but for what would reorder the screen.
    if kind != "right to left":
        assert page.at.text[0].value.strip() == said.strip()
        assert page.at.code[0].value.strip() == said.strip()


def button(page: Visit, label: str) -> Any:
    return next(found for found in page.at.button if found.label == label)


def test_the_sentence_of_a_claim_without_a_quote_is_found_as_a_suggestion(database: Database, visitor: Visitor) -> None:
    stored = {
        "strengths": ["Measured the queue before adding workers", "Explains isolation levels"],
        "weaknesses": [],
        "recommendations": ["Measured queues beat added workers"],
    }
    page = opened(
        database, visitor, feedback=feedback(0.5, 0.62, skill_breakdown={"technical": stored}),
        conversation_history=say("Hello.", "I measured the queue first. Then I added four workers."),
    )  # fmt: skip
    assert "gray-badge[suggestion]" not in page.text
    next(button for button in page.at.button if button.label == "Find the sentences").click()
    visitor.again(page)
    assert "Lines found for 1 of 2 claims. Suggestions by shared words: no proof, and not stored." in page.text
    assert page.text.count(":gray-badge[suggestion]") == 2
    assert "- Explains isolation levels" in page.text
    # Nothing of it is stored, and nobody else's page shows it.
    assert "gray-badge[suggestion]" not in visitor.open("interview", interview="1").text
    next(button for button in page.at.button if button.label == "S1").click()
    visitor.again(page)
    assert page.at.query_params["quote"] in ("S1", ["S1"])
    assert ":orange-background[I measured the queue first" in page.text


def test_a_weakness_that_came_up_before_is_marked(database: Database, visitor: Visitor) -> None:
    told = feedback(0.5, 0.6, skill_breakdown={"technical": POINTS | {"weaknesses": ["Gives no measured result"]}})
    add(
        database.platform_engine,
        people=[person(1)],
        rows=[interview(number, feedback=told) for number in (1, 2, 3)],
    )
    page = visitor.open("interview", interview="3")
    assert "- Gives no measured result :orange-badge[:material/repeat: third time]" in page.text
    assert "Listens :orange-badge" not in page.text
    assert "time]" not in visitor.open("interview", interview="1").text


def test_what_we_stored_in_the_platforms_place_is_not_shown_as_its_own(database: Database, visitor: Visitor) -> None:
    lists = {"strengths": ["Names the index."], "detailed_feedback": "Names the index."}
    page = opened(
        database, visitor, feedback=feedback(0.5, 0.6, 0.7, 0.8, summary="Skill breakdown: no scores.", **lists)
    )
    assert "Skill breakdown" not in page.text
    assert "Overall feedback from InterviewLab" not in [each.label for each in page.at.expander]


def test_what_stands_at_the_skills_is_not_said_again_as_overall_feedback(database: Database, visitor: Visitor) -> None:
    listed = {
        "strengths": ["Names the index.", "Keeps calm"],
        "detailed_feedback": "Names the index. Keeps calm.",
        "skill_breakdown": {"technical": POINTS | {"strengths": ["Names the index."]}},
    }
    page = opened(database, visitor, feedback=feedback(0.5, 0.6, 0.7, 0.8, summary="A calm hour", **listed))
    assert "A calm hour" in page.text
    page.at.session_state["whole"] = True
    visitor.again(page)
    assert page.text.count("Keeps calm") == page.text.count("Names the index") == 1
