-- As JSON counts them: how deep arrays and objects are nested, however long the document.
CREATE OR REPLACE FUNCTION {{ schema }}.is_too_deep(written text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF 2 * octet_length(written) - octet_length(replace(written, '[', '')) - octet_length(replace(written, '{', ''))
        <= {{ deepest }}
    THEN
        RETURN false;
    END IF;
    RETURN (SELECT coalesce(max(depth) > {{ deepest }}, false) FROM (
        SELECT sum(CASE WHEN token[1] IN ('[', '{') THEN 1 ELSE -1 END) OVER (ORDER BY place) AS depth
        FROM regexp_matches(written, $re$"(?:[^"\\]|\\.)*"|([][{}])$re$, 'g') WITH ORDINALITY AS found (token, place)
        WHERE token[1] IS NOT NULL) AS walk);
END $body$
