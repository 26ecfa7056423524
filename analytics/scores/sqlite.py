"""SQL for SQLite that extracts scores from the feedback JSON and keeps the narrow table exact.

The rules are those of `interviewlab.feedback.read_feedback`, as in `scores.postgresql`. A trigger may never make the
platform's own write fail, so the statements are built only from functions that cannot raise on what they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analytics.interviewlab.conversation import BLANK, SANDBOX
from analytics.interviewlab.feedback import FAILED_TOGETHER, PLATFORM_FAILURE
from analytics.scores.sql_file import read_sql
from analytics.skills import CODE_KEYS, SKILL_KEYS


def _quote(text: str) -> str:
    """Put what is no JSON, though Python writes it, into quotes."""
    for before in (": ", ", ", "["):
        for word in ("NaN", "-Infinity", "Infinity"):
            text = f"replace({text}, '{before}{word}', '{before}\"{word}\"')"
    return text


def _holds_code() -> str:
    """Return whether the interview holds code, as `interviewlab.conversation` reads it; null documents hold none."""
    valid = "CASE WHEN json_valid({0}) THEN {0} WHEN json_valid({1}) THEN {1} END"

    def open_column(column: str) -> str:
        written = f"SELECT replace(CAST(NEW.{column} AS TEXT), '\\u0000', '\\ufffd') AS text"
        once = f"SELECT {valid.format('text', _quote('text'))} AS text FROM ({written})"
        # A document that was encoded twice is a JSON text.
        inner = "CASE json_type(text) WHEN 'text' THEN json_extract(text, '$') ELSE text END"
        twice = f"SELECT {inner} AS text FROM ({once})"
        return f"SELECT {valid.format('text', _quote('text'))} AS text FROM ({twice})"

    def code(path: str) -> str:
        blank = f"char({', '.join(str(ord(character)) for character in BLANK)})"
        return f"json_type(said.value, '{path}') = 'text' AND trim(json_extract(said.value, '{path}'), {blank}) <> ''"

    return read_sql(
        "sqlite/holds_code",
        conversation=open_column("conversation_history"),
        context=open_column("resume_context"),
        message_code=code("$.metadata.code"),
        sandbox_code=code("$.code"),
        sandbox=SANDBOX,
    )


def _sqlite_rows() -> str:
    """Build the rows of `skill_scores` for the interview a trigger fired on; none without any feedback.

    `json_each` is only ever given a valid object. SQLite ends a text at its first NUL, so that one is replaced. Python
    writes NaN and Infinity, which are no JSON: they are quoted first, so that one of them costs its own skill and not
    the other three. A document where the same words also stand in a text, after a colon, cannot be helped so and is
    unreadable.
    """
    feedback = "counts.feedback"
    scores = (*SKILL_KEYS, "overall")
    fields = (*(f"{key}_score" for key in scores), "code_submissions_count", "weaknesses")
    columns = ", ".join(
        f"max(CASE last.key WHEN '{key}' THEN last.{what} END) AS {key}_{what}"
        for key in fields
        for what in ("type", "value")
    )
    of_skill = {
        what: "CASE keys.skill " + " ".join(f"WHEN '{key}' THEN told.{key}_score_{what}" for key in SKILL_KEYS) + " END"
        for what in ("type", "value")
    }
    half = " AND ".join(
        f"coalesce(told.{key}_score_type = 'real' AND told.{key}_score_value = 0.5, 0)" for key in FAILED_TOGETHER
    )
    failed_skills, code_skills = (", ".join(f"'{key}'" for key in keys) for keys in (FAILED_TOGETHER, CODE_KEYS))
    return read_sql(
        "sqlite/score_rows",
        failed_skills=failed_skills,
        code_skills=code_skills,
        holds_code=_holds_code(),
        score_type=of_skill["type"],
        score_value=of_skill["value"],
        failed=half,
        platform_failure=PLATFORM_FAILURE,
        columns=columns,
        feedback=feedback,
        quoted=_quote(feedback),
        fields=fields,
        skills=" UNION ALL ".join(f"SELECT '{key}' AS skill" for key in SKILL_KEYS),
    )


_SQLITE_COLUMNS: Final = "(interview_id, skill, user_id, completed_at, state, reason, score)"
_SQLITE_WRITE: Final = (
    f"INSERT OR REPLACE INTO skill_scores {_SQLITE_COLUMNS} SELECT * FROM ({_sqlite_rows()}) "
    "WHERE NEW.status = 'completed';"
)
_SQLITE_STALE: Final = "INSERT INTO stale_candidates (user_id) VALUES ({row}.{column});"


def _differs(*columns: str) -> str:
    return " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)


SQLITE_TRIGGERS: Final[Mapping[str, str]] = {
    "skill_analytics_interview_insert": (
        "CREATE TRIGGER skill_analytics_interview_insert AFTER INSERT ON interviews BEGIN "
        # INSERT OR REPLACE removes a former row without a word.
        "INSERT INTO stale_candidates (user_id) SELECT DISTINCT user_id FROM skill_scores WHERE interview_id = NEW.id; "
        "DELETE FROM skill_scores WHERE interview_id = NEW.id; "
        f"{_SQLITE_WRITE} {_SQLITE_STALE.format(row='NEW', column='user_id')} END"
    ),
    "skill_analytics_interview_update": (
        "CREATE TRIGGER skill_analytics_interview_update "
        "AFTER UPDATE ON interviews "
        f"WHEN {_differs('id', 'user_id', 'status', 'feedback', 'completed_at', 'created_at')} "
        # Whether there is code decides what a quality of code counts for.
        f"OR NEW.status = 'completed' AND ({_differs('conversation_history', 'resume_context')}) BEGIN "
        f"DELETE FROM skill_scores WHERE interview_id = OLD.id; {_SQLITE_WRITE} "
        f"{_SQLITE_STALE.format(row='OLD', column='user_id')} {_SQLITE_STALE.format(row='NEW', column='user_id')} END"
    ),
    "skill_analytics_interview_delete": (
        "CREATE TRIGGER skill_analytics_interview_delete AFTER DELETE ON interviews BEGIN "
        "DELETE FROM skill_scores WHERE interview_id = OLD.id; "
        f"{_SQLITE_STALE.format(row='OLD', column='user_id')} END"
    ),
    "skill_analytics_user_insert": (
        "CREATE TRIGGER skill_analytics_user_insert AFTER INSERT ON users BEGIN "
        "INSERT INTO stale_candidates (user_id) SELECT user_id FROM candidate_summaries WHERE email = NEW.email; "
        f"{_SQLITE_STALE.format(row='NEW', column='id')} END"
    ),
    "skill_analytics_user_update": (
        "CREATE TRIGGER skill_analytics_user_update AFTER UPDATE ON users "
        f"WHEN {_differs('id', 'email', 'full_name', 'is_active')} BEGIN "
        f"{_SQLITE_STALE.format(row='OLD', column='id')} {_SQLITE_STALE.format(row='NEW', column='id')} END"
    ),
    "skill_analytics_user_delete": (
        "CREATE TRIGGER skill_analytics_user_delete AFTER DELETE ON users BEGIN "
        f"{_SQLITE_STALE.format(row='OLD', column='id')} END"
    ),
}
