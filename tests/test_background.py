"""What is repeated in the background goes on after a failure, and ends with the program."""

from __future__ import annotations

import logging
import threading

import pytest

from analytics.background import BackgroundTask


def test_it_is_repeated_also_after_a_failure_until_it_is_stopped(caplog: pytest.LogCaptureFixture) -> None:
    rounds, fourth = 0, threading.Event()

    def count(ending: threading.Event) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 2:
            raise OSError("the line is dead")
        if rounds == 4:
            fourth.set()

    task = BackgroundTask("Counting", count, seconds=0.01)
    task.start()
    assert fourth.wait(60)
    task.stop()
    ended = rounds
    assert not [one for one in threading.enumerate() if one.name == "Counting"]
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == [
        "Counting failed and will be tried again: the line is dead"
    ]
    task.stop()
    assert rounds == ended


def test_a_task_under_way_learns_that_the_program_ends() -> None:
    begun = threading.Event()

    def wait_for_the_end(ending: threading.Event) -> None:
        begun.set()
        assert ending.wait(60)

    task = BackgroundTask("Waiting", wait_for_the_end, seconds=60)
    task.start()
    task.start()
    assert begun.wait(60)
    assert [one.name for one in threading.enumerate()].count("Waiting") == 1
    task.stop()
    assert not [one for one in threading.enumerate() if one.name == "Waiting"]
