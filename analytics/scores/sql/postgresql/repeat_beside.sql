CREATE OR REPLACE FUNCTION {{ function }}() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM {{ beside }} WHERE interview_id = OLD.interview_id AND skill = OLD.skill;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO {{ beside }} (interview_id, skill, user_id, completed_at, state, reason, score)
        VALUES (NEW.interview_id, NEW.skill, NEW.user_id, NEW.completed_at, NEW.state, NEW.reason, NEW.score)
        ON CONFLICT (interview_id, skill) DO UPDATE SET user_id = excluded.user_id,
            completed_at = excluded.completed_at, state = excluded.state, reason = excluded.reason,
            score = excluded.score;
    END IF;
    RETURN NULL;
END $body$
