-- name: find
-- A batch that an agency sent under an id.
SELECT id, agency_code, batch_id, digest, received_at, sealed, receipt
  FROM record_batches
 WHERE agency_code = $1 AND batch_id = $2

-- name: add
-- Keep a batch and its receipt; who comes second waits for the first, and stores nothing.
INSERT INTO record_batches (id, agency_code, batch_id, digest, received_at, sealed, receipt)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT DO NOTHING
