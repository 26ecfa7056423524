-- What the role `skill_analytics` needs in InterviewLab's database, here called `interviewlab`.
-- Run it in that database as an administrator. Or let one only create the role, and run the rest as the owner of the
-- database and of its tables. Then `python -m analytics setup --check` names every right that is still missing.

-- Put a password of your own here.
CREATE ROLE skill_analytics LOGIN PASSWORD 'PASSWORD';

-- To create its own schemas, skill_analytics and skill_analytics_jobs. `CREATE SCHEMA ... AUTHORIZATION skill_analytics`
-- for both does as well.
GRANT CONNECT, CREATE ON DATABASE interviewlab TO skill_analytics;

-- To read people and interviews, and to put its triggers on both tables.
GRANT USAGE ON SCHEMA public TO skill_analytics;
GRANT SELECT, TRIGGER ON users, interviews TO skill_analytics;

-- To store a regenerated breakdown where InterviewLab shows it. Not needed with WRITE_BACK=off.
GRANT UPDATE (feedback) ON interviews TO skill_analytics;

-- Set-up itself lets the owner of InterviewLab's tables read both schemas and call the functions of our triggers: a dump of the whole
-- database by that owner includes the schemas, and a restore of its tables makes our triggers again.
