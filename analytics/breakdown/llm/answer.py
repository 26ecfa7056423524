"""Reads a model's answer from its text: the one JSON object that fits, including near misses.

A near miss is read where it can mean one thing only. Servers that enforce no schema put thoughts, fences or sentences
around the object, write a comma too many, single quotes, `4.0` for 4, or an id in brackets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from analytics.breakdown.assessment.answers import ANSWERS, MOST_ENTRIES, MOST_QUESTIONS, MOST_VERDICTS
from analytics.skills import SKILL_KEYS

_THOUGHT_BEGINS: Final = re.compile(r"<think(?:ing)?>|\[THINK\]|<thought>|<reasoning>|<\|channel\|>analysis", re.I)
_THOUGHT_ENDS: Final = re.compile(
    r"</think(?:ing)?>|\[/THINK\]|</thought>|</reasoning>|<\|channel\|>final(?:<\|message\|>)?", re.I
)
_FENCE: Final = re.compile(r"\A\s*```\w*|```\s*\Z")
# What may stand between the tokens of an object, or be written otherwise, and still means one thing.
_LOOSE: Final = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*")
    | '(?P<single>(?:[^'\\]|\\.)*)'
    | (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<comma>,(?=\s*[}\]]))
    | (?P<name>(?<=[{,\s])[A-Za-z_]\w*(?=\s*:))""",
    re.VERBOSE | re.DOTALL,
)
_DECODER: Final = json.JSONDecoder(strict=False)
# An answer holds some fifty objects; code in somebody's thoughts holds more.
_MOST_OBJECTS: Final = 2_000
_MOST_LOOSE: Final = 50_000
_WHOLE: Final = re.compile(r"\s*(-?\d{1,4})(?:\.0+)?\s*")
_ID_BREAK: Final = re.compile(r"\s*[,;]\s*|\s+(?:and\s+)?")
_TO_KEY: Final = str.maketrans(" -", "__")
_LONGEST_ID: Final = 40
_MOST_IDS: Final = 20


def read_answer(kind: str, text: str) -> dict[str, Any] | None:
    """Read an answer of this kind from a text; None if nothing fits, or several different things do."""
    answers = _answers(kind, text)
    return answers[0] if len(answers) == 1 else None


def read_thought(kind: str, text: str) -> dict[str, Any] | None:
    """Read an answer from a model's reasoning, only if it is the entire text."""
    bare = _FENCE.sub("", _without_thoughts(text)).strip()
    return read_answer(kind, bare) if bare[:1] == "{" and bare[-1:] == "}" else None


def what_is_wrong(kind: str, text: str) -> str:
    """Describe, for the model, why its text could not be read."""
    if not text.strip():
        return "It was empty."
    if len(_answers(kind, text)) > 1:
        return "It held more than one answer."
    values = [value for value in _objects(_without_thoughts(text)) if isinstance(value, dict)]
    if not values:
        return "It held no JSON object that could be read."
    wanted = [name for name, field in ANSWERS[kind].model_fields.items() if field.is_required()]
    missing = [name for name in wanted if name not in _plain_keys(values[0])]
    if missing:
        return f"The JSON object had no {' and no '.join(json.dumps(name) for name in missing)}."
    if kind == "rating" and "levels" in _plain_keys(values[0]):
        return (
            '"levels" must be a list that gives for each skill its "skill" and its "level", a whole number from 1 to 5.'
        )
    if kind == "rating":
        return '"level" must be one whole number from 1 to 5.'
    return f"{', '.join(json.dumps(name) for name in wanted)} must be lists."


def _answers(kind: str, text: str) -> list[dict[str, Any]]:
    text = _without_thoughts(text).strip().lstrip("\ufeff")
    if text[:1] == '"':
        # An answer that was made JSON twice.
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            inner = text
        text = inner if isinstance(inner, str) else text
    for source in (text, _tighten(text)):
        answers: list[dict[str, Any]] = []
        for value in _objects(source):
            answer = _fit(kind, value)
            if answer is not None and answer not in answers:
                answers.append(answer)
        if answers:
            return answers
    return []


def _without_thoughts(text: str) -> str:
    # Without the thoughts before the answer, or after its beginning where they never ended.
    for end in _THOUGHT_ENDS.finditer(text):
        rest = text[end.end() :]
        if not _THOUGHT_ENDS.search(rest):
            text = rest
    begun = _THOUGHT_BEGINS.search(text)
    return text[: begun.start()] if begun else text


def _objects(text: str) -> Iterator[Any]:
    position = text.find("{")
    for _ in range(_MOST_OBJECTS):
        if position == -1:
            return
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            yield value
        position = text.find("{", end)


def _tighten(text: str) -> str:
    start, end = text.find("{"), text.rfind("}")
    if start == -1 or end - start > _MOST_LOOSE:
        return ""
    text = text[start : end + 1]
    if '"' not in text:
        text = text.translate({ord(quote): '"' for quote in "“”„"})
    return _LOOSE.sub(_strictly, text)


def _strictly(match: re.Match[str]) -> str:
    if match["text"] is not None:
        return match["text"]
    if match["single"] is not None:
        return json.dumps(match["single"].replace("\\'", "'"), ensure_ascii=False)
    return json.dumps(match["name"]) if match["name"] is not None else ""


def _fit(kind: str, value: object) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    read = _READERS[kind](_plain_keys(value))
    if read is None:
        # Some wrap it, as `{"rating": {..}}` or as the arguments of a tool.
        own = ANSWERS[kind].model_fields
        wrapped = [each for name, each in _plain_keys(value).items() if isinstance(each, dict) and name not in own]
        inner = [fit for each in wrapped if (fit := _fit(kind, each)) is not None]
        return inner[0] if len(inner) == 1 else None
    try:
        # What the answer did not say stays unsaid: a lone level is that, and an answer without new lists an old one.
        return ANSWERS[kind].model_validate(read).model_dump(exclude_unset=True)
    except ValidationError:
        return None


def _plain_keys(value: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).strip().lower(): each for name, each in value.items()}


def _read_rating(value: Mapping[str, Any]) -> dict[str, Any] | None:
    levels = value.get("levels")
    if isinstance(levels, dict):
        # By skill, as {"technical": 3} or {"technical": {"level": 3}}.
        levels = [
            {"skill": skill, "level": each.get("level") if isinstance(each, dict) else each}
            for skill, each in levels.items()
        ]
    if not isinstance(levels, list) or not levels:
        return {"level": _whole(value["level"])} if "level" in value else None
    named = [_plain_keys(each) for each in levels if isinstance(each, dict)]
    # Each level is read alone; without any, all of them are asked for again.
    rated = [level for each in named if (level := _skill_level(each)) is not None]
    if not rated:
        return None
    listed = value.get("priorities")
    priorities = [_priority(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {"levels": rated, "priorities": priorities[:MOST_ENTRIES]}


def _skill_level(named: Mapping[str, Any]) -> dict[str, Any] | None:
    skill, level = _key(named.get("skill")), _whole(named.get("level"))
    usable = skill in SKILL_KEYS and isinstance(level, int) and 1 <= level <= 5
    return {"skill": skill, "level": level} if usable else None


def _priority(value: dict[str, Any]) -> dict[str, Any]:
    named = _plain_keys(value)
    number = _whole(named.get("claim"))
    return {"claim": number if isinstance(number, int) else 0, "reason": _text(named.get("reason"))}


def _key(value: object) -> str:
    return _text(value).strip().lower().translate(_TO_KEY)


def _support(value: Mapping[str, Any]) -> dict[str, Any] | None:
    listed = value.get("verdicts")
    if not isinstance(listed, list):
        return None
    # Each verdict is read alone; a claim without one that can be read is one that was not checked.
    read = [_verdict(each) for each in listed[:MOST_VERDICTS] if isinstance(each, dict)]
    return {"verdicts": [verdict for verdict in read if verdict is not None]}


def _verdict(value: dict[str, Any]) -> dict[str, Any] | None:
    named = _plain_keys(value)
    number, shows = _whole(named.get("claim")), named.get("shows")
    shows = {True: "yes", False: "no"}.get(shows) if isinstance(shows, bool) else _text(shows).strip().lower()
    if not isinstance(number, int) or shows not in ("yes", "partly", "no"):
        return None
    contradicts, on_question = _flag(named.get("contradicts"), False), _flag(named.get("on_question"), True)
    return {"claim": number, "shows": shows, "contradicts": contradicts, "on_question": on_question}


def _flag(value: object, otherwise: bool) -> bool:
    said = (
        value if isinstance(value, bool) else {"yes": True, "true": True, "no": False, "false": False}.get(_key(value))
    )
    return otherwise if said is None else said


def _points(value: Mapping[str, Any]) -> dict[str, Any] | None:
    if not {"strengths", "weaknesses", "recommendations"} <= value.keys():
        return None
    points = {name: _entries(value[name], _point) for name in ("strengths", "weaknesses")}
    points["recommendations"] = _entries(value["recommendations"], _advice)
    later = {"missed": _read_missed, "wordings": _point, "questions": _question}
    points |= {name: _entries(value[name], read) or [] for name, read in later.items() if value.get(name)}
    return points if None not in points.values() else None


def _entries(value: object, read: Callable[[object], dict[str, Any]]) -> list[dict[str, Any]] | None:
    # Each entry is read alone, and an odd one keeps its place: advice counts the weaknesses.
    if value is None:
        return []
    if isinstance(value, dict):
        value = [value]
    most = MOST_QUESTIONS if read is _question else MOST_ENTRIES
    return [read(entry) for entry in value[:most]] if isinstance(value, list) else None


def _point(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {"ids": [], "text": value if isinstance(value, str) else ""}
    named = _plain_keys(value)
    return {"ids": _ids(named.get("ids", named.get("id"))), "text": _text(named.get("text"))}


def _read_missed(value: object) -> dict[str, Any]:
    named = _plain_keys(value) if isinstance(value, dict) else {}
    return _point(value) | {"question": _id(_text(named.get("question")))}


def _question(value: object) -> dict[str, Any]:
    named = _plain_keys(value) if isinstance(value, dict) else {}
    texts = {name: _text(named.get(name)) for name in ("asked", "held", "left_out")}
    return texts | {"question": _id(_text(named.get("question")))}


def _advice(value: object) -> dict[str, Any]:
    named = _plain_keys(value) if isinstance(value, dict) else {"practise": value}
    weakness = _whole(named.get("weakness"))
    return {
        "weakness": weakness if isinstance(weakness, int) else 0,
        "practise": _text(named.get("practise", named.get("practice"))),
        "notice": _text(named.get("notice")),
    }


def _ids(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    ids = [part for each in listed if isinstance(each, str) for part in _ID_BREAK.split(each.strip()) if part]
    return [_id(each) for each in ids[:_MOST_IDS]]


def _id(text: str) -> str:
    bare = text.strip("[](){}<>\"'`.").replace("–", "-")
    return (bare[:1].upper() + bare[1:])[:_LONGEST_ID]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> object:
    # 4, 4.0 and "4" are four; true is not one, and 3.5 is no level.
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    match = _WHOLE.fullmatch(value) if isinstance(value, str) else None
    return int(match[1]) if match else value


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any] | None]]] = {
    "points": _points,
    "rating": _read_rating,
    "support": _support,
}
