-- CASE, so that no text is made of the feedback of interviews that show no version of ours. What is nobody's, or has no
-- date, has no scores.
SELECT interviews.id, read.skill, interviews.user_id, coalesce(interviews.completed_at, interviews.created_at),
    read.state, read.reason, read.score
FROM interviews LEFT JOIN {{ schema }}.shown_versions AS shown
        ON shown.interview_id = interviews.id AND shown.changed_at >= interviews.created_at,
    LATERAL (SELECT CASE WHEN shown.replaces IS NULL THEN interviews.feedback::json
        WHEN shown.replaces = coalesce(interviews.feedback::text, 'null') THEN shown.served::json
        ELSE interviews.feedback::json END AS feedback) AS counts,
    LATERAL {{ schema }}.read_scores(
        counts.feedback, interviews.conversation_history::json, interviews.resume_context::json) AS read
WHERE interviews.status = 'completed' AND counts.feedback IS NOT NULL AND interviews.user_id IS NOT NULL
    AND coalesce(interviews.completed_at, interviews.created_at) IS NOT NULL
