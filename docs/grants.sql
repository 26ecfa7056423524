-- What the role `skill_analytics` needs in InterviewLab's database, here called `interviewlab`.
-- Run it as the owner of that database and of its tables (or as an administrator), after once, as administrator:
--   CREATE ROLE skill_analytics LOGIN;
--   \password skill_analytics

-- To create its own schema. `CREATE SCHEMA skill_analytics AUTHORIZATION skill_analytics;` does as well.
GRANT CONNECT, CREATE ON DATABASE interviewlab TO skill_analytics;

-- To read people and interviews, and to put its triggers on both tables.
GRANT USAGE ON SCHEMA public TO skill_analytics;
GRANT SELECT, TRIGGER ON users, interviews TO skill_analytics;

-- To store a regenerated breakdown where InterviewLab shows it. Leave it out, and everything but regenerating works.
GRANT UPDATE (feedback) ON interviews TO skill_analytics;
