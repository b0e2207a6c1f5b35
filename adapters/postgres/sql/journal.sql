-- name: append
-- Add lines to the journal; there is no other statement that writes to it.
INSERT INTO journal (id, agency_code, transfer_id, subject_id, action, actor, at, move, data)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::int[], $9::jsonb[])
