"""SQL for PostgreSQL that extracts scores from the feedback JSON and keeps the narrow table exact.

The rules are those of `interviewlab.feedback.read_feedback`; a property test holds the three readers together, of which
SQLite's is `scores.sqlite`. Reading may meet anything a `json` column holds, and a trigger may never make the
platform's own write fail: every trigger function catches all errors. The statements stand in `sql/postgresql/`; what
depends on the skills is filled in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from analytics.database.schema import SCHEMA
from analytics.interviewlab.conversation import SANDBOX
from analytics.interviewlab.feedback import DEEPEST, FAILED_TOGETHER, PLATFORM_FAILURE
from analytics.scores.sql_file import read_sql
from analytics.skills import CODE_KEYS, SKILL_KEYS

_SCORES: Final = (*SKILL_KEYS, "overall")
# Where these stand in an array of all scores.
_FAILED_PLACES: Final = sorted(_SCORES.index(key) + 1 for key in FAILED_TOGETHER)
_FIELDS: Final = (*(f"{key}_score" for key in _SCORES), "code_submissions_count", "weaknesses")


def _number(key: str) -> str:
    # Most numbers are short and need no more than a cast.
    return f"""
                CASE WHEN json_typeof(held.{key}) IS DISTINCT FROM 'number' THEN NULL
                    WHEN held.{key}::text ~ '^[0-9]{{1,15}}([.][0-9]{{1,80}})?$'
                    THEN held.{key}::text::double precision
                    ELSE {SCHEMA}.read_number(held.{key}::text) END"""


def _usual_path() -> str:
    """Write the condition on a usual feedback as a path.

    It holds four numbers from 0 to 1, the first of them not the mark of a failed model call, and a quality of code that
    either counts or stands for no code. Of these `read_scores` says the same, but a function of many expressions is
    dear: each of them is made ready anew in every transaction. Whatever else a document may be yields no row, or an
    error. `strict`, as a list of one number is no number; wide limits, as numbers are exact here.
    """
    conditions = [f"$.{key}_score >= 0 && $.{key}_score <= 1" for key in SKILL_KEYS]
    conditions.append("($.communication_score < 0.499999 || $.communication_score > 0.500001)")
    conditions += [
        f"($.{key}_score == 0 && $.code_submissions_count == 0"
        " || $.code_submissions_count >= 1 && $.code_submissions_count < 1000)"
        for key in CODE_KEYS
    ]
    return " && ".join(conditions)


def _usual_scores() -> str:
    """Write the rows of a usual feedback."""
    scores = {key: f"(held.document -> '{key}_score')::double precision" for key in SKILL_KEYS}
    others = ", ".join(f"('{key}', {score})" for key, score in scores.items() if key not in CODE_KEYS)
    codes = ", ".join(
        f"""('{key}', CASE WHEN held.document @@ 'strict $.{key}_score == 0 && $.code_submissions_count == 0' THEN NULL
            ELSE {scores[key]} END)"""
        for key in CODE_KEYS
    )
    return f"{others},\n        {codes}"


# In `jsonb` a level of nesting takes at least eight bytes.
_SHALLOW_BYTES: Final = 8 * DEEPEST
_read = partial(read_sql, schema=SCHEMA)
_REPLACE_CHANGED: Final = _read("postgresql/replace_changed")

# In the order they are created in: each calls only those before it.
POSTGRESQL_FUNCTIONS: Final[Mapping[str, str]] = {
    "read_number": _read("postgresql/read_number"),
    "is_too_deep": _read("postgresql/is_too_deep", deepest=DEEPEST),
    "holds_code": _read("postgresql/holds_code", sandbox=SANDBOX),
    "read_scores": _read(
        "postgresql/read_scores",
        keys="', '".join(SKILL_KEYS),
        skill_count=len(SKILL_KEYS),
        kinds=", ".join(f"coalesce(json_typeof(held.{key}_score), 'null')" for key in _SCORES),
        numbers=",".join(_number(f"{key}_score") for key in _SCORES),
        code_count=_number("code_submissions_count"),
        record=", ".join(f"{key} json" for key in _FIELDS),
        failed=" AND ".join(f"stored[{place}] = 0.5" for place in _FAILED_PLACES),
        failed_places=", ".join(str(place) for place in _FAILED_PLACES if place <= len(SKILL_KEYS)),
        code_places=", ".join(str(_SCORES.index(key) + 1) for key in CODE_KEYS),
        platform_failure=PLATFORM_FAILURE,
    ),
    "follow_interview": _read(
        "postgresql/follow_interview",
        shallow_bytes=_SHALLOW_BYTES,
        usual_feedback=_read(
            "postgresql/usual_feedback",
            usual_scores=_usual_scores(),
            usual_path=_usual_path(),
            shallow_bytes=_SHALLOW_BYTES,
        ),
        replace_changed=_REPLACE_CHANGED,
    ),
    "follow_user": _read("postgresql/follow_user"),
    "follow_emptying": _read("postgresql/follow_emptying"),
}

# Written as `pg_get_triggerdef` gives them back, so that one that is there can be told from one that is not as it
# should be. They name no columns, which the platform could not alter or drop then: the functions compare. Only a
# table's owner may drop a trigger, so what may change belongs into the functions.
POSTGRESQL_TRIGGERS: Final[Mapping[str, str]] = {
    "skill_analytics_interviews": (
        "CREATE TRIGGER skill_analytics_interviews AFTER INSERT OR DELETE OR UPDATE ON interviews "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.follow_interview()"
    ),
    "skill_analytics_interviews_emptied": (
        "CREATE TRIGGER skill_analytics_interviews_emptied AFTER TRUNCATE ON interviews "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.follow_emptying()"
    ),
    "skill_analytics_users": (
        "CREATE TRIGGER skill_analytics_users AFTER INSERT OR DELETE OR UPDATE ON users "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.follow_user()"
    ),
}

_READ_INTERVIEWS: Final = _read("postgresql/read_interviews")
POSTGRESQL_BACK_FILL: Final = _read("postgresql/back_fill", read_interviews=_READ_INTERVIEWS)
POSTGRESQL_CORRECTION: Final = _read(
    "postgresql/correction", read_interviews=_READ_INTERVIEWS, replace_changed=_REPLACE_CHANGED
)
POSTGRESQL_ASTRAY: Final = _read("postgresql/astray", first_skill=SKILL_KEYS[0])
