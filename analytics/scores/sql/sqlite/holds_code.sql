EXISTS (
        SELECT 1 FROM ({{ conversation }}) AS held,
            json_each(CASE json_type(held.text) WHEN 'array' THEN held.text ELSE '[]' END) AS said
        WHERE said.type = 'object' AND json_extract(said.value, '$.role') IN ('user', 'assistant')
            AND json_extract(said.value, '$.metadata.type') = 'code_review' AND {{ message_code }})
    OR EXISTS (
        SELECT 1 FROM ({{ context }}) AS held,
            json_each(CASE json_type(held.text, '$.{{ sandbox }}.submissions') WHEN 'array' THEN held.text ELSE '{}' END,
                '$.{{ sandbox }}.submissions') AS said
        WHERE said.type = 'object' AND {{ sandbox_code }})
