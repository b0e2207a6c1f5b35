-- name: add
-- Store transfers whose packet_id and case are free; the ids that come back are those stored.
INSERT INTO transfers (id, agency_code, packet_id, packet_digest, kid, case_number, document_number, division,
                       sector, status, move, supersedes, received_at, changed_at, screening, flags)
SELECT id, agency_code, packet_id, packet_digest, kid, case_number, document_number, division,
       sector, status, 1, supersedes, received_at, received_at, screening, flags
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::text[], $11::uuid[], $12::timestamptz[], $13::jsonb[], $14::jsonb[])
       AS new (id, agency_code, packet_id, packet_digest, kid, case_number, document_number, division,
               sector, status, supersedes, received_at, screening, flags)
 ORDER BY agency_code, packet_id
    ON CONFLICT DO NOTHING
RETURNING id

-- name: add_parties
-- The parties of stored transfers.
INSERT INTO parties (transfer_id, ordinal, kind, identifier_hash, sealed)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bytea[], $5::bytea[])

-- name: add_dispatches
-- One dispatch an addressee; those of a held transfer wait for no one.
INSERT INTO dispatches (id, transfer_id, agency_code, office_code, kind, role, status, due_at, give_up_at, retry_at, problem)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[])

-- name: find_packet
-- What we hold under an agency's packet_id.
SELECT id AS transfer_id, packet_digest, case_number, status, move, is_current
  FROM transfers
 WHERE agency_code = $1 AND packet_id = $2

-- name: find_current
-- The one current transfer of an agency's case.
SELECT id AS transfer_id, packet_digest, case_number, status, move, is_current
  FROM transfers
 WHERE agency_code = $1 AND case_number = $2 AND is_current

-- name: supersede
-- Make room for the successor of a transfer that has not moved since.
UPDATE transfers SET is_current = false WHERE id = $1 AND move = $2 AND is_current

-- name: sources
-- What a dispatch is written from.
SELECT id AS transfer_id, packet_digest, kid, received_at, flags, screening->>'rulebook_digest' AS rulebook_digest
  FROM transfers
 WHERE id = ANY ($1::uuid[])

-- name: lock
-- Lock transfers, always in the order of their ids, so that two workers never wait for each other.
SELECT id, agency_code, sector, division, status, move, is_current, received_at
  FROM transfers
 WHERE id = ANY ($1::uuid[])
 ORDER BY id
   FOR UPDATE

-- name: parts
-- The addressees of transfers.
SELECT transfer_id, kind, role, status, office_code
  FROM dispatches
 WHERE transfer_id = ANY ($1::uuid[])

-- name: reports
-- What was told of transfers, in the order of what it tells.
SELECT transfer_id, kind, happened_at, received_at
  FROM reports
 WHERE transfer_id = ANY ($1::uuid[])
 ORDER BY happened_at, received_at, id

-- name: move
-- Move transfers that still stand at the move number we saw.
UPDATE transfers AS t
   SET status = m.status, move = t.move + 1, changed_at = m.at
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[]) AS m (id, expected, status, at)
 WHERE t.id = m.id AND t.move = m.expected
