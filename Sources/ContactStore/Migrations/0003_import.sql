-- How far files were imported: written in the transaction of each batch, read by identityd import --resume.
CREATE TABLE import_progress (
    -- Of the file's content.
    file_digest text COLLATE "C" PRIMARY KEY,
    -- Imported or rejected, from the first on.
    rows        bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
