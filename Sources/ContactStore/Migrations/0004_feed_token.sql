-- A cursor of the feed carries the token of the last entry that was seen: another database, a restored dump or a
-- rolled-back volume has another entry in its place, or none.

ALTER TABLE contact_merge ADD COLUMN IF NOT EXISTS token uuid;
ALTER TABLE contact_merge ALTER COLUMN token SET DEFAULT gen_random_uuid();

-- step: the entries of before, in transactions that hold up nobody for long
DO $$
DECLARE
    first bigint := 0;
    last  bigint := (SELECT max(id) FROM contact_merge);
BEGIN
    WHILE first <= last LOOP
        UPDATE contact_merge SET token = gen_random_uuid() WHERE id >= first AND id < first + 10000 AND token IS NULL;
        COMMIT;
        first := first + 10000;
    END LOOP;
END $$;

-- step: with a check that is validated, NOT NULL need not read the table under its lock (PostgreSQL 15, ALTER TABLE)
ALTER TABLE contact_merge DROP CONSTRAINT IF EXISTS contact_merge_has_token;
ALTER TABLE contact_merge ADD CONSTRAINT contact_merge_has_token CHECK (token IS NOT NULL) NOT VALID;

-- step
ALTER TABLE contact_merge VALIDATE CONSTRAINT contact_merge_has_token;

-- step
ALTER TABLE contact_merge ALTER COLUMN token SET NOT NULL;
ALTER TABLE contact_merge DROP CONSTRAINT contact_merge_has_token;
