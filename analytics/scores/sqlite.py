"""SQL for SQLite that reads scores out of the feedback JSON and keeps the narrow table exact.

The rules are those of `analytics.feedback.read_feedback`, as in `analytics.readers`. A trigger may never make the
platform's own write fail, so the statements are built only from functions that cannot raise on what they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analytics.feedback import PLATFORM_FAILURE


def _sqlite_rows() -> str:
    """Build the rows of `skill_scores` for the interview a trigger fired on; none without any feedback.

    `json_each` is only ever given a valid object. SQLite ends a text at its first NUL, so that one is replaced. Python
    writes NaN and Infinity, which are no JSON: they are quoted first, so that one of them costs its own skill and not
    the other three. A document where the same words also stand in a text, after a colon, cannot be helped so and is
    unreadable.
    """
    quoted = feedback = "counts.feedback"
    for before in (": ", ", ", "["):
        for word in ("NaN", "-Infinity", "Infinity"):
            quoted = f"replace({quoted}, '{before}{word}', '{before}\"{word}\"')"
    scores = ("communication", "technical", "problem_solving", "code_quality", "overall")
    wanted = (*(f"{key}_score" for key in scores), "code_submissions_count", "weaknesses")
    pivoted = ", ".join(
        f"max(CASE last.key WHEN '{key}' THEN last.{what} END) AS {key}_{what}"
        for key in wanted
        for what in ("type", "value")
    )
    of_skill = {
        what: "CASE keys.skill " + " ".join(f"WHEN '{key}' THEN told.{key}_score_{what}" for key in scores[:4]) + " END"
        for what in ("type", "value")
    }
    half = " AND ".join(
        f"coalesce(told.{key}_score_type = 'real' AND told.{key}_score_value = 0.5, 0)"
        for key in scores
        if key != "code_quality"
    )
    return f"""
SELECT NEW.id, judged.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
    CASE WHEN judged.reason IS NULL THEN 'scored'
        WHEN judged.reason IN ('no_code', 'no_score') THEN 'not_assessed' ELSE 'failed' END,
    judged.reason,
    CASE WHEN judged.reason IS NULL THEN judged.value + 0.0 END
FROM (
    SELECT one.skill, one.value, CASE
        WHEN NOT one.readable THEN 'unreadable'
        WHEN one.failed AND one.skill <> 'code_quality' THEN 'platform_failed'
        WHEN one.skill = 'code_quality' AND NOT one.coded
            AND (one.type = 'null' OR (one.type IN ('integer', 'real') AND one.value = 0)) THEN 'no_code'
        WHEN one.type = 'null' THEN 'no_score'
        WHEN one.type NOT IN ('integer', 'real') OR one.value < 0 OR one.value > 1 THEN 'not_a_score'
        END AS reason
    FROM (
        SELECT keys.skill, told.readable,
            coalesce({of_skill["type"]}, 'null') AS type, {of_skill["value"]} AS value,
            coalesce(told.code_submissions_count_type IN ('integer', 'real')
                AND told.code_submissions_count_value >= 1
                AND told.code_submissions_count_value < 1000000, 0) AS coded,
            {half} AND EXISTS (
                SELECT 1 FROM json_each(CASE told.weaknesses_type WHEN 'array' THEN told.weaknesses_value ELSE '[]' END)
                    AS said
                WHERE said.type = 'text' AND said.value = '{PLATFORM_FAILURE}') AS failed
        FROM (
            SELECT max(last.readable) AS readable, {pivoted}
            FROM (
                SELECT opened.readable, pair.key, pair.type, pair.value, max(pair.id)
                FROM (
                    SELECT coalesce(json_type(text) = 'object', 0) AS readable,
                        coalesce(json_type(text) = 'null', 0) AS empty,
                        CASE WHEN json_type(text) = 'object' THEN text ELSE '{{}}' END AS document
                    FROM (
                        SELECT CASE WHEN json_valid({feedback}) THEN {feedback}
                            WHEN json_valid({quoted}) THEN {quoted} END AS text
                        FROM (
                            SELECT replace(coalesce((
                                SELECT served FROM shown_versions AS shown
                                WHERE shown.interview_id = NEW.id
                                    AND shown.replaces = coalesce(CAST(NEW.feedback AS TEXT), 'null')
                            ), CAST(NEW.feedback AS TEXT)), '\\u0000', '\\ufffd') AS feedback
                        ) AS counts
                        WHERE counts.feedback IS NOT NULL
                    )
                ) AS opened
                LEFT JOIN json_each(opened.document) AS pair ON pair.key IN {wanted}
                WHERE NOT opened.empty
                GROUP BY pair.key
            ) AS last
        ) AS told, (
            SELECT 'communication' AS skill UNION ALL SELECT 'technical'
            UNION ALL SELECT 'problem_solving' UNION ALL SELECT 'code_quality'
        ) AS keys
        WHERE told.readable IS NOT NULL
    ) AS one
) AS judged
"""


_SQLITE_COLUMNS: Final = "(interview_id, skill, user_id, completed_at, state, reason, score)"
_SQLITE_WRITE: Final = (
    f"INSERT OR REPLACE INTO skill_scores {_SQLITE_COLUMNS} SELECT * FROM ({_sqlite_rows()}) "
    "WHERE NEW.status = 'completed';"
)
_SQLITE_STALE: Final = "INSERT INTO stale_candidates (user_id) VALUES ({row}.{column});"

SQLITE_TRIGGERS: Final[Mapping[str, str]] = {
    "skill_analytics_interview_insert": (
        "CREATE TRIGGER skill_analytics_interview_insert AFTER INSERT ON interviews BEGIN "
        f"{_SQLITE_WRITE} {_SQLITE_STALE.format(row='NEW', column='user_id')} END"
    ),
    "skill_analytics_interview_update": (
        "CREATE TRIGGER skill_analytics_interview_update "
        "AFTER UPDATE OF id, user_id, status, feedback, completed_at, created_at ON interviews BEGIN "
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
        f"{_SQLITE_STALE.format(row='NEW', column='id')} END"
    ),
    "skill_analytics_user_update": (
        "CREATE TRIGGER skill_analytics_user_update AFTER UPDATE OF id, email, full_name, is_active ON users BEGIN "
        f"{_SQLITE_STALE.format(row='OLD', column='id')} {_SQLITE_STALE.format(row='NEW', column='id')} END"
    ),
    "skill_analytics_user_delete": (
        "CREATE TRIGGER skill_analytics_user_delete AFTER DELETE ON users BEGIN "
        f"{_SQLITE_STALE.format(row='OLD', column='id')} END"
    ),
}
