SELECT NEW.id, judged.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
    CASE WHEN judged.reason IS NULL THEN 'scored'
        WHEN judged.reason IN ('no_code', 'no_score') THEN 'not_assessed' ELSE 'failed' END,
    judged.reason,
    CASE WHEN judged.reason IS NULL THEN judged.value + 0.0 END
FROM (
    SELECT one.skill, one.value, CASE
        WHEN NOT one.readable THEN 'unreadable'
        WHEN one.failed AND one.skill IN ({{ failed_skills }}) THEN 'platform_failed'
        WHEN one.skill IN ({{ code_skills }}) AND NOT one.coded
            AND (one.type = 'null' OR (one.type IN ('integer', 'real') AND one.value = 0)) THEN 'no_code'
        WHEN one.skill IN ({{ code_skills }}) AND one.zero AND one.type IN ('integer', 'real') AND one.value BETWEEN 0 AND 1
            AND NOT ({{ holds_code }}) THEN 'no_code'
        WHEN one.type = 'null' THEN 'no_score'
        WHEN one.type NOT IN ('integer', 'real') OR one.value < 0 OR one.value > 1 THEN 'not_a_score'
        END AS reason
    FROM (
        SELECT keys.skill, told.readable,
            coalesce({{ score_type }}, 'null') AS type, {{ score_value }} AS value,
            coalesce(told.code_submissions_count_type IN ('integer', 'real')
                AND told.code_submissions_count_value >= 1
                AND told.code_submissions_count_value < 1000000, 0) AS coded,
            coalesce(told.code_submissions_count_type IN ('integer', 'real')
                AND told.code_submissions_count_value = 0, 0) AS zero,
            {{ failed }} AND EXISTS (
                SELECT 1 FROM json_each(CASE told.weaknesses_type WHEN 'array' THEN told.weaknesses_value ELSE '[]' END)
                    AS said
                WHERE said.type = 'text' AND said.value = '{{ platform_failure }}') AS failed
        FROM (
            SELECT max(last.readable) AS readable, {{ columns }}
            FROM (
                SELECT opened.readable, pair.key, pair.type, pair.value, max(pair.id)
                FROM (
                    SELECT coalesce(json_type(text) = 'object', 0) AS readable,
                        coalesce(json_type(text) = 'null', 0) AS empty,
                        CASE WHEN json_type(text) = 'object' THEN text ELSE '{}' END AS document
                    FROM (
                        SELECT CASE WHEN json_valid({{ feedback }}) THEN {{ feedback }}
                            WHEN json_valid({{ quoted }}) THEN {{ quoted }} END AS text
                        FROM (
                            SELECT replace(coalesce((
                                SELECT served FROM shown_versions AS shown
                                WHERE shown.interview_id = NEW.id AND shown.changed_at >= NEW.created_at
                                    AND shown.replaces = coalesce(CAST(NEW.feedback AS TEXT), 'null')
                            ), CAST(NEW.feedback AS TEXT)), '\u0000', '\ufffd') AS feedback
                        ) AS counts
                        WHERE counts.feedback IS NOT NULL
                    )
                ) AS opened
                LEFT JOIN json_each(opened.document) AS pair ON pair.key IN {{ fields }}
                WHERE NOT opened.empty
                GROUP BY pair.key
            ) AS last
        ) AS told, (
            {{ skills }}
        ) AS keys
        WHERE told.readable IS NOT NULL
    ) AS one
) AS judged
