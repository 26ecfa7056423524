ON CONFLICT (interview_id, skill) DO UPDATE SET user_id = excluded.user_id, completed_at = excluded.completed_at,
    state = excluded.state, reason = excluded.reason, score = excluded.score
WHERE (copy.user_id, copy.completed_at, copy.state, copy.reason, copy.score)
    IS DISTINCT FROM (excluded.user_id, excluded.completed_at, excluded.state, excluded.reason, excluded.score)
