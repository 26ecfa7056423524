-- A row counts once the interview is completed and holds feedback; before that its skills are pending. What counts is
-- the platform's feedback or, where it is not written back, what the version that is shown serves instead of it.
-- The function that earlier versions of this program left would be called instead.
DROP FUNCTION IF EXISTS {{ schema }}.read_scores(json);
CREATE OR REPLACE FUNCTION {{ schema }}.read_scores(
    feedback json, conversation json DEFAULT NULL, context json DEFAULT NULL)
RETURNS TABLE (skill text, state text, reason text, score double precision)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    -- An array holds its elements whole: so a compressed document is opened once, not for every look at it.
    document json := (ARRAY[feedback])[1];
    written text := document::text;
    kinds text[];
    stored double precision[];
    codes double precision;
    weaknesses json;
    failed boolean;
    readable boolean := false;
    attempt integer;
    keys constant text[] := ARRAY['{{ keys }}'];
BEGIN
    FOR attempt IN 1..2 LOOP
        BEGIN
            IF json_typeof(document) = 'null' THEN
                RETURN;
            END IF;
            IF json_typeof(document) <> 'object' THEN
                EXIT;
            END IF;
            EXIT WHEN {{ schema }}.is_too_deep(written);
            -- One pass over the document; of a key that stands twice the last counts, as in every JSON parser in use.
            SELECT ARRAY[{{ kinds }}], ARRAY[{{ numbers }}],{{ code_count }}, held.weaknesses
            INTO kinds, stored, codes, weaknesses
            FROM json_to_record(document) AS held ({{ record }});
            failed := {{ failed }}
                AND json_typeof(weaknesses) = 'array';
            IF failed THEN
                failed := EXISTS (
                    SELECT FROM json_array_elements(weaknesses) AS said
                    WHERE json_typeof(said) = 'string' AND said #>> '{}' = '{{ platform_failure }}');
            END IF;
            readable := true;
            EXIT;
        EXCEPTION WHEN OTHERS THEN
            -- \u0000 and surrogates, which no text of PostgreSQL can hold; whatever stands for them is no key of ours.
            BEGIN
                document := regexp_replace(written,
                    $re$(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})$re$, $re$\1?$re$, 'g')::json;
            EXCEPTION WHEN OTHERS THEN
                EXIT;
            END;
        END;
    END LOOP;
    FOR place IN 1..{{ skill_count }} LOOP
        skill := keys[place];
        score := NULL;
        IF NOT readable THEN
            state := 'failed'; reason := 'unreadable';
        ELSIF failed AND place IN ({{ failed_places }}) THEN
            state := 'failed'; reason := 'platform_failed';
        ELSIF place IN ({{ code_places }}) AND NOT coalesce(codes >= 1 AND codes < 1000000, false)
            AND (stored[place] = 0 OR kinds[place] = 'null')
        THEN
            state := 'not_assessed'; reason := 'no_code';
        ELSIF place IN ({{ code_places }}) AND codes = 0 AND stored[place] BETWEEN 0 AND 1
            AND NOT {{ schema }}.holds_code(conversation, context)
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
