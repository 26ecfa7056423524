"""Interviews are made ready beside the program: the same result, within limits, and stopped when somebody says so."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from analytics.breakdown.jobs.preparation import Preparation, PreparationError, StoppedError
from analytics.breakdown.jobs.source import StoredInterview, prepare_stored
from analytics.breakdown.reading import prepare
from analytics.breakdown.rubric import STANDARD, rubric_hash
from tests.support.doubles import SETTINGS, conversation, long_interview

ORDINARY = StoredInterview(
    json.dumps(conversation()), json.dumps({"name": "Robin Doe"}), "A backend post.", "Robin Doe"
)
# Takes seconds wherever it runs.
HUGE = StoredInterview(json.dumps(long_interview(5_000)), None, None, None)


@pytest.fixture
def preparation() -> Iterator[Preparation]:
    made = Preparation()
    yield made
    made.close()


def test_it_is_what_is_prepared_in_this_process(preparation: Preparation, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = [preparation.prepare(ORDINARY, SETTINGS) for _ in range(2)]
    here = prepare_stored(ORDINARY, SETTINGS)
    for prepared in beside:
        assert prepared.model_copy(update={"boundary": here.boundary}) == here
    monkeypatch.setattr(prepare, "read_transcript", lambda conversation: pytest.fail("read in this process"))
    assert preparation.prepare(ORDINARY, SETTINGS).skills == here.skills


def test_a_rubric_is_named_from_where_the_program_was_started_and_is_the_one_the_model_is_told(
    preparation: Preparation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    own = Path("rubric-of-our-own.toml")
    own.write_text(STANDARD.read_text().replace("Answers miss the question", "Nobody understands a word"))
    settings = SETTINGS.with_changes(rubric_file=str(own))
    told = settings.rubric.hash
    own.write_text("This is changed while the program runs.")
    assert preparation.prepare(ORDINARY, settings).rubric_hash == told != rubric_hash()


def test_what_takes_too_long_fails_alone() -> None:
    preparation = Preparation(seconds=0.2)
    try:
        with pytest.raises(PreparationError, match=r"read within 0\.2 s. Nothing was sent or changed"):
            preparation.prepare(HUGE, SETTINGS)
    finally:
        preparation.close()


def test_what_takes_too_much_memory_fails_alone() -> None:
    preparation = Preparation(seconds=60, megabytes=400)
    try:
        with pytest.raises(PreparationError, match=r"could not be read\. Nothing was sent"):
            preparation.prepare(ORDINARY._replace(job_description="x" * 150_000_000), SETTINGS)
        assert preparation.prepare(ORDINARY, SETTINGS).skills
    finally:
        preparation.close()


def test_a_process_that_was_ended_meanwhile_is_replaced(preparation: Preparation) -> None:
    others = set(psutil.Process().children())
    preparation.prepare(ORDINARY, SETTINGS)
    (idle,) = set(psutil.Process().children()) - others
    # What a terminal sends to all that runs there does not reach it.
    assert os.getpgid(idle.pid) != os.getpgid(0)
    idle.kill()
    assert preparation.prepare(ORDINARY, SETTINGS).skills


def test_a_cancelled_one_is_given_up_at_once(preparation: Preparation) -> None:
    preparation.prepare(ORDINARY, SETTINGS)
    began = time.monotonic()
    with pytest.raises(StoppedError):
        preparation.prepare(HUGE, SETTINGS, stopped=lambda: True)
    assert time.monotonic() - began < 5
    assert preparation.prepare(ORDINARY, SETTINGS).skills
