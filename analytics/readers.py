"""SQL for PostgreSQL that reads scores out of the feedback JSON and keeps the narrow table exact.

The rules are those of `analytics.feedback.read_feedback`; a property test holds the three readers together, of which
SQLite's is `analytics.sqlite_readers`. Reading may meet anything a `json` column holds, and a trigger may never make
the platform's own write fail: every trigger function catches all errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from analytics.feedback import DEEPEST, PLATFORM_FAILURE
from analytics.schema import SCHEMA
from analytics.skills import SKILL_KEYS

# A number as written in JSON. Only what `double precision` refuses needs more than a cast: whether it is too large or
# too near zero is seen from the place of its first digit.
_POSTGRESQL_NUMBER: Final = f"""
CREATE OR REPLACE FUNCTION {SCHEMA}.read_number(written text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    part text[] := regexp_match(written, '^-?0*([0-9]*)[.]?([0-9]*)[eE]?([-+]?)0*([0-9]*)$');
    exponent numeric;
BEGIN
    RETURN written::double precision + 0.0;
EXCEPTION WHEN numeric_value_out_of_range THEN
    exponent := (part[3] || left('0' || part[4], 12))::numeric
        + CASE WHEN part[1] = '' THEN length(ltrim(part[2], '0')) - length(part[2]) - 1 ELSE length(part[1]) - 1 END;
    RETURN CASE
        WHEN exponent < 0 THEN 0
        WHEN left(written, 1) = '-' THEN '-Infinity'::double precision
        ELSE 'Infinity'::double precision
    END;
END $body$
"""

_SCORES: Final = (*SKILL_KEYS, "overall")
_WANTED: Final = (*(f"{key}_score" for key in _SCORES), "code_submissions_count", "weaknesses")
_KINDS: Final = ", ".join(f"coalesce(json_typeof(held.{key}_score), 'null')" for key in _SCORES)
# Most numbers are short and need no more than a cast.
_NUMBER: Final = f"""
                CASE WHEN json_typeof(held.{{key}}) IS DISTINCT FROM 'number' THEN NULL
                    WHEN held.{{key}}::text ~ '^[0-9]{{{{1,15}}}}([.][0-9]{{{{1,80}}}})?$'
                    THEN held.{{key}}::text::double precision
                    ELSE {SCHEMA}.read_number(held.{{key}}::text) END"""
_NUMBERS: Final = ",".join(_NUMBER.format(key=f"{key}_score") for key in _SCORES)

# A row counts once the interview is completed and holds feedback; before that its skills are pending. What counts is
# the platform's feedback or, where it is not written back, what the version that is shown serves instead of it.
_POSTGRESQL_READER: Final = rf"""
CREATE OR REPLACE FUNCTION {SCHEMA}.read_scores(feedback json)
RETURNS TABLE (skill text, state text, reason text, score double precision)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    -- An array holds its elements whole: so a compressed document is opened once, not for every look at it.
    document json := (ARRAY[feedback])[1];
    written text := document::text;
    openings integer;
    kinds text[];
    stored double precision[];
    codes double precision;
    weaknesses json;
    failed boolean;
    readable boolean := false;
    attempt integer;
    keys constant text[] := ARRAY['{"', '".join(SKILL_KEYS)}'];
BEGIN
    FOR attempt IN 1..2 LOOP
        BEGIN
            IF json_typeof(document) = 'null' THEN
                RETURN;
            END IF;
            IF json_typeof(document) <> 'object' THEN
                EXIT;
            END IF;
            openings := 2 * octet_length(written)
                - octet_length(replace(written, '[', '')) - octet_length(replace(written, '{{', ''));
            IF openings > {DEEPEST} THEN
                IF (SELECT max(depth) > {DEEPEST} FROM (
                    SELECT sum(CASE WHEN token[1] IN ('[', '{{') THEN 1 ELSE -1 END) OVER (ORDER BY place) AS depth
                    FROM regexp_matches(written, $re$"(?:[^"\\]|\\.)*"|([][{{}}])$re$, 'g')
                        WITH ORDINALITY AS found (token, place)
                    WHERE token[1] IS NOT NULL) AS walk)
                THEN
                    EXIT;
                END IF;
            END IF;
            -- One pass over the document; of a key that stands twice the last counts, as in every JSON parser in use.
            SELECT ARRAY[{_KINDS}], ARRAY[{_NUMBERS}],{_NUMBER.format(key="code_submissions_count")}, held.weaknesses
            INTO kinds, stored, codes, weaknesses
            FROM json_to_record(document) AS held ({", ".join(f"{key} json" for key in _WANTED)});
            failed := stored[1] = 0.5 AND stored[2] = 0.5 AND stored[3] = 0.5 AND stored[5] = 0.5
                AND json_typeof(weaknesses) = 'array';
            IF failed THEN
                failed := EXISTS (
                    SELECT FROM json_array_elements(weaknesses) AS said
                    WHERE json_typeof(said) = 'string' AND said #>> '{{}}' = '{PLATFORM_FAILURE}');
            END IF;
            readable := true;
            EXIT;
        EXCEPTION WHEN OTHERS THEN
            -- \u0000 and surrogates, which no text of PostgreSQL can hold; whatever stands for them is no key of ours.
            BEGIN
                document := regexp_replace(written,
                    $re$(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{{2}})$re$, $re$\1?$re$, 'g')::json;
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
        ELSIF place = 4 AND NOT coalesce(codes >= 1 AND codes < 1000000, false)
            AND (stored[4] = 0 OR kinds[4] = 'null')
        THEN
            state := 'not_assessed'; reason := 'no_code';
        ELSIF kinds[place] = 'null' THEN
            state := 'not_assessed'; reason := 'no_score';
        ELSIF stored[place] BETWEEN 0 AND 1 THEN
            state := 'scored'; reason := NULL; score := stored[place];
        ELSE
            state := 'failed'; reason := 'not_a_score';
        END IF;
        RETURN NEXT;
    END LOOP;
END $body$
"""

_POSTGRESQL_COLUMNS: Final = "(interview_id, skill, user_id, completed_at, state, reason, score)"
_POSTGRESQL_REPLACE: Final = """
ON CONFLICT (interview_id, skill) DO UPDATE SET user_id = excluded.user_id, completed_at = excluded.completed_at,
    state = excluded.state, reason = excluded.reason, score = excluded.score
WHERE (copy.user_id, copy.completed_at, copy.state, copy.reason, copy.score)
    IS DISTINCT FROM (excluded.user_id, excluded.completed_at, excluded.state, excluded.reason, excluded.score)
"""

# The usual feedback: four numbers from 0 to 1, the first of them not the mark of a failed model call, and a quality of
# code that either counts or stands for no code. Of these `read_scores` says the same, but a function of many
# expressions is dear: each of them is made ready anew in every transaction. Whatever else a document may be yields no
# row, or an error. `strict`, as a list of one number is no number; wide limits, as numbers are exact here.
_USUAL: Final = " && ".join(
    (
        *(f"$.{key}_score >= 0 && $.{key}_score <= 1" for key in SKILL_KEYS),
        "($.communication_score < 0.499999 || $.communication_score > 0.500001)",
        "($.code_quality_score > 0 || $.code_submissions_count == 0"
        " || $.code_submissions_count >= 1 && $.code_submissions_count < 1000)",
    )
)
_NO_CODE: Final = "$.code_quality_score == 0 && $.code_submissions_count == 0"
_SCORE: Final = "(held.document -> '{key}_score')::double precision"
# In `jsonb` a level of nesting takes at least eight bytes.
_SHALLOW_BYTES: Final = 8 * DEEPEST
_POSTGRESQL_USUAL: Final = f"""
INSERT INTO {SCHEMA}.skill_scores {_POSTGRESQL_COLUMNS}
SELECT NEW.id, read.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
    CASE WHEN read.score IS NULL THEN 'not_assessed' ELSE 'scored' END,
    CASE WHEN read.score IS NULL THEN 'no_code' END,
    read.score
FROM (SELECT NEW.feedback::jsonb AS document OFFSET 0) AS held,
    LATERAL (VALUES {", ".join(f"('{key}', {_SCORE.format(key=key)})" for key in SKILL_KEYS if key != "code_quality")},
        ('code_quality', CASE WHEN held.document @@ 'strict {_NO_CODE}' THEN NULL
            ELSE {_SCORE.format(key="code_quality")} END)) AS read (skill, score)
WHERE held.document @@ 'strict {_USUAL}' AND pg_column_size(held.document) <= {_SHALLOW_BYTES}
    AND NOT EXISTS (SELECT FROM {SCHEMA}.shown_versions AS shown WHERE shown.interview_id = NEW.id);
"""

# SECURITY DEFINER, so that the platform's role needs no rights on our tables; fixed search_path, so that nobody can put
# a function of theirs in the way; lock_timeout, so that the platform never waits long for us. What the platform does
# most, giving an interview its first feedback, is one condition and two statements. What fails there is done once more
# in the thorough way; what fails then is reported, and read again later.
_POSTGRESQL_INTERVIEW_TRIGGER: Final = f"""
CREATE OR REPLACE FUNCTION {SCHEMA}.follow_interview() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $body$
DECLARE
    thorough boolean := false;
    counts json;
    served json;
BEGIN
    LOOP
        BEGIN
            -- Of an interview that is inserted, nothing is known of before: not false, so it is its first feedback too.
            -- The size is looked at here, as a plan made for one document opens it whatever stands beside it.
            IF NEW.status = 'completed' AND NOT thorough AND pg_column_size(NEW.feedback) <= {_SHALLOW_BYTES} AND (
                (OLD.status <> 'completed' OR OLD.feedback IS NULL) AND OLD.user_id = NEW.user_id AND OLD.id = NEW.id
            ) IS NOT FALSE THEN
                {_POSTGRESQL_USUAL.strip()}
                IF FOUND THEN
                    INSERT INTO {SCHEMA}.stale_candidates (user_id) VALUES (NEW.user_id);
                    RETURN NULL;
                END IF;
            END IF;
            IF OLD.status = 'completed' OR TG_OP = 'DELETE' THEN
                DELETE FROM {SCHEMA}.skill_scores WHERE interview_id = OLD.id;
            END IF;
            IF NEW.status = 'completed' THEN
                -- An array holds its elements whole: so a compressed document is opened once.
                counts := (ARRAY[NEW.feedback])[1];
                SELECT shown.served::json INTO served FROM {SCHEMA}.shown_versions AS shown
                WHERE shown.interview_id = NEW.id AND shown.replaces = coalesce(counts::text, 'null');
                counts := coalesce(served, counts);
                -- Completed without scores is reported by its id: so others need not be looked at.
                EXIT WHEN counts IS NULL;
                INSERT INTO {SCHEMA}.skill_scores AS copy {_POSTGRESQL_COLUMNS}
                SELECT NEW.id, read.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
                    read.state, read.reason, read.score
                FROM {SCHEMA}.read_scores(counts) AS read
                {_POSTGRESQL_REPLACE};
                EXIT WHEN NOT FOUND;
            END IF;
            INSERT INTO {SCHEMA}.stale_candidates (user_id) VALUES (coalesce(NEW.user_id, OLD.user_id));
            IF OLD.user_id <> NEW.user_id OR OLD.id <> NEW.id THEN
                INSERT INTO {SCHEMA}.stale_candidates (user_id) VALUES (OLD.user_id);
            END IF;
            RETURN NULL;
        EXCEPTION WHEN OTHERS OR query_canceled THEN
            -- A back-fill may have written the same rows; a NUL in a text, and what is nested deeper than the stack
            -- allows, are read in the thorough way only.
            IF thorough OR SQLSTATE !~ '^(22|23505|54)' THEN
                -- The platform's write matters more than our copy.
                RAISE LOG 'skill_analytics could not follow interview %: %', coalesce(NEW.id, OLD.id), SQLERRM;
                EXIT;
            END IF;
            thorough := true;
        END;
    END LOOP;
    BEGIN
        INSERT INTO {SCHEMA}.stale_candidates (user_id, interview_id)
        SELECT DISTINCT told.user_id, told.id
        FROM (VALUES (NEW.user_id, NEW.id), (OLD.user_id, OLD.id)) AS told (user_id, id) WHERE told.id IS NOT NULL;
    EXCEPTION WHEN OTHERS OR query_canceled THEN
        RAISE LOG 'skill_analytics could not report interview %: %', coalesce(NEW.id, OLD.id), SQLERRM;
    END;
    RETURN NULL;
END $body$
"""

_POSTGRESQL_USER_TRIGGER: Final = f"""
CREATE OR REPLACE FUNCTION {SCHEMA}.follow_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $body$
BEGIN
    INSERT INTO {SCHEMA}.stale_candidates (user_id)
    SELECT changed.id FROM (SELECT OLD.id UNION SELECT NEW.id) AS changed (id) WHERE changed.id IS NOT NULL;
    RETURN NULL;
EXCEPTION WHEN OTHERS OR query_canceled THEN
    RAISE LOG 'skill_analytics could not follow user %: %', coalesce(NEW.id, OLD.id), SQLERRM;
    RETURN NULL;
END $body$
"""

_POSTGRESQL_EMPTIED_TRIGGER: Final = f"""
CREATE OR REPLACE FUNCTION {SCHEMA}.follow_emptying() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $body$
BEGIN
    DELETE FROM {SCHEMA}.skill_scores;
    INSERT INTO {SCHEMA}.stale_candidates (user_id) SELECT user_id FROM {SCHEMA}.candidate_summaries;
    RETURN NULL;
EXCEPTION WHEN OTHERS OR query_canceled THEN
    RAISE LOG 'skill_analytics could not follow the emptying of %: %', TG_TABLE_NAME, SQLERRM;
    RETURN NULL;
END $body$
"""

# In the order they are created in: each calls only those before it.
POSTGRESQL_FUNCTIONS: Final[Mapping[str, str]] = {
    "read_number": _POSTGRESQL_NUMBER,
    "read_scores": _POSTGRESQL_READER,
    "follow_interview": _POSTGRESQL_INTERVIEW_TRIGGER,
    "follow_user": _POSTGRESQL_USER_TRIGGER,
    "follow_emptying": _POSTGRESQL_EMPTIED_TRIGGER,
}

# Written as `pg_get_triggerdef` gives them back, so that one that is there can be told from one that is not as it
# should be. Only a table's owner may drop a trigger: what may change belongs into the functions.
POSTGRESQL_TRIGGERS: Final[Mapping[str, str]] = {
    "skill_analytics_interviews": (
        "CREATE TRIGGER skill_analytics_interviews AFTER INSERT OR DELETE "
        "OR UPDATE OF id, user_id, status, feedback, completed_at, created_at ON interviews "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.follow_interview()"
    ),
    "skill_analytics_interviews_emptied": (
        "CREATE TRIGGER skill_analytics_interviews_emptied AFTER TRUNCATE ON interviews "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.follow_emptying()"
    ),
    "skill_analytics_users": (
        "CREATE TRIGGER skill_analytics_users AFTER INSERT OR DELETE "
        "OR UPDATE OF id, email, full_name, is_active ON users "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.follow_user()"
    ),
}

# CASE, so that no text is made of the feedback of interviews that show no version of ours.
_POSTGRESQL_READ: Final = f"""
SELECT interviews.id, read.skill, interviews.user_id, coalesce(interviews.completed_at, interviews.created_at),
    read.state, read.reason, read.score
FROM interviews LEFT JOIN {SCHEMA}.shown_versions AS shown ON shown.interview_id = interviews.id,
    LATERAL (SELECT CASE WHEN shown.replaces IS NULL THEN interviews.feedback
        WHEN shown.replaces = coalesce(interviews.feedback::text, 'null') THEN shown.served::json
        ELSE interviews.feedback END AS feedback) AS counts,
    LATERAL {SCHEMA}.read_scores(counts.feedback) AS read
WHERE interviews.status = 'completed' AND counts.feedback IS NOT NULL
"""

# What a trigger has written meanwhile is newer, and stays.
POSTGRESQL_BACK_FILL: Final = f"""
INSERT INTO {SCHEMA}.skill_scores {_POSTGRESQL_COLUMNS}
{_POSTGRESQL_READ} AND interviews.id > :after AND interviews.id <= :upto
ON CONFLICT (interview_id, skill) DO NOTHING
"""

# One statement, so that all of it sees the same moment. Gives the candidate and the interview of every row it changed.
POSTGRESQL_CORRECTION: Final = f"""
WITH wanted {_POSTGRESQL_COLUMNS} AS MATERIALIZED (
    {_POSTGRESQL_READ} AND interviews.id = ANY(:interview_ids)
), removed AS (
    DELETE FROM {SCHEMA}.skill_scores AS copy
    WHERE copy.interview_id = ANY(:interview_ids) AND NOT EXISTS (
        SELECT FROM wanted WHERE wanted.interview_id = copy.interview_id AND wanted.skill = copy.skill)
    RETURNING copy.user_id, copy.interview_id
), written AS (
    INSERT INTO {SCHEMA}.skill_scores AS copy {_POSTGRESQL_COLUMNS} SELECT * FROM wanted
    {_POSTGRESQL_REPLACE}
    RETURNING copy.user_id, copy.interview_id
)
SELECT user_id, interview_id FROM removed UNION SELECT user_id, interview_id FROM written
"""

# Interviews that have rows and should not, or should and have none. JSON null is the one feedback without rows; its
# size tells it from documents that would take long to open.
POSTGRESQL_ASTRAY: Final = f"""
SELECT interviews.id FROM interviews
WHERE interviews.status = 'completed' AND interviews.feedback IS NOT NULL
    AND NOT EXISTS (SELECT FROM {SCHEMA}.skill_scores AS copy WHERE copy.interview_id = interviews.id)
    AND json_typeof(interviews.feedback) <> 'null'
UNION ALL
SELECT copy.interview_id FROM {SCHEMA}.skill_scores AS copy
LEFT JOIN {SCHEMA}.shown_versions AS shown ON shown.interview_id = copy.interview_id AND shown.replaces = 'null'
LEFT JOIN interviews ON interviews.id = copy.interview_id
    AND interviews.status = 'completed' AND (interviews.feedback IS NOT NULL
    AND CASE WHEN pg_column_size(interviews.feedback) < 64 THEN json_typeof(interviews.feedback) <> 'null' ELSE true END
    OR shown.interview_id IS NOT NULL)
WHERE copy.skill = 'communication' AND interviews.id IS NULL
"""
