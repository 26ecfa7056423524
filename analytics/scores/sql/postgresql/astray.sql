-- Interviews that have rows and should not, or should and have none. JSON null is the one feedback without rows; its
-- size tells it from documents that would take long to open.
SELECT interviews.id FROM interviews
WHERE interviews.status = 'completed' AND interviews.feedback IS NOT NULL AND interviews.user_id IS NOT NULL
    AND coalesce(interviews.completed_at, interviews.created_at) IS NOT NULL
    AND NOT EXISTS (SELECT FROM {{ schema }}.skill_scores AS copy WHERE copy.interview_id = interviews.id)
    AND json_typeof(interviews.feedback::json) <> 'null'
UNION ALL
SELECT copy.interview_id FROM {{ schema }}.skill_scores AS copy
LEFT JOIN {{ schema }}.shown_versions AS shown ON shown.interview_id = copy.interview_id AND shown.replaces = 'null'
LEFT JOIN interviews ON interviews.id = copy.interview_id
    AND interviews.user_id IS NOT NULL AND coalesce(interviews.completed_at, interviews.created_at) IS NOT NULL
    AND interviews.status = 'completed' AND (interviews.feedback IS NOT NULL
    AND CASE WHEN pg_column_size(interviews.feedback) < 64
        THEN json_typeof(interviews.feedback::json) <> 'null' ELSE true END
    OR shown.changed_at >= interviews.created_at)
WHERE copy.skill = '{{ first_skill }}' AND interviews.id IS NULL
