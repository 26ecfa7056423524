"""The database: engine, sessions, errors, and our own schema."""

from __future__ import annotations

# Known to whoever goes through all our tables, also where nobody writes notes or verdicts.
from analytics.database import agreement_tables as agreement_tables
from analytics.database import coaching_tables as coaching_tables
from analytics.database import review_tables as review_tables
from analytics.database import sharing_tables as sharing_tables
from analytics.database import verdict_tables as verdict_tables
from analytics.database.engine import create_engine_for
from analytics.database.sessions import reading, writing
from analytics.database.sessions import reading as session

__all__ = ["create_engine_for", "reading", "session", "writing"]
