-- A number as written in JSON. Only what `double precision` refuses needs more than a cast: whether it is too large or
-- too near zero is seen from the place of its first digit.
CREATE OR REPLACE FUNCTION {{ schema }}.read_number(written text) RETURNS double precision
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
