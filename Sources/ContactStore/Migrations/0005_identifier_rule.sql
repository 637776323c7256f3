-- The rule by which a database reads identifiers: version 1 is lower case and digits (default_country_code); version 2
-- asks the numbering plans of libphonenumber, and ICU. Rows of before, and those that an older program writes, are of
-- version 1. Of version 2, default_country_code holds what no program of before can be set to, so that none of them
-- serves: it would read identifiers by the other rule.

ALTER TABLE identifier_rule
    ADD COLUMN IF NOT EXISTS version        integer NOT NULL DEFAULT 1,
    -- ISO 3166-1 alpha-2; empty where there is none.
    ADD COLUMN IF NOT EXISTS default_region text COLLATE "C" NOT NULL DEFAULT '',
    -- The libraries of the first use.
    ADD COLUMN IF NOT EXISTS libphonenumber text COLLATE "C",
    ADD COLUMN IF NOT EXISTS icu            text COLLATE "C";
