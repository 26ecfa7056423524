"""Whoever sends many requests at once waits for their own, and nobody else waits behind them."""

from __future__ import annotations

import asyncio

import pytest
from starlette.exceptions import HTTPException

from analytics.api.turns import Turns


def test_one_person_has_so_many_at_a_time_the_others_wait_and_the_rest_are_refused() -> None:
    async def run() -> None:
        turns = Turns(at_once=2, most_waiting=3)
        go_on = asyncio.Event()
        begun: list[str] = []

        async def ask(who: str) -> None:
            async with turns.take(who):
                begun.append(who)
                await go_on.wait()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(5):
                tasks.create_task(ask("ann"))
            await asyncio.sleep(0)
            with pytest.raises(HTTPException) as refused:
                await ask("ann")
            # Nobody else waits for hers.
            other = tasks.create_task(ask("bob"))
            while "bob" not in begun:
                await asyncio.sleep(0)
            assert begun == ["ann", "ann", "bob"]
            go_on.set()
        assert other.done()
        assert begun.count("ann") == 5
        assert (refused.value.status_code, "of yours" in refused.value.detail) == (429, True)
        async with turns.take("ann"):
            begun.append("again")
        assert begun[-1] == "again"

    asyncio.run(run())


def test_nobody_waits_without_end_and_whoever_gave_up_leaves_their_place() -> None:
    async def run() -> None:
        turns = Turns(at_once=1, most_waiting=1, seconds=0.01)
        async with turns.take("ann"):
            for _ in range(3):
                with pytest.raises(HTTPException):
                    async with turns.take("ann"):
                        raise AssertionError
        async with turns.take("ann"):
            pass

    asyncio.run(run())
