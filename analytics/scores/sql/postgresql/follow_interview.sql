-- SECURITY DEFINER, so that the platform's role needs no rights on our tables; fixed search_path, so that nobody can put
-- a function of theirs in the way; lock_timeout, so that the platform never waits long for us. What the platform does
-- most, giving an interview its first feedback, is one condition and two statements. What fails there is done once more
-- in the thorough way; what fails then is reported, and read again later.
CREATE OR REPLACE FUNCTION {{ schema }}.follow_interview() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' SET timezone = 'UTC' AS $body$
-- The zone is for columns without one, which are in UTC whatever the session of the platform has set.
DECLARE
    thorough boolean := false;
    counts json;
    served json;
BEGIN
    LOOP
        BEGIN
            IF TG_OP = 'UPDATE' AND (NEW.id, NEW.user_id, NEW.status, NEW.completed_at, NEW.created_at)
                IS NOT DISTINCT FROM (OLD.id, OLD.user_id, OLD.status, OLD.completed_at, OLD.created_at)
                AND NEW.feedback::text IS NOT DISTINCT FROM OLD.feedback::text
                -- Whether there is code decides what a quality of code counts for.
                AND (NEW.status <> 'completed' OR (NEW.conversation_history::text, NEW.resume_context::text)
                    IS NOT DISTINCT FROM (OLD.conversation_history::text, OLD.resume_context::text)
                    OR {{ schema }}.holds_code(NEW.conversation_history::json, NEW.resume_context::json)
                    = {{ schema }}.holds_code(OLD.conversation_history::json, OLD.resume_context::json)) THEN
                RETURN NULL;
            END IF;
            -- Of an interview that is inserted, nothing is known of before: not false, so it is its first feedback too.
            -- The size is looked at here, as a plan made for one document opens it whatever stands beside it.
            IF NEW.status = 'completed' AND NOT thorough AND pg_column_size(NEW.feedback) <= {{ shallow_bytes }} AND (
                (OLD.status <> 'completed' OR OLD.feedback IS NULL) AND OLD.user_id = NEW.user_id AND OLD.id = NEW.id
            ) IS NOT FALSE THEN
                {{ usual_feedback }}
                IF FOUND THEN
                    INSERT INTO {{ schema }}.stale_candidates (user_id) VALUES (NEW.user_id);
                    RETURN NULL;
                END IF;
            END IF;
            IF OLD.status = 'completed' OR TG_OP = 'DELETE' THEN
                DELETE FROM {{ schema }}.skill_scores WHERE interview_id = OLD.id;
            END IF;
            IF NEW.status = 'completed' THEN
                -- An array holds its elements whole: so a compressed document is opened once.
                counts := (ARRAY[NEW.feedback])[1];
                SELECT shown.served::json INTO served FROM {{ schema }}.shown_versions AS shown
                WHERE shown.interview_id = NEW.id AND shown.changed_at >= NEW.created_at
                    AND shown.replaces = coalesce(counts::text, 'null');
                counts := coalesce(served, counts);
                -- Completed without scores is reported by its id: so others need not be looked at.
                EXIT WHEN counts IS NULL;
                INSERT INTO {{ schema }}.skill_scores AS copy (interview_id, skill, user_id, completed_at, state, reason, score)
                SELECT NEW.id, read.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
                    read.state, read.reason, read.score
                FROM {{ schema }}.read_scores(
                    counts, NEW.conversation_history::json, NEW.resume_context::json) AS read
                {{ replace_changed }};
                EXIT WHEN NOT FOUND;
            END IF;
            INSERT INTO {{ schema }}.stale_candidates (user_id) VALUES (coalesce(NEW.user_id, OLD.user_id));
            IF OLD.user_id <> NEW.user_id OR OLD.id <> NEW.id THEN
                INSERT INTO {{ schema }}.stale_candidates (user_id) VALUES (OLD.user_id);
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
        INSERT INTO {{ schema }}.stale_candidates (user_id, interview_id)
        SELECT DISTINCT told.user_id, told.id
        FROM (VALUES (NEW.user_id, NEW.id), (OLD.user_id, OLD.id)) AS told (user_id, id)
        WHERE told.user_id IS NOT NULL;
    EXCEPTION WHEN OTHERS OR query_canceled THEN
        RAISE LOG 'skill_analytics could not report interview %: %', coalesce(NEW.id, OLD.id), SQLERRM;
    END;
    RETURN NULL;
END $body$
