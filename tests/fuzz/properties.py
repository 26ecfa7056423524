"""The properties: each reads any text at all, and fails where what the program makes of it is not as it must be."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

from analytics.breakdown.assessment.answers import Advice, Point, Points
from analytics.breakdown.assessment.claims import LONGEST, MOST, Claim
from analytics.breakdown.assessment.verification import ClaimVerifier
from analytics.breakdown.assessment.wording import is_said
from analytics.breakdown.llm.prompts import points_call
from analytics.breakdown.reading.prepare import WITHHELD, prepare
from analytics.breakdown.reading.redaction import Private
from analytics.breakdown.reading.transcript import Quote, Transcript, read_transcript, transcript_hash
from analytics.database.json_text import parse_json
from analytics.interviewlab.feedback import State, Unreadable, read_feedback
from analytics.interviewlab.fenced import fenced_code
from analytics.skills import SKILL_KEYS, overall
from analytics.text import clean, fold
from tests.support.api_client import Taking, client, platform_token
from tests.support.doubles import SETTINGS, message, submission
from tests.support.world import MAY_SEE, PEOPLE, World, words_of_others

Property = Callable[[str], None]
DIVIDER: Final = "%%"


def feedback(stored: str) -> None:
    """Whatever stands in the column is read, and only a scored skill carries a number.

    A text that is no JSON stands for an object, written `key: value` on a line each.
    """
    document = parse_json(stored)
    if isinstance(document, Unreadable):
        pairs = [(key.strip(), value) for key, _, value in (line.partition(":") for line in stored.split("\n"))]
        document = {key: _value(value) for key, value in pairs}
    for completed in (True, False):
        read = read_feedback(document, completed=completed)
        assert tuple(read.skills) == SKILL_KEYS
        for skill in read.skills.values():
            assert (skill.state is State.SCORED) == (skill.score is not None) == (skill.reason is None)
            assert skill.score is None or 0 <= skill.score <= 1
            _shown(*skill.strengths, *skill.weaknesses, *skill.recommendations)
        known = {key: skill.score for key, skill in read.skills.items()}
        assert read.overall == overall(known)
        assert (read.overall is None) == all(score is None for score in known.values())
        assert read.average_code_quality is None or 0 <= read.average_code_quality <= 1
        _shown(*read.strengths, *read.weaknesses, *read.recommendations, *read.topics)
        for text in (read.summary, read.detailed_feedback):
            text.encode()


def _value(text: str) -> object:
    read = parse_json(text)
    return text if isinstance(read, Unreadable) else read


def _shown(*texts: str) -> None:
    """Every point of a list says something, and can be sent to a browser."""
    for text in texts:
        assert text.strip() == text != ""
        text.encode()


def transcript(stored: str) -> None:
    """Whatever stands in the column is read; every id leads back to the stored text; nothing steps out of the fence.

    A text that is no JSON stands for messages, apart at `%%` and each after its role and a colon; the role `code` is
    for what was submitted.
    """
    document = parse_json(stored)
    if isinstance(document, Unreadable):
        said = [(role.strip(), text) for role, _, text in (part.partition(":") for part in stored.split(DIVIDER))]
        document = [submission(text) if role == "code" else message(role, text) for role, text in said]
    read = read_transcript(document)
    assert Transcript.model_validate_json(read.model_dump_json()) == read
    assert len(transcript_hash(document)) == 64
    messages = document if isinstance(document, list) else parse_json(document) if isinstance(document, str) else []
    assert isinstance(messages, list) or not read.turns
    for number, sentence in enumerate(read.sentences, 1):
        assert sentence.id == f"S{number}"
        assert messages[sentence.message]["role"] == "user"
        _leads_back(read.quote(sentence.id), messages[sentence.message])
    for number, found in enumerate(read.submissions, 1):
        assert found.id == f"C{number}"
        for line in range(1, len(found.lines) + 1):
            quote = read.quote(f"C{number}:{line}")
            assert quote is not None
            assert "\n" not in quote.text
            _leads_back(quote, messages[found.message])
        assert read.quote(f"C{number}:{len(found.lines) + 1}") is None
    _stays_fenced(document)


def _leads_back(quote: Quote | None, stored: Mapping[str, Any]) -> None:
    assert quote is not None
    code = stored.get("metadata", {}).get("code") or fenced_code(stored["content"]).get("code")
    original = code if quote.place == "code" else stored["content"]
    assert clean(original[quote.start : quote.end]).text.strip("\n") == quote.text.strip("\n")


_LINE: Final = re.compile(r"(?:S[0-9]+|Q[0-9]+|C[0-9]+:[0-9]+|interviewer|result|job|resume) \| .*")


def _stays_fenced(document: object) -> None:
    prepared = prepare(document, document, document if isinstance(document, str) else None, SETTINGS)
    for part in range(len(prepared.parts)):
        prompt = points_call(prepared, "technical", part, SETTINGS).prompt
        prompt.encode()
        before, inside, task = prompt.split(f"===== {prepared.boundary} =====")
        assert before == ""
        assert task.startswith("\n\nTask: ")
        lines = inside.strip("\n").split("\n")
        assert all(_LINE.fullmatch(line) for line in lines)
        withheld = {line.partition(" | ")[0] for line in lines if line.endswith(f" | {WITHHELD}") and line[0] in "SC"}
        assert withheld <= set(prepared.withheld)


PRIVATE: Final = Private(names=("Robin Miller", "Robin"), schools=("Hill College",))


def evidence(said: str) -> None:
    """Whatever is claimed of whatever was said, only what can be pointed to stands.

    The parts of the text, apart at `%%`: the skill, what was said, the code, and claims as `S1,C1:2 | the words`.
    """
    skill, spoken, code, *claimed = [part.strip() for part in said.split(DIVIDER)] + ["", ""]
    pairs = [(ids.split(","), text.strip()) for ids, _, text in (claim.partition("|") for claim in claimed)]
    claims(skill if skill in SKILL_KEYS else "technical", spoken, code, pairs)


def claims(skill: str, spoken: str, code: str, claimed: Sequence[tuple[Sequence[str], str]]) -> None:
    """The same, taken apart; four strengths, two weaknesses, then what to do about these."""
    stored = [message("user", spoken), submission(code)]
    read = read_transcript(stored)
    # Servers that enforce nothing send ids of any form.
    entries = [Point.model_construct(ids=[cited.strip() for cited in ids], text=text) for ids, text in claimed]
    advice = [Advice.model_construct(weakness=place, practise=text, notice=text) for place, (_, text) in
              enumerate(claimed[6:], 1)]  # fmt: skip
    answer = Points.model_construct(strengths=entries[:4], weaknesses=entries[4:6], recommendations=advice)
    withheld = frozenset({"S2", "C1:3"})
    verified = ClaimVerifier(read, PRIVATE, withheld, skill).verify(answer)
    assert len(verified.claims) + len(verified.dropped) == len(claimed)
    for kind in ("strength", "weakness", "recommendation"):
        assert len(verified.of(kind)) <= MOST
    for claim in verified.claims:
        assert Claim.model_validate_json(claim.model_dump_json()) == claim
        assert 1 <= len(claim.quotes) <= 2
        assert not set(claim.evidence) & withheld
        for quote in claim.quotes:
            assert read.quote(quote.id) == quote
            assert quote.text.strip()
            assert {"code_quality": "code", "communication": "content"}.get(skill, quote.place) == quote.place
            _leads_back(quote, stored[quote.message])
        _worth_showing(claim)
    for dropped in verified.dropped:
        assert len(dropped.text) <= LONGEST
    for _, text in claimed:
        for quote in read.sentences:
            _said(text, quote.text)


def _worth_showing(claim: Claim) -> None:
    for text in (claim.text, claim.notice):
        assert len(text) <= LONGEST
        assert "\n" not in text
        assert text == clean(text).text
        text.encode()
        assert not re.search(r"https?://|javascript:\S|<script|\]\(|!\[", text, re.IGNORECASE)
        assert not re.search(r"(?<!\w)Robin(?!\w)", text)
    if claim.kind == "recommendation":
        return
    held = " ".join(quote.text for quote in claim.quotes)
    for quoted in [] if re.search("[“”„‟″«»]", claim.text) else claim.text.split('"')[1:-1:2]:
        assert len(re.findall(r"[^\W_]+(?:['’][^\W_]+)?", quoted)) < 2 or any(_letters(quoted) in _letters(quote.text)
                                                              for quote in claim.quotes)  # fmt: skip
    assert not (_letters(claim.text) and _letters(claim.text) in _letters(held))


def _letters(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())


def _said(quoted: str, spoken: str) -> None:
    """What is told to be said stands there letter by letter, and what stands there is told to be said."""
    if is_said(quoted, spoken):
        assert _letters(quoted) in _letters(spoken)
    if _letters(spoken):
        assert is_said(spoken, spoken)


WHO: Final = ("interviewee", "coach", "admin", "deactivated")
_TOKENS: Final = {who: platform_token(PEOPLE[who].user_id, exp=4_000_000_000) for who in WHO}
METHODS: Final = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH")


class Api:
    """The API over a small world of people, asked without a socket."""

    def __init__(self, world: World) -> None:
        self._program: ASGIApp = client(world, at_work=Taking(world.database.engine)).app
        self._loop = asyncio.Runner()

    def __call__(self, request: str) -> None:
        """Whatever is asked, the answer is one of the documented kind, and holds nobody else's words.

        The text is a request: `WHO METHOD /path?query`, lines of headers, an empty line, the body.
        """
        head, _, body = request.partition("\n\n")
        line, *lines = head.split("\n")
        who, method, target = [*line.split(" ", 2), "", ""][:3]
        headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        self.ask(who, method, target, headers, body)

    def ask(self, who: str, method: str, target: str, headers: Sequence[tuple[str, str]], body: str) -> None:
        who = who if who in WHO else "interviewee"
        method = method if method in METHODS else "GET"
        sent = [("host", "localhost"), ("authorization", f"Bearer {_TOKENS[who]}"), *headers]
        status, answered, content = self._loop.run(self._answer(method, target, sent, body))
        assert status < 500, content
        assert status in {200, 202, 204, 304} or 400 <= status < 500
        text = content.decode().lower()
        assert [word for word in words_of_others(*MAY_SEE[who]) if word in text] == []
        assert "traceback" not in text
        if text and answered.get("content-type", "").startswith("application/"):
            json.loads(content)

    def close(self) -> None:
        self._loop.close()

    async def _answer(
        self, method: str, target: str, headers: Sequence[tuple[str, str]], body: str
    ) -> tuple[int, dict[str, str], bytes]:
        path, _, query = target.partition("?")
        raw = path if path.startswith("/") else f"/{path}"
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "method": method,
            "path": unquote(f"/api/v1{raw}"), "raw_path": f"/api/v1{raw}".encode(), "root_path": "",
            "query_string": query.encode(), "client": ("127.0.0.1", 1), "server": ("localhost", 80),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }  # fmt: skip
        sent: list[Message] = []
        coming = iter([{"type": "http.request", "body": body.encode(), "more_body": False}])

        async def receive() -> Message:
            return next(coming, {"type": "http.disconnect"})

        async def send(part: Message) -> None:
            sent.append(part)

        await self._program(scope, receive, send)
        answered = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return sent[0]["status"], answered, b"".join(part.get("body", b"") for part in sent[1:])
