-- One statement, so that all of it sees the same moment. Gives the candidate and the interview of every row it changed.
WITH wanted (interview_id, skill, user_id, completed_at, state, reason, score) AS MATERIALIZED (
    {{ read_interviews }} AND interviews.id = ANY(:interview_ids)
), removed AS (
    DELETE FROM {{ schema }}.skill_scores AS copy
    WHERE copy.interview_id = ANY(:interview_ids) AND NOT EXISTS (
        SELECT FROM wanted WHERE wanted.interview_id = copy.interview_id AND wanted.skill = copy.skill)
    RETURNING copy.user_id, copy.interview_id
), written AS (
    INSERT INTO {{ schema }}.skill_scores AS copy (interview_id, skill, user_id, completed_at, state, reason, score) SELECT * FROM wanted
    {{ replace_changed }}
    RETURNING copy.user_id, copy.interview_id
)
SELECT user_id, interview_id FROM removed UNION SELECT user_id, interview_id FROM written
