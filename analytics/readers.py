"""SQL that reads scores out of the feedback JSON and keeps the narrow table exact, for both databases.

The rules are those of `analytics.feedback.read_feedback`; a property test holds the three readers together. Reading may
meet anything a `json` column holds, and a trigger may never make the platform's own write fail: in PostgreSQL every
trigger function catches all errors, in SQLite the statements are built only from functions that cannot raise on the
values they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analytics.feedback import PLATFORM_FAILURE
from analytics.schema import SCHEMA

# A row counts once the interview is completed and holds feedback; before that its skills are pending.
_POSTGRESQL_READER: Final = rf"""
CREATE OR REPLACE FUNCTION {SCHEMA}.read_scores(feedback json)
RETURNS TABLE (skill text, state text, reason text, score double precision)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    document json := feedback;
    kinds text[];
    stored double precision[];
    codes double precision;
    failed boolean;
    readable boolean := false;
    attempt integer;
    keys constant text[] := ARRAY['communication', 'technical', 'problem_solving', 'code_quality', 'overall'];
BEGIN
    FOR attempt IN 1..2 LOOP
        BEGIN
            IF json_typeof(document) = 'null' THEN
                RETURN;
            END IF;
            IF json_typeof(document) <> 'object' THEN
                EXIT;
            END IF;
            -- One pass over the document; of a key that stands twice the last counts, as in every JSON parser in use.
            WITH last_of AS (
                SELECT DISTINCT ON (pair.key) pair.key, pair.value, json_typeof(pair.value) AS kind
                FROM json_each(document) WITH ORDINALITY AS pair (key, value, place)
                WHERE pair.key IN ('communication_score', 'technical_score', 'problem_solving_score',
                    'code_quality_score', 'overall_score', 'code_submissions_count', 'weaknesses')
                ORDER BY pair.key, pair.place DESC
            ), numbers AS (
                SELECT key, kind,
                    CASE WHEN kind = 'number' AND length(value::text) < 400 THEN (value #>> '{{}}')::numeric END AS n
                FROM last_of
            )
            SELECT
                array_agg(coalesce(numbers.kind, 'null') ORDER BY wanted.place),
                array_agg(CASE
                    WHEN numbers.n IS NULL OR numbers.n < 0 THEN NULL
                    WHEN numbers.n < 2.5e-324 THEN 0
                    WHEN numbers.n < 2 THEN numbers.n::double precision
                END ORDER BY wanted.place),
                (SELECT CASE WHEN numbers.n >= 1 AND numbers.n < 1000000 THEN 1 ELSE 0 END
                    FROM numbers WHERE numbers.key = 'code_submissions_count')
            INTO kinds, stored, codes
            FROM unnest(keys) WITH ORDINALITY AS wanted (key, place)
            LEFT JOIN numbers ON numbers.key = wanted.key || '_score';
            failed := stored[1] = 0.5 AND stored[2] = 0.5 AND stored[3] = 0.5 AND stored[5] = 0.5;
            IF failed THEN
                failed := EXISTS (
                    SELECT FROM json_each(document) WITH ORDINALITY AS pair (key, value, place),
                        json_array_elements(CASE WHEN json_typeof(pair.value) = 'array' THEN pair.value END) AS said
                    WHERE pair.key = 'weaknesses' AND json_typeof(said) = 'string'
                        AND said #>> '{{}}' = '{PLATFORM_FAILURE}'
                        AND pair.place = (SELECT max(other.place)
                            FROM json_each(document) WITH ORDINALITY AS other (key, value, place)
                            WHERE other.key = 'weaknesses'));
            END IF;
            readable := true;
            EXIT;
        EXCEPTION WHEN OTHERS THEN
            -- \u0000 and surrogates, which no text of PostgreSQL can hold; they are of no use to a score.
            BEGIN
                document := regexp_replace(feedback::text,
                    '(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{{2}})', '\1', 'g')::json;
            EXCEPTION WHEN OTHERS THEN
                EXIT;
            END;
        END;
    END LOOP;
    FOR place IN 1..4 LOOP
        skill := keys[place];
        score := NULL;
        IF NOT readable THEN
            state := 'failed'; reason := 'unreadable';
        ELSIF failed AND place < 4 THEN
            state := 'failed'; reason := 'platform_failed';
        ELSIF place = 4 AND coalesce(codes, 0) = 0 AND (stored[4] = 0 OR kinds[4] = 'null') THEN
            state := 'not_assessed'; reason := 'no_code';
        ELSIF kinds[place] = 'null' THEN
            state := 'not_assessed'; reason := 'no_score';
        ELSIF stored[place] IS NULL OR stored[place] > 1 THEN
            state := 'failed'; reason := 'not_a_score';
        ELSE
            state := 'scored'; reason := NULL; score := stored[place];
        END IF;
        RETURN NEXT;
    END LOOP;
END $body$
"""

# SECURITY DEFINER, so that the platform's role needs no rights on our tables; fixed search_path, so that nobody can put
# a function of theirs in the way.
_POSTGRESQL_INTERVIEW_TRIGGER: Final = f"""
CREATE OR REPLACE FUNCTION {SCHEMA}.follow_interview() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status = 'completed' AND NEW.feedback IS NOT NULL THEN
            INSERT INTO {SCHEMA}.skill_scores (interview_id, skill, user_id, completed_at, state, reason, score)
            SELECT NEW.id, read.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
                read.state, read.reason, read.score
            FROM {SCHEMA}.read_scores(NEW.feedback) AS read
            ON CONFLICT (interview_id, skill) DO UPDATE SET user_id = excluded.user_id,
                completed_at = excluded.completed_at, state = excluded.state, reason = excluded.reason,
                score = excluded.score;
        END IF;
    ELSE
        DELETE FROM {SCHEMA}.skill_scores WHERE interview_id = OLD.id;
        IF TG_OP = 'UPDATE' AND NEW.status = 'completed' AND NEW.feedback IS NOT NULL THEN
            INSERT INTO {SCHEMA}.skill_scores (interview_id, skill, user_id, completed_at, state, reason, score)
            SELECT NEW.id, read.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
                read.state, read.reason, read.score
            FROM {SCHEMA}.read_scores(NEW.feedback) AS read;
        END IF;
        INSERT INTO {SCHEMA}.stale_candidates (user_id) VALUES (OLD.user_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO {SCHEMA}.stale_candidates (user_id) VALUES (NEW.user_id);
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    -- The platform's write matters more than our copy; `setup --check` finds what is missing.
    RAISE LOG 'skill_analytics could not follow interview %: %', coalesce(NEW.id, OLD.id), SQLERRM;
    RETURN NULL;
END $body$
"""

_POSTGRESQL_USER_TRIGGER: Final = f"""
CREATE OR REPLACE FUNCTION {SCHEMA}.follow_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    INSERT INTO {SCHEMA}.stale_candidates (user_id) VALUES (coalesce(NEW.id, OLD.id));
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'skill_analytics could not follow user %: %', coalesce(NEW.id, OLD.id), SQLERRM;
    RETURN NULL;
END $body$
"""

POSTGRESQL_FUNCTIONS: Final[Mapping[str, str]] = {
    "read_scores": _POSTGRESQL_READER,
    "follow_interview": _POSTGRESQL_INTERVIEW_TRIGGER,
    "follow_user": _POSTGRESQL_USER_TRIGGER,
}

POSTGRESQL_TRIGGERS: Final[Mapping[str, str]] = {
    "skill_analytics_interviews": (
        "CREATE TRIGGER skill_analytics_interviews AFTER INSERT OR DELETE "
        "OR UPDATE OF id, user_id, status, feedback, completed_at, created_at ON interviews "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.follow_interview()"
    ),
    "skill_analytics_users": (
        "CREATE TRIGGER skill_analytics_users AFTER INSERT OR DELETE "
        "OR UPDATE OF id, email, full_name, is_active ON users "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.follow_user()"
    ),
}

POSTGRESQL_BACK_FILL: Final = f"""
INSERT INTO {SCHEMA}.skill_scores (interview_id, skill, user_id, completed_at, state, reason, score)
SELECT interviews.id, read.skill, interviews.user_id, coalesce(interviews.completed_at, interviews.created_at),
    read.state, read.reason, read.score
FROM interviews, LATERAL {SCHEMA}.read_scores(interviews.feedback) AS read
WHERE interviews.id > :after AND interviews.id <= :upto
    AND interviews.status = 'completed' AND interviews.feedback IS NOT NULL
ON CONFLICT (interview_id, skill) DO NOTHING
"""


def _sqlite_rows() -> str:
    """Build the rows of `skill_scores` for the interview a trigger fired on.

    `json_each` is only ever given a valid object. Python writes NaN and Infinity, which are no JSON: they are quoted
    first, so that one of them costs its own skill and not the other three.
    """
    feedback = "CAST(NEW.feedback AS TEXT)"
    quoted = feedback
    for word in ("NaN", "-Infinity", "Infinity"):
        quoted = f"replace({quoted}, ': {word}', ': \"{word}\"')"
    pair = "SELECT pair.{what} FROM json_each(document) AS pair WHERE pair.key = {key} ORDER BY pair.id DESC LIMIT 1"
    kind = pair.format(what="type", key="keys.skill || '_score'")
    value = pair.format(what="value", key="keys.skill || '_score'")
    count_kind = pair.format(what="type", key="'code_submissions_count'")
    count = pair.format(what="value", key="'code_submissions_count'")
    half = " AND ".join(
        "(SELECT pair.type = 'real' AND pair.value = 0.5 FROM json_each(document) AS pair "
        f"WHERE pair.key = '{key}_score' ORDER BY pair.id DESC LIMIT 1)"
        for key in ("overall", "communication", "technical", "problem_solving")
    )
    weaknesses = (
        "SELECT pair.value FROM json_each(document) AS pair "
        "WHERE pair.key = 'weaknesses' AND pair.type = 'array' AND pair.id = "
        "(SELECT max(other.id) FROM json_each(document) AS other WHERE other.key = 'weaknesses')"
    )
    said = (
        f"SELECT 1 FROM json_each(coalesce(({weaknesses}), '[]')) AS said "
        f"WHERE said.type = 'text' AND said.value = '{PLATFORM_FAILURE}'"
    )
    return f"""
SELECT NEW.id, judged.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
    CASE WHEN judged.reason IS NULL THEN 'scored'
        WHEN judged.reason IN ('no_code', 'no_score') THEN 'not_assessed' ELSE 'failed' END,
    judged.reason,
    CASE WHEN judged.reason IS NULL THEN judged.value + 0.0 END
FROM (
    SELECT told.skill, told.value, CASE
        WHEN NOT told.readable THEN 'unreadable'
        WHEN told.failed AND told.skill <> 'code_quality' THEN 'platform_failed'
        WHEN told.skill = 'code_quality' AND NOT told.coded
            AND (told.kind = 'null' OR (told.numeric AND told.value = 0)) THEN 'no_code'
        WHEN told.kind = 'null' THEN 'no_score'
        WHEN NOT told.numeric OR told.value < 0 OR told.value > 1 THEN 'not_a_score'
        END AS reason
    FROM (
        SELECT keys.skill, opened.readable,
            coalesce(({kind}), 'null') AS kind,
            coalesce(({kind}) IN ('integer', 'real'), 0) AS numeric,
            ({value}) AS value,
            coalesce(({count_kind}) IN ('integer', 'real') AND ({count}) >= 1 AND ({count}) < 1000000, 0) AS coded,
            coalesce({half}, 0) AND EXISTS ({said}) AS failed
        FROM (
            SELECT coalesce(json_type(text) = 'object', 0) AS readable,
                coalesce(json_type(text) = 'null', 0) AS empty,
                CASE WHEN json_type(text) = 'object' THEN text ELSE '{{}}' END AS document
            FROM (
                SELECT CASE WHEN json_valid({feedback}) THEN {feedback}
                    WHEN json_valid({quoted}) THEN {quoted} END AS text
            )
        ) AS opened, (
            SELECT 'communication' AS skill UNION ALL SELECT 'technical'
            UNION ALL SELECT 'problem_solving' UNION ALL SELECT 'code_quality'
        ) AS keys
        WHERE NOT opened.empty
    ) AS told
) AS judged
"""


_SQLITE_COLUMNS: Final = "(interview_id, skill, user_id, completed_at, state, reason, score)"
_SQLITE_WRITE: Final = (
    f"INSERT OR REPLACE INTO skill_scores {_SQLITE_COLUMNS} SELECT * FROM ({_sqlite_rows()}) "
    "WHERE NEW.status = 'completed' AND NEW.feedback IS NOT NULL;"
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
        f"{_SQLITE_STALE.format(row='NEW', column='id')} END"
    ),
    "skill_analytics_user_delete": (
        "CREATE TRIGGER skill_analytics_user_delete AFTER DELETE ON users BEGIN "
        f"{_SQLITE_STALE.format(row='OLD', column='id')} END"
    ),
}
