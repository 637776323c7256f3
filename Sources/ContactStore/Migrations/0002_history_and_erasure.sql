-- What GET /contacts, GET /merges and POST /erase need.

-- An erased contact stays as a tombstone, so that its id can be answered with 410 and is never given out again.
ALTER TABLE contact ADD CONSTRAINT contact_tombstone_is_empty
    CHECK (deleted_at IS NULL OR (email IS NULL AND phone_number IS NULL));

-- The tombstones of a customer.
CREATE INDEX contact_erased ON contact (cluster_id, id) WHERE deleted_at IS NOT NULL;

-- The evidence of a customer: in each merge of two of its clusters, a contact of its own was absorbed.
CREATE INDEX contact_merge_absorbed ON contact_merge (absorbed_id);

-- The feed's order.
CREATE INDEX contact_merge_feed ON contact_merge (transaction_id, id);
