"""Reasons why an interview is refused."""

from __future__ import annotations


class AddError(ValueError):
    """An interview that cannot be added or changed; the message is one sentence that says what to do."""


class AddBudgetError(AddError):
    """The person has added as many interviews as one may in a day."""
