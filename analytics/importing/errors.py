"""What keeps an interview out."""

from __future__ import annotations


class AddError(ValueError):
    """An interview that cannot be added or changed; the message is one sentence that says what to do."""


class AddBudgetError(AddError):
    """Somebody has added as many interviews as one person may add in a day."""
