"""The privacy notice for interviewees, true to this installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from analytics.breakdown.model_settings import ModelSettings
from analytics.formatting import quantity
from analytics.settings import Settings

_KEPT: Final = (
    "The scores of your interviews and every version of their breakdowns; verdicts, notes, next steps and goals; what "
    "you say about scores and claims; links to your report; and who looked, when. The conversations stay where the "
    "interview platform keeps them."
)


def notice(settings: Settings, model: ModelSettings | None) -> Sequence[tuple[str, str]]:
    """Answer five questions: what is kept, which model reads it, who sees it, how long, and whom to ask.

    `model` is None where it cannot be told.
    """
    return (
        ("What is kept", _KEPT),
        ("Which model reads it", _model(model)),
        ("Who sees it", _readers(settings)),
        ("How long", _how_long(settings)),
        ("Whom to ask", settings.contact or "Your coach, or whoever runs this installation."),
    )


def _model(model: ModelSettings | None) -> str:
    if model is None:
        return "No model can be used now."
    if not model.is_configured:
        return "None: breakdowns are made by simple rules here, or by the interview platform itself."
    return (
        f"{model.model_name}, at {model.host}. It reads the conversation and the submitted code, without your name, "
        "e-mail addresses, phone numbers and links. Which model the interview platform uses itself, it can tell."
    )


def _readers(settings: Settings) -> str:
    said = "You, the coaches assigned to you, and admins. Practice interviews only you. Notes say who may read them."
    if settings.interviewees_link_reports or settings.coaches_link_reports:
        makers = [
            *(["you"] if settings.interviewees_link_reports else []),
            *(["your coaches"] if settings.coaches_link_reports else []),
        ]
        said += f" Whoever has a link to your report that {' or '.join(makers)} made, until it ends."
    return said


def _how_long(settings: Settings) -> str:
    kept = "Until you or an admin deletes it."
    if settings.retention_days is not None:
        days = quantity(settings.retention_days, "day")
        kept += f" Former versions of breakdowns, ended links and the list of who looked go after {days}."
    return f"{kept} You can have all of it deleted: it is gone {quantity(settings.deletion_days, 'day')} after you ask."
