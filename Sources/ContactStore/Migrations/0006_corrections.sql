-- Evidence that is no contact's own pair, corrections, and the feed of changes in the place of that of merges.

-- The key and the request that wrote it. More columns belong elsewhere: with a third one the planner takes an empty table
-- for a row, and prefers to go through all of contact_cluster for each owner (StoreTests, "a table that is empty").
ALTER TABLE contact
    ADD COLUMN IF NOT EXISTS client     text COLLATE "C",
    ADD COLUMN IF NOT EXISTS request_id text COLLATE "C";
ALTER TABLE contact DROP CONSTRAINT IF EXISTS contact_live_brings_something;

-- Of contacts that corrections have changed: what they took out of it, and what it introduced.
CREATE TABLE IF NOT EXISTS withheld (
    contact_id   bigint PRIMARY KEY,
    email        text COLLATE "C",
    phone_number text COLLATE "C",
    phone_key    text COLLATE "C",
    home         text COLLATE "C" NOT NULL CHECK (home IN ('email', 'phoneNumber')),

    CONSTRAINT withheld_phone_has_key CHECK ((phone_number IS NULL) = (phone_key IS NULL))
);
CREATE INDEX IF NOT EXISTS withheld_email ON withheld (email) WHERE email IS NOT NULL;
CREATE INDEX IF NOT EXISTS withheld_phone ON withheld (phone_key) WHERE phone_key IS NOT NULL;

-- Contacts with what is withheld of them.
CREATE OR REPLACE VIEW written_contact AS
    SELECT id, cluster_id, linked_id, contact.email, contact.phone_number, contact.phone_key, owns_email, owns_phone,
           client, request_id, created_at, deleted_at,
           withheld.email AS withheld_email, withheld.phone_number AS withheld_phone_number,
           withheld.phone_key AS withheld_phone_key, home
      FROM contact LEFT JOIN withheld ON contact_id = id;

CREATE TABLE IF NOT EXISTS evidence (
    -- Of the same sequence as contacts, which are the evidence of their own pairs.
    id                 bigint PRIMARY KEY DEFAULT nextval('contact_id_seq'),
    email              text COLLATE "C",
    phone_number       text COLLATE "C",
    phone_key          text COLLATE "C",
    -- The second of two e-mails, or of two phones, which an import's link ties.
    other_email        text COLLATE "C",
    other_phone_number text COLLATE "C",
    other_phone_key    text COLLATE "C",
    client             text COLLATE "C",
    request_id         text COLLATE "C",
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Whether a correction covers it.
    is_withdrawn       boolean NOT NULL DEFAULT false,

    CONSTRAINT evidence_has_two_ends CHECK (
        num_nonnulls(email, phone_key, other_email, other_phone_key) = 2
        AND (other_email IS NULL OR email IS NOT NULL) AND (other_phone_key IS NULL OR phone_key IS NOT NULL)),
    CONSTRAINT evidence_phone_has_key CHECK (
        (phone_number IS NULL) = (phone_key IS NULL) AND (other_phone_number IS NULL) = (other_phone_key IS NULL))
);
CREATE INDEX IF NOT EXISTS evidence_email ON evidence (email, phone_key) WHERE email IS NOT NULL;
CREATE INDEX IF NOT EXISTS evidence_phone ON evidence (phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS evidence_other_email ON evidence (other_email) WHERE other_email IS NOT NULL;
CREATE INDEX IF NOT EXISTS evidence_other_phone ON evidence (other_phone_key) WHERE other_phone_key IS NOT NULL;

CREATE TABLE IF NOT EXISTS correction (
    id           bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    kind         text COLLATE "C" NOT NULL CHECK (kind IN ('unlink', 'keep-apart', 'disown', 'trust')),
    -- What it disowns or trusts.
    email        text COLLATE "C",
    phone_number text COLLATE "C",
    phone_key    text COLLATE "C",
    -- What it withdraws by id, also when it was erased: an erasure joins nobody.
    evidence     bigint[] NOT NULL DEFAULT '{}',
    note         text,
    client       text COLLATE "C",
    request_id   text COLLATE "C",
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    undone_at    timestamptz,
    erased_at    timestamptz,

    CONSTRAINT correction_note_is_short CHECK (octet_length(note) <= 500),
    CONSTRAINT correction_erased_is_empty CHECK (
        erased_at IS NULL OR email IS NULL AND phone_number IS NULL AND phone_key IS NULL AND note IS NULL)
);
CREATE INDEX IF NOT EXISTS correction_email ON correction (email) WHERE email IS NOT NULL;
CREATE INDEX IF NOT EXISTS correction_phone ON correction (phone_key) WHERE phone_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS correction_evidence ON correction USING gin (evidence) WITH (fastupdate = off)
    WHERE evidence <> '{}';

-- Each pair twice, once from either side, so that one lookup finds what an identifier is kept apart from.
CREATE TABLE IF NOT EXISTS kept_apart (
    correction_id      bigint NOT NULL,
    email              text COLLATE "C",
    phone_number       text COLLATE "C",
    phone_key          text COLLATE "C",
    other_email        text COLLATE "C",
    other_phone_number text COLLATE "C",
    other_phone_key    text COLLATE "C",
    -- Until its correction is undone.
    stands             boolean NOT NULL DEFAULT true,

    CONSTRAINT kept_apart_has_two_ends
        CHECK (num_nonnulls(email, phone_key) = 1 AND num_nonnulls(other_email, other_phone_key) = 1)
);
CREATE INDEX IF NOT EXISTS kept_apart_correction ON kept_apart (correction_id);
CREATE INDEX IF NOT EXISTS kept_apart_email ON kept_apart (email) WHERE email IS NOT NULL;
CREATE INDEX IF NOT EXISTS kept_apart_phone ON kept_apart (phone_key) WHERE phone_key IS NOT NULL;

-- Whoever may add contacts may add what comes with them.
DO $$
DECLARE
    granted text;
BEGIN
    FOR granted IN
        SELECT DISTINCT quote_ident(grantee) FROM information_schema.role_table_grants
         WHERE table_schema = current_schema() AND table_name = 'contact' AND privilege_type = 'INSERT'
           AND grantee <> current_user
    LOOP
        EXECUTE 'GRANT USAGE, SELECT ON SEQUENCE contact_id_seq TO ' || granted;
        EXECUTE 'GRANT SELECT, INSERT, DELETE, UPDATE (is_withdrawn) ON evidence TO ' || granted;
        EXECUTE 'GRANT SELECT, INSERT, UPDATE ON correction TO ' || granted;
        EXECUTE 'GRANT SELECT ON SEQUENCE correction_id_seq TO ' || granted;
        EXECUTE 'GRANT SELECT, INSERT, DELETE, UPDATE (stands) ON kept_apart TO ' || granted;
        EXECUTE 'GRANT SELECT, INSERT, DELETE, UPDATE ON withheld TO ' || granted;
        EXECUTE 'GRANT SELECT ON written_contact TO ' || granted;
    END LOOP;
END $$;

-- step: what made two customers one is evidence; a link between rows of an import ties the first identifiers of its two contacts
ALTER TABLE contact_merge ADD COLUMN IF NOT EXISTS is_copied boolean;
CREATE OR REPLACE FUNCTION copy_merge_evidence(first bigint, last bigint) RETURNS void LANGUAGE sql AS $$
    WITH copied AS (
        UPDATE contact_merge SET is_copied = true
         WHERE id >= first AND id <= last AND is_copied IS NULL
        RETURNING *)
    INSERT INTO evidence (email, phone_number, phone_key, other_email, other_phone_number, other_phone_key, created_at)
    SELECT coalesce(copied.email, older.email, younger.email),
           coalesce(copied.phone_number, older.phone_number, younger.phone_number),
           coalesce(copied.phone_key, older.phone_key, younger.phone_key),
           CASE WHEN older.email IS NOT NULL THEN younger.email END,
           CASE WHEN older.phone_key IS NOT NULL THEN younger.phone_number END,
           CASE WHEN older.phone_key IS NOT NULL THEN younger.phone_key END,
           copied.merged_at
      FROM copied
      JOIN contact AS absorbed ON absorbed.id = copied.absorbed_id AND absorbed.deleted_at IS NULL
      LEFT JOIN LATERAL (
           SELECT email, CASE WHEN email IS NULL THEN phone_number END AS phone_number,
                  CASE WHEN email IS NULL THEN phone_key END AS phone_key
             FROM contact WHERE id = copied.primary_id AND copied.email IS NULL AND copied.phone_key IS NULL) AS older ON true
      LEFT JOIN LATERAL (
           SELECT email, CASE WHEN email IS NULL THEN phone_number END AS phone_number,
                  CASE WHEN email IS NULL THEN phone_key END AS phone_key
             FROM contact WHERE id = copied.absorbed_id AND copied.email IS NULL AND copied.phone_key IS NULL) AS younger ON true
     ORDER BY copied.id
$$;

-- step
DO $$
DECLARE
    first bigint := 0;
    last  bigint := (SELECT max(id) FROM contact_merge);
BEGIN
    WHILE first <= last LOOP
        PERFORM copy_merge_evidence(first, first + 9999);
        COMMIT;
        first := first + 10000;
    END LOOP;
END $$;

-- step: from here on merges are written to the new table. A session that was opened before fails to, and is opened anew.
LOCK TABLE contact_merge IN ACCESS EXCLUSIVE MODE;
SELECT copy_merge_evidence(0, (SELECT max(id) FROM contact_merge));
DROP FUNCTION copy_merge_evidence;
-- Of customers that were erased since it was copied.
DELETE FROM evidence WHERE id IN (
       SELECT id FROM evidence, LATERAL (
       SELECT (SELECT cluster_id FROM contact WHERE email = evidence.email AND owns_email AND deleted_at IS NULL),
              (SELECT cluster_id FROM contact WHERE email = other_email AND owns_email AND deleted_at IS NULL),
              (SELECT cluster_id FROM contact WHERE phone_key = evidence.phone_key AND owns_phone AND deleted_at IS NULL),
              (SELECT cluster_id FROM contact WHERE phone_key = other_phone_key AND owns_phone AND deleted_at IS NULL)
              ) AS owner (of_email, of_other_email, of_phone, of_other_phone)
        WHERE (of_email = of_phone OR of_email = of_other_email OR of_phone = of_other_phone) IS NOT TRUE);
ALTER TABLE contact_merge
    DROP CONSTRAINT contact_merge_primary_is_older,
    DROP COLUMN is_copied,
    DROP COLUMN email,
    DROP COLUMN phone_number,
    DROP COLUMN phone_key,
    ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT 'merged',
    -- Of parted: the contacts that left. Of erased: those that were.
    ADD COLUMN contact_ids bigint[],
    ALTER COLUMN absorbed_id DROP NOT NULL;
-- Who was absorbed, or who was left.
ALTER TABLE contact_merge RENAME COLUMN absorbed_id TO other_id;
ALTER TABLE contact_merge RENAME COLUMN merged_at TO changed_at;
ALTER TABLE contact_merge ADD CONSTRAINT change_is_whole CHECK (
    kind = 'merged' AND other_id > primary_id AND contact_ids IS NULL
    OR kind = 'parted' AND other_id <> primary_id AND contact_ids IS NOT NULL
    OR kind = 'erased' AND other_id IS NULL AND contact_ids IS NOT NULL);
ALTER TABLE contact_merge RENAME TO change;
ALTER SEQUENCE contact_merge_id_seq RENAME TO change_id_seq;
ALTER INDEX contact_merge_pkey RENAME TO change_pkey;
ALTER INDEX contact_merge_absorbed RENAME TO change_other;
ALTER INDEX contact_merge_feed RENAME TO change_feed;
