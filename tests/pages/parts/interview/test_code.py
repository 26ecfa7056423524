"""Submitted code with what is quoted of it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    from analytics.breakdown import Quote
    from analytics.interviewlab.conversation import CodeSubmission, Conversation, Speaker, Turn
    from pages.parts.interview.facts import submissions

    code = "\n".join(f"line {number} holds its own words" for number in range(1, 11))

    def quoted(first: int, last: int) -> Quote:
        start, end = code.index(f"line {first} "), code.index("words", code.index(f"line {last} ")) + len("words")
        name = f"C1:{first}-{last}" if first != last else f"C1:{first}"
        return Quote(id=name, text=code[start:end], message=1, place="code", start=start, end=end)

    said = Conversation((Turn(1, Speaker.CANDIDATE, "Done.", CodeSubmission(code, "python")),), messages=2)
    submissions(said, [quoted(7, 8), quoted(3, 5), quoted(4, 4), quoted(6, 6), quoted(10, 10)])


def test_quotes_that_overlap_or_touch_stand_in_one_piece_of_code_and_none_is_lost() -> None:
    at = AppTest.from_function(page, default_timeout=120).run()
    assert not at.exception
    pieces = [[int(line.split()[0]) for line in piece.value.splitlines()] for piece in at.code]
    assert pieces == [[1, 2], [3, 4, 5, 6, 7, 8], [9], [10]]
    labels = [str(label.value).replace("\\", "") for label in at.markdown]
    assert [label.split("format_quote: ")[1].rstrip("]") for label in labels] == [
        "lines 3–5, line 4, line 6, lines 7–8", "line 10",
    ]  # fmt: skip
    assert str(at.subheader[0].value).replace("\\", "") == ":small[Quoted from submission 1]"
    assert not any("C1" in str(shown.value) for shown in (*at.markdown, *at.subheader))
    # A language is called by its name.
    assert at.expander[0].label == "Submission 1: Python"
    # Nothing but the quoted lines is marked as quoted.
    assert "line 9" in at.code[2].value
    assert len(labels) == 2
