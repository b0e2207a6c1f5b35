-- name: add
-- Keep signed documents, sealed.
INSERT INTO documents (transfer_id, kind, subject, digest, sealed, stored_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::timestamptz[])

-- name: find
-- Sealed documents of one kind, by transfer and subject.
SELECT d.transfer_id, d.subject, d.sealed
  FROM documents d
  JOIN unnest($2::uuid[], $3::uuid[]) AS wanted (transfer_id, subject)
    ON wanted.transfer_id = d.transfer_id AND wanted.subject = d.subject
 WHERE d.kind = $1
