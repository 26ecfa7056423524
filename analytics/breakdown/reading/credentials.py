"""Redaction of keys, passwords and tokens."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import regex

_KEY: Final = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|api[_\-]?key|access[_\-]?key|private[_\-]?key|"
    r"auth[_\-]?token|token|credentials?)"
)
# What services issue tells itself by its beginning.
_ISSUED: Final = regex.compile(
    r"(?<![\w\-])(?:sk-[\w\-]{16,}+|(?:sk|rk|pk)_(?:live|test)_\w{10,}+|gh[oprsu]_\w{20,}+|github_pat_\w{20,}+|"
    r"glpat-[\w\-]{16,}+|"
    r"xox[abeoprs]-[\w\-]{10,}+|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[\w\-]{30,}+|hf_\w{20,}+|npm_\w{20,}+|"
    r"SG\.[\w\-]{16,}+\.[\w\-]{16,}+|"
    r"eyJ[\w\-]{8,}+\.[\w\-]{8,}+(?:\.[\w\-]*+)?)|\b(?i:bearer|basic) (?=[\w.~+/=\-]*[0-9])[\w.~+/=\-]{12,}+"
)
# An address that holds a password.
_ADDRESS: Final = regex.compile(r"\b[a-z][a-z0-9+.\-]{1,20}+://[^\s<>\"'@/]{1,200}+@[^\s<>\"']++", regex.IGNORECASE)
_ASSIGNED: Final = regex.compile(
    rf"((?<![a-z])(?:[a-z0-9]{{1,30}}+[_\-]){{0,4}}{_KEY}(?:[_\-][a-z0-9]+){{0,2}}[\"']?\s{{0,4}}(?::=|=>|=|"
    rf":)\s{{0,4}}[rbf]?)"
    r"([\"'])([^\"'\s]{6,500})\2",
    regex.IGNORECASE,
)
_SET: Final = regex.compile(
    r"(\b(?:[A-Z0-9]+_){0,4}(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|"
    r"ACCESS_?KEY)(?:_[A-Z0-9]+){0,2}=)([^\s\"'(){}$]{6,500})"
)
_TOLD: Final = regex.compile(r"(?i:\b(password|passphrase|api key|pin)(?: is| was|:) )(?=\S*[0-9])(\S{4,100})")
# A line of a key as it is kept in a file, or a long run of letters of both cases and digits in disorder.
_KEPT: Final = regex.compile(r"^\s*+[A-Za-z0-9+/]{60,}+={0,2}\s*+$|(?<![\w/+.\-])[A-Za-z0-9_\-]{40,}+={0,2}(?![\w/.])")


def hide_secrets(text: str) -> str:
    """Replace keys, passwords and tokens with `[secret]`, and addresses that contain one with `[link]`."""
    text = _ADDRESS.sub("[link]", text)
    text = _ISSUED.sub("[secret]", text)
    text = _ASSIGNED.sub(lambda found: f"{found[1]}{found[2]}{_mask(found[3])}{found[2]}", text)
    text = _SET.sub(lambda found: found[1] + _mask(found[2]), text)
    text = _TOLD.sub(lambda found: found.group()[: -len(found[2])] + "[secret]", text)
    return str(_KEPT.sub(lambda found: "[secret]" if _is_random(found.group()) else found.group(), text))


def _mask(value: str) -> str:
    # A word is a label ("required", "PLUS", "password"); what was made up holds digits or signs.
    return "[secret]" if not value.replace("_", "").replace("-", "").replace(".", "").isalpha() else value


def _is_random(run: str) -> bool:
    kinds = (str.isdigit, str.islower, str.isupper)
    if any(sum(kind(character) for character in run) < 4 for kind in kinds):
        return False
    # An alphabet or a series holds each character's successor.
    following = sum(ord(after) - ord(before) == 1 for before, after in pairwise(run))
    return following * 4 < len(run)
