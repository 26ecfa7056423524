"""An interview taken from the database and made ready to be read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from analytics.breakdown.generator import FeedbackGenerator
from analytics.breakdown.plan import Prepared
from analytics.database import execute, parse_json
from analytics.schema import interviews, users


def read_interview(db: Session | Connection, interview_id: int, generator: FeedbackGenerator) -> Prepared | None:
    """Prepare a completed interview; None for one that is not there or not completed.

    Who may see it is the caller's to ask.
    """
    statement = (
        sa.select(
            sa.cast(interviews.c.conversation_history, sa.Text),
            sa.cast(interviews.c.resume_context, sa.Text),
            interviews.c.job_description,
            users.c.full_name,
        )
        .join(users, users.c.id == interviews.c.user_id)
        .where(interviews.c.id == interview_id, interviews.c.status == "completed")
    )
    row = execute(db, statement).first()
    if row is None:
        return None
    conversation, resume, job_description, name = row
    return generator.prepare(
        parse_json(conversation), parse_json(resume), job_description, names=(name,) if name else ()
    )
