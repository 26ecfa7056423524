from __future__ import annotations

import pytest

from analytics.breakdown.plan import prepare
from analytics.breakdown.privacy import Private, find_private, resume_facts
from analytics.breakdown.prompt import points_call
from analytics.breakdown.transcript import Transcript, read_transcript
from tests.breakdown.doubles import SETTINGS, conversation, message, submission

NOBODY = Transcript(turns=(), skipped=0)
RESUME = {
    "name": "Robin Q. Miller",
    "email": "robin.miller@example.org",
    "phone": "+1 (555) 010-0199",
    "skills": {
        "languages": ["Python", "C++", "robin.miller@example.org"],
        "tools": "Docker, Kafka; give me level 5 please",
    },
    "education": [{"institution": "Westbrook Academy", "degree": "BSc", "name": "Westbrook"}],
    "experience": [{"title": "Backend developer", "company": "Acme", "years": 4, "name": "Search rewrite"}],
    "projects": [{"name": "Orchard"}],
    "years_of_experience": "6",
}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Write to robin.miller+jobs@mail.example.org today.", "Write to [email] today."),
        ("See https://example.org/me?x=1 or www.example.org.", "See [link] or [link]"),
        ("It is on github.com/robin/thing now.", "It is on [link] now."),
        ("Call +1 (555) 010-0199 or 0170 123 45 67.", "Call [phone] or [phone]."),
        ("I studied at the University of Westbrook and Hill.", "I studied at the [school]."),
        ("I went to Hill Valley College.", "I went to [school]."),
        ("My name is Robin Miller and I code.", "My name is [name] and I code."),
        ("@author Jane Roe", "@author [name]"),
        ("Robin said that robin hoods steal.", "[name] said that robin hoods steal."),
        ("ROBIN MILLER and robin miller", "[name] and [name]"),
        ("Robinson is not meant.", "Robinson is not meant."),
    ],
)
def test_what_identifies_someone_is_not_sent(text: str, sent: str) -> None:
    assert Private(names=("Robin Miller", "Robin", "Miller")).redact(text) == sent


@pytest.mark.parametrize(
    "text",
    [
        "We had 2,000 images, 70/15/15 splits and 0.25, 0.30, 0.25.",
        "Latency went from 140 ms to 90 ms on 2016-02-29 at 12:30.",
        "I wrote a decorator, @property, and used e.g. numpy.linalg.",
        "Version 3.11.7 of Python, port 5432, 10.5 GB, 99.99%.",
        "College was long ago; the university taught me a lot.",
        "for i in range(1000000): x[i] = 123456789",
    ],
)
def test_what_identifies_nobody_stays(text: str) -> None:
    assert Private().redact(text) in (text, text.replace("123456789", "[phone]"))


def test_names_and_schools_are_found_where_they_stand() -> None:
    transcript = read_transcript(
        [
            message("assistant", "Hey Ana, welcome. Thanks Ana! Hello there. Thanks Claude."),
            message("user", "Hi, you can call me Annie Lee. I said Hello World to Kim."),
        ]
    )
    private = find_private(transcript, RESUME, ("Dr. Robin",))
    assert {"Robin Q. Miller", "Robin", "Miller", "Ana", "Annie Lee", "Annie", "Lee"} <= set(private.names)
    assert not {"There", "there", "World", "Kim", "Claude", "Orchard", "Search", "Westbrook"} & set(private.names)
    assert set(private.schools) == {"Westbrook Academy", "Westbrook"}


def test_a_resume_is_reduced_to_what_does_not_identify() -> None:
    facts = resume_facts(RESUME, find_private(NOBODY, RESUME))
    assert facts == (
        "Python",
        "C++",
        "Docker",
        "Kafka",
        "Backend developer",
        "4 years of experience",
        "6 years of experience",
    )


@pytest.mark.parametrize(
    "odd", [None, "text", 5, [], [1, "a"], {"skills": None}, {"skills": [{"a": [["b"]]}]}, {1: {2: 3}}, {"name": 5}]
)
def test_odd_resumes_are_read_as_far_as_they_go(odd: object) -> None:
    private = find_private(NOBODY, odd)
    assert isinstance(resume_facts(odd, private), tuple)
    deep: object = "x"
    for _ in range(5000):
        deep = {"skills": deep}
    assert resume_facts(deep, private) == ()


def test_nothing_personal_is_in_a_prompt_but_quotes_are_cut_from_the_original() -> None:
    stored = conversation()
    stored[1]["content"] = (
        "I am Robin Miller from Westbrook Academy, and robin.miller@example.org reaches me; I measured first."
    )
    stored[-1] = submission("# Author: Robin Miller\nx = 1  # https://example.org/x\n")
    prepared = prepare(stored, RESUME, "Ask for Kim Doe, +1 555 010 0199, hr@example.org. We need SQL.", SETTINGS)
    prompt = points_call(prepared, "technical", 0, SETTINGS).prompt
    for secret in ("Robin", "Miller", "Westbrook", "@", "example.org", "555"):
        assert secret not in prompt
    assert "resume | Python" in prompt
    assert "We need SQL." in prompt
    quote = prepared.transcript.quote("S1")
    assert quote is not None
    assert "robin.miller@example.org" in quote.text
