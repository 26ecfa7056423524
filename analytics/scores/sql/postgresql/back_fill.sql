-- What a trigger has written meanwhile is newer, and stays.
INSERT INTO {{ schema }}.skill_scores (interview_id, skill, user_id, completed_at, state, reason, score)
{{ read_interviews }} AND interviews.id > :after AND interviews.id <= :upto
ON CONFLICT (interview_id, skill) DO NOTHING
