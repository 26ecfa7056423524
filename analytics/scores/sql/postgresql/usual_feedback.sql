INSERT INTO {{ schema }}.skill_scores (interview_id, skill, user_id, completed_at, state, reason, score)
SELECT NEW.id, read.skill, NEW.user_id, coalesce(NEW.completed_at, NEW.created_at),
    CASE WHEN read.score IS NULL THEN 'not_assessed' ELSE 'scored' END,
    CASE WHEN read.score IS NULL THEN 'no_code' END,
    read.score
FROM (SELECT NEW.feedback::jsonb AS document OFFSET 0) AS held,
    LATERAL (VALUES {{ usual_scores }}) AS read (skill, score)
WHERE held.document @@ 'strict {{ usual_path }}' AND pg_column_size(held.document) <= {{ shallow_bytes }}
    AND NOT EXISTS (SELECT FROM {{ schema }}.shown_versions AS shown WHERE shown.interview_id = NEW.id);
