"""The bounds that SECURITY.md promises in numbers are those of the code, and no other number stands there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from analytics.access.audit import MOST_CHANGES_A_DAY
from analytics.api import add_routes, public_pages, turns
from analytics.api.rate_limits import PRESSES, REFUSALS
from analytics.batches import store as batches
from analytics.breakdown.jobs import store as jobs
from analytics.breakdown.jobs import workflow
from analytics.breakdown.jobs.preparation import Preparation
from analytics.breakdown.reading.names import MOST_NAMES
from analytics.breakdown.reading.transcript import MOST_LOOKED_AT
from analytics.coaching import limits
from analytics.database.engine import CONNECTIONS
from analytics.observability import repeated_lines
from analytics.server import connections, request_limits, upload_limits, websocket_limits
from analytics.server.header_timeout import HEADER_SECONDS
from analytics.settings import Settings
from analytics.transcripts import model as transcripts
from pages.parts.interview.pieces import CHARACTERS

SECURITY = Path(__file__).parents[2] / "SECURITY.md"
MB = 1_000_000


def promised_of_requests() -> list[str]:
    files = f"{request_limits.LARGEST_FILE_BODY / MB:.0f} MB within {request_limits.FILE_SECONDS:.0f} s"
    kept = f"{upload_limits.KEPT_OF_ONE / MB:.0f} MB and {upload_limits.FILES_OF_ONE} files of one person"
    return [
        f"headers within {HEADER_SECONDS:.0f} s",
        f"bodies up to {request_limits.LARGEST_BODY / MB:.0f} MB within {request_limits.BODY_SECONDS:.0f} s",
        f"files of who may add interviews up to {files}",
        f"{kept} until they save or leave the page, {upload_limits.KEPT / MB:.0f} MB of all",
        f"{REFUSALS.amount} refused tokens a minute from an address",
        f"an answer that nobody reads is dropped after {connections.UNREAD_SECONDS:.0f} s",
        f"a body in more than {connections.MOST_PIECES:,} pieces below {connections.SMALL_PIECE // 1_000} kB",
        f"{turns.AT_ONCE} requests of one person at a time, {turns.MOST_WAITING} more wait, others get 429",
        f"{public_pages.AT_ONCE} shared reports at a time, {public_pages.MOST_WAITING} wait",
        f"{CONNECTIONS} a process",
    ]


def promised_of_websockets() -> list[str]:
    held = f"{connections.HELD_FOR_ADDRESS / MB:.0f} MB for an address, {connections.HELD_BY_ALL / MB:.0f} MB in all"
    drawn = f"{websocket_limits.RUNS_AT_ONCE} pages of one person"
    opened = f"{websocket_limits.OPENED_AT_ONCE} opened at once by one person"
    return [
        f"{websocket_limits.OPEN:,} in all, half of them for an address",
        f"{websocket_limits.OPEN_SIGNED_OUT} for its visitors who have not signed in",
        f"{opened} and {websocket_limits.OPENED_A_SECOND} a second more",
        f"{drawn} drawn at once, and a further one waits for them, {websocket_limits.LONGEST_WAIT:.0f} s at most",
        f"{websocket_limits.MESSAGES_A_SECOND} messages a second of one person over all their pages",
        f"{connections.FRAMES_A_SECOND} pings and small pieces a second of each",
        f"messages that are not taken yet: {held}",
    ]


def promised_of_breakdowns() -> list[str]:
    at_a_time = f"{workflow.AT_A_TIME} at a time, {workflow.AT_A_TIME_EACH} of one person"
    defaults = inspect.signature(Preparation).parameters
    seconds, gigabytes = defaults["seconds"].default, defaults["megabytes"].default // 1_024
    return [
        f"`REGENERATIONS_PER_DAY` ({Settings().regenerations_per_day}) a person",
        f"{PRESSES.amount} presses a minute with a token; {jobs.MOST_OPEN} open in all; {at_a_time}",
        f"within {seconds:.0f} s and {gigabytes} GB; {workflow.MOST_RESTARTS} restarts",
        f"{MOST_NAMES} names",
        f"a quote is looked for in its first {MOST_LOOKED_AT:,} characters",
    ]


def promised_of_texts() -> list[str]:
    file = f"{transcripts.LARGEST_FILE / MB:.0f} MB, {transcripts.MOST_LINES:,} lines, {transcripts.MOST_TURNS:,} turns"
    steps, struck, asked = limits.STEPS.most, limits.STRUCK.most, limits.REVIEWS.most
    assert {limits.GOALS.most, limits.LINKS.most, limits.VERDICTS.most} == {steps}
    assert limits.MARKS.most == limits.NOTES.most
    return [
        f"files up to {file}, {transcripts.MOST_SPEAKERS} speakers",
        f"received by the API {add_routes.MOST_COMING} at a time, {add_routes.MOST_COMING_OF_ONE} of one person",
        f"{limits.NOTES.most:,} notes and marks on steps, {steps} steps, changes of goals, links and verdicts",
        f"{struck} struck claims, {asked} requests for review",
        f"{batches.MOST_OPEN} batches of {batches.MOST} reports at a time, {batches.MOST_KEPT:,} reports kept",
        f"{MOST_CHANGES_A_DAY:,} changes a day",
        f"{CHARACTERS:,} characters a view",
        f"{repeated_lines.LINES} lines a minute of each kind",
    ]


def test_what_nobody_may_exhaust_is_said_alike_in_both_tables() -> None:
    row = next(line for line in SECURITY.read_text().splitlines() if line.startswith("| anybody | exhaust it"))
    assert sorted(map(int, re.findall(r"\b\d+\b", row.replace(",", "")))) == sorted(
        [
            int(HEADER_SECONDS),
            request_limits.LARGEST_BODY // MB,
            int(request_limits.BODY_SECONDS),
            websocket_limits.OPEN,
            websocket_limits.OPEN_SIGNED_OUT,
            websocket_limits.MESSAGES_A_SECOND,
            repeated_lines.LINES,
        ]
    )


def test_the_promised_bounds_are_those_of_the_code() -> None:
    rest = SECURITY.read_text().partition("## Limits")[2].partition("\n## ")[0]
    promised = [*promised_of_requests(), *promised_of_websockets(), *promised_of_breakdowns(), *promised_of_texts()]
    for promise in promised:
        assert promise in rest
        rest = rest.replace(promise, "")
    # Answers for those beyond a bound, the range of a score, and what is measured elsewhere.
    assert re.findall(r"\d[\d,]*", rest) == ["503", "5,000", "0", "1"]
