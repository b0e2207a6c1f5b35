-- name: add
-- Store transfers whose packet_id and case are free, with all that belongs to them; the ids stored come back.
-- Rows travel as JSON: to lay them out as arrays would cost the service more than reading them costs the server.
WITH stored AS (
  INSERT INTO transfers (id, agency_code, packet_id, packet_digest, kid, case_number, document_number, division,
                         sector, status, move, supersedes, received_at, changed_at, screening, flags)
  SELECT id, agency_code, packet_id, packet_digest, kid, case_number, document_number, division,
         sector, status, 1, supersedes, received_at, received_at, screening, flags
    FROM json_to_recordset($1::json)
         AS new (id uuid, agency_code text, packet_id text, packet_digest text, kid text, case_number text,
                 document_number text, division text, sector text, status text, supersedes uuid,
                 received_at timestamptz, screening jsonb, flags jsonb)
   ORDER BY agency_code, packet_id
      ON CONFLICT DO NOTHING
  RETURNING id, division
),
added_parties AS (
  INSERT INTO parties (transfer_id, ordinal, kind, identifier_hash, sealed)
  SELECT transfer_id, ordinal, kind, decode(identifier_hash, 'base64'), decode(sealed, 'base64')
    FROM json_to_recordset($2::json)
         AS new (transfer_id uuid, ordinal int, kind text, identifier_hash text, sealed text)
    JOIN stored ON stored.id = transfer_id
),
added_dispatches AS (
  INSERT INTO dispatches (id, transfer_id, agency_code, office_code, kind, role, status, due_at, give_up_at,
                          retry_at, problem)
  SELECT new.*
    FROM json_to_recordset($3::json)
         AS new (id uuid, transfer_id uuid, agency_code text, office_code text, kind text, role text, status text,
                 due_at timestamptz, give_up_at timestamptz, retry_at timestamptz, problem text)
    JOIN stored ON stored.id = transfer_id
),
added_deadlines AS (
  INSERT INTO deadlines (id, transfer_id, agency_code, clock, actor, nature, is_strict, starts_at, near_at, due_at,
                         strict_due_at, provisional, met_at, voided_at, division)
  SELECT new.*, stored.division
    FROM json_to_recordset($4::json)
         AS new (id uuid, transfer_id uuid, agency_code text, clock text, actor text, nature text, is_strict boolean,
                 starts_at timestamptz, near_at timestamptz, due_at timestamptz, strict_due_at timestamptz,
                 provisional boolean, met_at timestamptz, voided_at timestamptz)
    JOIN stored ON stored.id = transfer_id
),
added_journal AS (
  INSERT INTO journal (id, agency_code, transfer_id, action, actor, at, move, data)
  SELECT new.*
    FROM json_to_recordset($5::json)
         AS new (id uuid, agency_code text, transfer_id uuid, action text, actor text, at timestamptz, move int,
                 data jsonb)
    JOIN stored ON stored.id = transfer_id
),
added_documents AS (
  INSERT INTO documents (transfer_id, kind, subject, digest, sealed, stored_at)
  SELECT new.*
    FROM unnest($6::uuid[], $7::text[], $8::uuid[], $9::text[], $10::bytea[], $11::timestamptz[])
         AS new (transfer_id, kind, subject, digest, sealed, stored_at)
    JOIN stored ON stored.id = transfer_id
)
SELECT id FROM stored

-- name: hold
-- Lock transfers, always before anything of theirs and in the order of their ids, so that nobody waits in a ring.
-- NO KEY: a dispatch that is updated twice in one transaction asks for its transfer's key again.
SELECT id FROM transfers WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE

-- name: add_dispatches
-- One more addressee of a stored transfer.
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
   FOR NO KEY UPDATE

-- name: peek
-- The same without a lock: to say what would follow from something, and not to do it.
SELECT id, agency_code, sector, division, status, move, is_current, received_at
  FROM transfers
 WHERE id = ANY ($1::uuid[])
 ORDER BY id

-- name: parts
-- The addressees of transfers. One from whom the dispatch was taken back before it had come is none any more, unless it
-- has told something of the case all the same.
SELECT transfer_id, kind, role, status, office_code,
       status <> 'recalled' OR delivered_at IS NOT NULL
         OR EXISTS (SELECT FROM reports r WHERE r.transfer_id = d.transfer_id AND r.office_code = d.office_code) AS is_party
  FROM dispatches d
 WHERE transfer_id = ANY ($1::uuid[])

-- name: reports
-- What was told of transfers, in the order of what it tells.
SELECT transfer_id, kind, happened_at, received_at, office_code
  FROM reports
 WHERE transfer_id = ANY ($1::uuid[])
 ORDER BY happened_at, received_at, id

-- name: move
-- Move transfers that still stand at the move number we saw.
UPDATE transfers AS t
   SET status = m.status, move = t.move + 1, changed_at = m.at
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[]) AS m (id, expected, status, at)
 WHERE t.id = m.id AND t.move = m.expected
