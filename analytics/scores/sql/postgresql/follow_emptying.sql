CREATE OR REPLACE FUNCTION {{ schema }}.follow_emptying() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' AS $body$
BEGIN
    DELETE FROM {{ schema }}.skill_scores;
    INSERT INTO {{ schema }}.stale_candidates (user_id) SELECT user_id FROM {{ schema }}.candidate_summaries;
    RETURN NULL;
EXCEPTION WHEN OTHERS OR query_canceled THEN
    RAISE LOG 'skill_analytics could not follow the emptying of %: %', TG_TABLE_NAME, SQLERRM;
    RETURN NULL;
END $body$
