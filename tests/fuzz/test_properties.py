"""The properties hold of every case that is kept, and of what Hypothesis makes of these."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.breakdown.assessment import verification
from analytics.breakdown.reading import prepare
from tests.fuzz import import_files, properties, transcript_files
from tests.fuzz.properties import Api, Property
from tests.support.databases import Databases
from tests.support.without_guards import forget_statements, without_scope
from tests.support.world import populate

HERE = Path(__file__).parent
FILES: dict[str, Property] = {
    "cues": transcript_files.cues,
    "plain": transcript_files.plain,
    "speech_json": transcript_files.speech_json,
    "word": transcript_files.word,
    "json_lines": import_files.json_lines,
    "score_table": import_files.score_table,
    "file_table": import_files.file_table,
}
CASES = {
    name: sorted((HERE / "cases" / name).iterdir()) for name in ("feedback", "transcript", "evidence", "api", *FILES)
}
WORDS = tuple(
    ast.literal_eval(f"b{line}").decode() for line in (HERE / "words.dict").read_text().splitlines() if line[:1] == '"'
)
READERS: dict[str, Property] = {
    "feedback": properties.feedback,
    "transcript": properties.transcript,
    "evidence": properties.evidence,
    **FILES,
}


def kept(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")


@st.composite
def altered(draw: st.DrawFn, name: str) -> str:
    """A case with pieces taken out, doubled, or replaced by words of the format or any at all."""
    text = kept(draw(st.sampled_from(CASES[name])))[:4000]
    words = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(start + draw(st.integers(0, 12)), len(text))
        text = text[:start] + draw(words | st.just(text[start:end] * 2)) + text[end:]
    return text


@pytest.fixture(scope="module")
def api(sqlite_databases: Databases) -> Iterator[Api]:
    with sqlite_databases.fresh() as database:
        asked = Api(populate(database))
        yield asked
        asked.close()


@pytest.mark.parametrize(("name", "case"), [(name, case) for name in READERS for case in CASES[name]])
def test_what_was_found_once_is_read(name: str, case: Path) -> None:
    READERS[name](kept(case))


@pytest.mark.parametrize("case", CASES["api"])
def test_what_was_asked_once_is_answered(api: Api, case: Path) -> None:
    api(kept(case))


def bounded(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None)


@bounded(400)
@given(altered("feedback"))
def test_any_feedback_is_read(stored: str) -> None:
    properties.feedback(stored)


@bounded(150)
@given(altered("transcript"))
def test_any_transcript_is_read(stored: str) -> None:
    properties.transcript(stored)


@bounded(150)
@given(altered("evidence"))
def test_of_any_claims_only_what_can_be_pointed_to_stands(said: str) -> None:
    properties.evidence(said)


def test_any_request_is_answered_and_tells_nothing_of_others(api: Api) -> None:
    @bounded(300)
    @given(altered("api"))
    def ask(request: str) -> None:
        api(request)

    ask()


def fails(holds: Property, name: str) -> bool:
    """Tell whether a property misses something in the cases that are kept."""
    try:
        for case in CASES[name]:
            holds(kept(case))
    except AssertionError:
        return True
    return False


def test_without_the_scope_the_property_of_the_api_fails(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_statements()
    without_scope(monkeypatch)
    try:
        assert fails(api, "api")
    finally:
        monkeypatch.undo()
        forget_statements()
    assert not fails(api, "api")


def test_without_what_they_are_about_the_others_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(verification, "_find_wording_fault", lambda _text, _quotes, _asked, _written: None)
        assert fails(properties.evidence, "evidence")
    with monkeypatch.context() as patch:
        patch.setattr(prepare, "one_line", lambda text: text)
        assert fails(properties.transcript, "transcript")
    with monkeypatch.context() as patch:
        patch.setattr(
            "analytics.interviewlab.feedback.number", lambda value: value if isinstance(value, int | float) else None
        )
        assert fails(properties.feedback, "feedback")
    for name, holds in READERS.items():
        assert not fails(holds, name)


@pytest.mark.parametrize("name", FILES)
@bounded(100)
@given(data=st.data())
def test_any_file_is_read_or_refused(name: str, data: st.DataObject) -> None:
    READERS[name](data.draw(altered(name)))
