"""Dates and numbers as they are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.formatting import (
    ago,
    change,
    day_and_age,
    give_or_take,
    language_name,
    number,
    percent,
    quantity,
    signed_number,
)

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"), (1, "yesterday"), (2, "2 days ago"), (13, "13 days ago"), (14, "2 weeks ago"),
        (43, "6 weeks ago"), (60, "9 weeks ago"), (61, "2 months ago"), (365, "12 months ago"), (729, "24 months ago"),
        (730, "2 years ago"), (20_000, "55 years ago"), (-1, ""), (-400, ""),
    ],
)  # fmt: skip
def test_how_long_ago_a_day_was(days: int, words: str) -> None:
    assert ago(NOW - timedelta(days=days), NOW) == words


def test_days_are_those_of_the_zone() -> None:
    late = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    assert ago(late, NOW) == "yesterday"
    assert ago(late, NOW, ZoneInfo("Europe/Vienna")) == "today"
    assert day_and_age(datetime(2026, 10, 16, tzinfo=UTC), NOW) == "16 Oct 2026, 6 weeks ago"
    assert day_and_age(NOW + timedelta(days=3), NOW) == "1 Dec 2026"


def test_the_ends_of_the_calendar_have_an_age() -> None:
    assert ago(datetime.min.replace(tzinfo=UTC), NOW, ZoneInfo("America/New_York")) == "2,026 years ago"
    assert ago(datetime.max.replace(tzinfo=UTC), NOW, ZoneInfo("Asia/Tokyo")) == ""


@pytest.mark.parametrize(
    ("difference", "text"),
    [(-0.3, "−0.30"), (0.3, "+0.30"), (0.0, "0.00"), (-0.004, "0.00"), (0.004, "0.00"), (None, "–")],
)
def test_one_minus_sign_and_no_sign_of_nothing(difference: float | None, text: str) -> None:
    assert signed_number(difference) == text


def test_a_change_is_the_difference_of_what_is_shown() -> None:
    before, after = 0.7651, 0.5649
    assert (number(before), number(after), change(before, after)) == ("0.77", "0.56", "−0.21")
    assert signed_number(after - before) == "−0.20"


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0%"), (0.001, "1%"), (0.5, "50%"), (0.999, "99%"), (0.9949, "99%"), (1.0, "100%")]
)
def test_a_part_is_never_the_whole(share: float, text: str) -> None:
    assert percent(share) == text


def test_counts_and_intervals() -> None:
    assert (quantity(1, "claim"), quantity(1200, "claim")) == ("1 claim", "1,200 claims")
    assert (give_or_take(0.5, 0.12), give_or_take(0.5, None), give_or_take(None, 0.1)) == ("0.50 ± 0.12", "0.50", "–")


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("javascript", "JavaScript"), ("Javascript", "JavaScript"), ("python", "Python"), (" sql ", "SQL"),
        ("cpp", "C++"), ("c++", "C++"), ("OCaml", "OCaml"), ("c", "C"), ("", ""), ("python3", "Python3"),
    ],
)  # fmt: skip
def test_a_programming_language_is_written_as_people_write_it(stored: str, shown: str) -> None:
    assert language_name(stored) == shown
