-- As `analytics.interviewlab.conversation` reads them: code in a message of the type `code_review`, or in the sandbox.
-- What no text of PostgreSQL can hold is taken out of a document that could not be read; a document that was encoded
-- twice is a JSON text.
CREATE OR REPLACE FUNCTION {{ schema }}.holds_code(conversation json, context json) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    documents constant json[] := ARRAY[conversation, context];
    paths constant jsonpath[] := ARRAY[
        'strict $[*] ? ((@.role == "user" || @.role == "assistant") && @.metadata.type == "code_review"
            && @.metadata.code like_regex "[^ \t\n\v\f\r]")',
        'strict $."{{ sandbox }}".submissions[*] ? (@.code like_regex "[^ \t\n\v\f\r]")']::jsonpath[];
    unwelcome constant text := $re$(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})$re$;
    written text;
BEGIN
    FOR place IN 1..2 LOOP
        FOR attempt IN 1..2 LOOP
            BEGIN
                written := documents[place]::text;
                IF attempt = 2 THEN
                    written := regexp_replace(written, unwelcome, $re$\1?$re$, 'g');
                END IF;
                EXIT WHEN {{ schema }}.is_too_deep(written);
                IF json_typeof(written::json) = 'string' THEN
                    written := written::json #>> '{}';
                    IF attempt = 2 THEN
                        written := regexp_replace(written, unwelcome, $re$\1?$re$, 'g');
                    END IF;
                END IF;
                IF jsonb_path_exists(written::jsonb, paths[place], '{}', true) THEN
                    RETURN true;
                END IF;
                EXIT;
            EXCEPTION WHEN OTHERS THEN
                NULL;
            END;
        END LOOP;
    END LOOP;
    RETURN false;
END $body$
