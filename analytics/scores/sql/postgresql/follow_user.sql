CREATE OR REPLACE FUNCTION {{ schema }}.follow_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $body$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.email, NEW.full_name, NEW.is_active)
        IS NOT DISTINCT FROM (OLD.id, OLD.email, OLD.full_name, OLD.is_active) THEN
        RETURN NULL;
    END IF;
    INSERT INTO {{ schema }}.stale_candidates (user_id)
    SELECT changed.id FROM (SELECT OLD.id UNION SELECT NEW.id) AS changed (id) WHERE changed.id IS NOT NULL;
    RETURN NULL;
EXCEPTION WHEN OTHERS OR query_canceled THEN
    RAISE LOG 'skill_analytics could not follow user %: %', coalesce(NEW.id, OLD.id), SQLERRM;
    RETURN NULL;
END $body$
