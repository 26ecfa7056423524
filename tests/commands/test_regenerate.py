"""The command line makes breakdowns: it says what they take, makes each once, and names those it could not make."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from analytics.__main__ import main
from analytics.access.viewer import TRUSTED
from analytics.breakdown.jobs import store
from analytics.breakdown.versions.shown import history, shown_breakdown
from analytics.commands import COMMANDS, regenerate
from analytics.database.sessions import reading
from analytics.interviewlab.tables import interviews
from tests.support import world
from tests.support.databases import Database
from tests.support.doubles import conversation
from tests.support.jobs import QUICK
from tests.support.model_server import ModelServer
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
EVERY = [103, 202, 102, 401, 301, 201, 101]
# Claims of four skills, their support, levels in one order and by the claims alone.
CALLS = 4 + 1 + 1 + 1


def environment(database: Database, server: ModelServer | None) -> dict[str, str]:
    model = {"OPENAI_BASE_URL": server.url, "OPENAI_MODEL": "double", "MODEL_SAMPLES": "1"} if server else {}
    return {"DATABASE_URL": database.url, "MODEL_RETRIES": "0"} | model


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process; gives its status and what it wrote."""
    quick = COMMANDS["regenerate"]._replace(run=partial(regenerate.run, times=QUICK))
    monkeypatch.setitem(COMMANDS, "regenerate", quick)

    def running(server: ModelServer | None, *arguments: str) -> tuple[int, str, str]:
        for name, value in environment(database, server).items():
            monkeypatch.setenv(name, value)
        try:
            status = main(["regenerate", *arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        return status, *capsys.readouterr()

    return running


def made(database: Database) -> dict[int, int]:
    """How many versions of ours each interview has."""
    with reading(database.engine) as db:
        listed = {number: history(TRUSTED, db, number) for number in EVERY}
    ours = {number: sum(version.source == "model" for version in found) for number, found in listed.items()}
    return {number: count for number, count in ours.items() if count}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_dry_run_says_what_it_takes_and_asks_nobody(
    database: Database, people: world.World, server: ModelServer, run: Run
) -> None:
    status, out, err = run(server, "--missing", "--limit", "3", "--dry-run")
    assert (status, err) == (0, "")
    assert "3 interviews, read by double at 127.0.0.1" in out
    assert f"tokens in {3 * CALLS} calls, about" in out
    assert "Interviews: 103, 102, 202" in out or "Interviews: 103, 202, 102" in out
    assert server.requests == []
    assert made(database) == {}


def test_each_missing_one_is_made_once(database: Database, people: world.World, server: ModelServer, run: Run) -> None:
    status, out, err = run(server, "--missing", "--limit", "2")
    assert (status, err) == (0, "")
    assert "2 breakdowns made, 0 not." in out
    assert len(made(database)) == 2
    assert len(server.requests) == 2 * CALLS
    # The same command goes on with what is left.
    status, out, _ = run(server, "--missing")
    assert "5 breakdowns made" in out
    assert made(database) == dict.fromkeys(EVERY, 1)
    assert "There is nothing to do." in run(server, "--missing")[1]
    assert len(server.requests) == 7 * CALLS


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_is_out_of_date_is_made_again(
    database: Database, people: world.World, server: ModelServer, run: Run
) -> None:
    run(server, "--interview", "101", "--interview", "102", "--interview", "201")
    assert "There is nothing to do." in run(server, "--outdated")[1]
    longer = [*conversation(), {"role": "user", "content": "I forgot to say how we measured it.", "metadata": {}}]
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 102).values(conversation_history=longer))
    status, out, _ = run(server, "--outdated")
    assert (status, "1 breakdown made, 0 not." in out) == (0, True)
    assert made(database) == {101: 1, 102: 2, 201: 1}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_what_could_not_be_made_is_named(
    database: Database, people: world.World, server: ModelServer, run: Run
) -> None:
    with database.platform_engine.begin() as connection:
        connection.execute(sa.update(interviews).where(interviews.c.id == 102).values(status="in_progress"))
    status, out, err = run(server, *(f"--interview={number}" for number in (101, 102, 9999)))
    assert status == 1
    assert "1 breakdown made, 2 not." in out
    assert "Interview 102: The interview is not completed" in err
    assert "Interview 9999: This interview does not exist, or you do not have access." in err
    assert made(database) == {101: 1}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_without_a_model_it_says_so(database: Database, people: world.World, run: Run) -> None:
    status, out, _ = run(None, "--interview", "101")
    assert status == 0
    assert "drafted by simple rules: claims, but no scores" in out
    assert "OPENAI_API_KEY" in out
    with reading(database.engine) as db:
        assert history(TRUSTED, db, 101)[0].source == "offline"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_wrong_setting_and_a_wrong_call_are_told(
    database: Database, people: world.World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_SAMPLES", "many")
    assert run(None, "--missing")[::2] == (1, "MODEL_SAMPLES must be a whole number between 1 and 20; it is 'many'.\n")
    for wrong in (["--missing", "--outdated"], ["--missing", "--limit", "0"], []):
        assert run(None, *wrong)[0] == 2


def strike(process: subprocess.Popen[bytes], way: signal.Signals) -> None:
    """Strike a process and wait for its end; one that does not end says where it stands."""
    process.send_signal(way)
    try:
        process.wait(120)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        process.wait()
        raise


# Two starts of the program each, on a machine that may be busy.
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_goes_on_without_a_second_bill(
    database: Database, people: world.World, server: ModelServer, run: Run, way: signal.Signals
) -> None:
    command = [sys.executable, "-X", "faulthandler", "-m", "analytics", "regenerate", "--missing"]
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | environment(database, server)
    with subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: len(server.requests) > CALLS, "the first breakdown", 120)
        strike(process, way)
    assert process.returncode == (130 if way is signal.SIGINT else -way)
    assert len(made(database)) < len(EVERY)
    status, _, err = run(server, "--missing")
    assert (status, err) == (0, "")
    assert made(database) == dict.fromkeys(EVERY, 1)
    assert store.open_jobs(database.engine) == []
    # Only what was under way when it was struck had no answer yet: at most four calls of each of three interviews.
    allowed = 0 if way is signal.SIGINT else 12
    assert 7 * CALLS <= len(server.requests) <= 7 * CALLS + allowed


UNFOUNDED = {
    "answer": {
        "strengths": [{"ids": ["S99"], "text": "Says something that is nowhere in this interview."}],
        "weaknesses": [],
        "recommendations": [],
    },
    "when": 'skill "Technical"',
}


def test_a_batch_asks_for_all_of_them_together(
    database: Database, people: world.World, server: ModelServer, run: Run
) -> None:
    server.tell([UNFOUNDED])
    status, out, err = run(server, "--missing", "--limit", "3", "--batch")
    assert (status, err) == (0, "")
    assert "at half the price" in out
    assert "3 breakdowns made, 0 not." in out
    # Claims of all three, the one repair, their support, and their levels, also by the claims alone; nothing at once.
    assert [len(calls) for calls in server.batches] == [3 * 4, 1, 3, 3 * 2]
    # They are named as ever: by these names a batch that was begun before an upgrade is found again.
    names = sorted(batch["metadata"]["key"].split()[-1] for batch in server.list_batches()["data"])
    assert names == ["1.0", "3.0", "4.0", "5.0"]
    assert server.requests == []
    assert len(made(database)) == 3
    # Its answers are held against the transcript like any others.
    with reading(database.engine) as db:
        found = [shown_breakdown(TRUSTED, db, number) for number in made(database)]
    breakdowns = [shown.breakdown for shown in found if shown is not None and shown.breakdown is not None]
    # Whichever was asked again has fewer claims than the platform's, and stands beside it as a draft.
    assert len(breakdowns) == 2
    for breakdown in breakdowns:
        assert breakdown.quoted == breakdown.points > 0
        assert breakdown.skill_breakdown["technical"].score is not None


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_call_that_fails_in_a_batch_fails_alone(
    database: Database, people: world.World, server: ModelServer, run: Run
) -> None:
    server.tell([{"status": 500, "when": 'skill "Technical"'}, *[{"status": 500, "when": 'skill "Com'}] * 2])
    status, _, _ = run(server, "--interview", "101", "--interview", "102", "--interview", "9999", "--batch")
    assert status == 1
    assert made(database) == {101: 1, 102: 1}
    assert store.open_jobs(database.engine) == []


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_a_batch_needs_a_provider_that_has_one(
    database: Database, people: world.World, server: ModelServer, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(None, "--interview", "101", "--batch")[::2] == (
        1,
        "--batch needs a language model; none is connected.\n",
    )
    monkeypatch.setattr(server, "take_file", lambda raw: {"error": "no files here"})
    status, out, err = run(server, "--interview", "101", "--batch")
    assert (status, "1 breakdown" in out) == (1, False)
    assert "Interview 101: The language model's answer could not be used. Nothing was changed." in err
    assert made(database) == {}


@pytest.mark.parametrize(("way", "confirmed"), [(signal.SIGINT, True), (signal.SIGKILL, True), (signal.SIGKILL, False)])
def test_an_interrupted_batch_is_collected_later_and_sent_once(
    database: Database,
    people: world.World,
    server: ModelServer,
    run: Run,
    way: signal.Signals,
    confirmed: bool,
) -> None:
    server.looks = 10_000
    # Struck before the provider's word that it has taken the batch arrives, nothing of it is stored.
    server.batch_delay = 0.0 if confirmed else 30.0
    command = [
        sys.executable,
        "-X",
        "faulthandler",
        "-m",
        "analytics",
        "regenerate",
        "--missing",
        "--limit",
        "2",
        "--batch",
    ]
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"} | environment(database, server)
    with subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: bool(server.batches) and (server.looked_at() or not confirmed), "the batch to be sent", 120)
        strike(process, way)
    assert len(store.open_jobs(database.engine)) == 2
    server.looks, server.batch_delay = 0, 0.0
    status, _, err = run(server, "--missing", "--limit", "2")
    assert (status, err) == (0, "")
    assert [len(calls) for calls in server.batches] == [2 * 4, 2, 2 * 2]
    assert server.requests == []
    assert list(made(database).values()) == [1, 1]
