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
