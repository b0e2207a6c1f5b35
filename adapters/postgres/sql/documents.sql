-- name: add
-- Keep signed documents, sealed.
INSERT INTO documents (transfer_id, kind, subject, digest, sealed, stored_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::timestamptz[])
    ON CONFLICT DO NOTHING

-- name: find
-- Sealed documents of one kind, by transfer and subject; of several the latest comes last.
SELECT d.transfer_id, d.subject, d.sealed
  FROM documents d
  JOIN unnest($2::uuid[], $3::uuid[]) AS wanted (transfer_id, subject)
    ON wanted.transfer_id = d.transfer_id AND wanted.subject = d.subject
 WHERE d.kind = $1
 ORDER BY d.stored_at
