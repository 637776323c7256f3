-- How many identifiers counted as absent in requests. A request writes nothing here: each instance adds what it counted, once a minute.
CREATE TABLE IF NOT EXISTS ignored (
    -- In UTC.
    day    date   NOT NULL,
    field  text   COLLATE "C" NOT NULL,
    reason text   COLLATE "C" NOT NULL,
    count  bigint NOT NULL,

    PRIMARY KEY (day, field, reason)
);

-- Whoever may add contacts may count.
DO $$
DECLARE
    granted text;
BEGIN
    FOR granted IN
        SELECT DISTINCT quote_ident(grantee) FROM information_schema.role_table_grants
         WHERE table_schema = current_schema() AND table_name = 'contact' AND privilege_type = 'INSERT'
           AND grantee <> current_user
    LOOP
        EXECUTE 'GRANT SELECT, INSERT, DELETE, UPDATE (count) ON ignored TO ' || granted;
    END LOOP;
END $$;
-- step
-- Who merges asks which contacts a cluster has. In contact_cluster neighbours share pages, and by SERIALIZABLE's predicate locks on
-- pages, all who merge some at once are in each other's way. By a hash, clusters lie in no order. Made beside requests, which would else wait:
-- each of these commits by itself, and may wait for long transactions.
SET lock_timeout = 0;
-- step
DROP INDEX CONCURRENTLY IF EXISTS contact_members;
-- step
-- Of an expression, so that the planner never takes contact_cluster in its place.
CREATE INDEX CONCURRENTLY contact_members ON contact USING hash ((cluster_id + 0)) WHERE deleted_at IS NULL;
-- step
SET lock_timeout = '500ms';
