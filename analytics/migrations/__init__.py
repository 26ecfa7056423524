"""How our tables came to be, step by step (Alembic)."""
