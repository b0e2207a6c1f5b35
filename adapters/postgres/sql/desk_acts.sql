-- name: dispatched
-- Fragment: whether a dispatch `d` made its addressee a party; equal to views.sql.
(d.delivered_at IS NOT NULL OR d.status NOT IN ('held', 'recalled'))

-- name: columns
-- Fragment: an act as it is read.
SELECT a.id, a.office_code, a.staff_id, coalesce(s.name, '') AS staff_name, a.kind, a.subject, a.subject_id, a.group_id,
       a.seen_move, a.sealed, a.drafted_at, a.signed, a.signed_at, a.digest, a.receipt, a.settled_at, a.outcome, a.is_excluded
  FROM desk_acts a
  LEFT JOIN staff s ON s.id = a.staff_id

-- name: add
-- Store drafts; those that a bulk action leaves out are settled from the beginning.
INSERT INTO desk_acts (id, office_code, staff_id, kind, subject, subject_id, group_id, seen_move, sealed, drafted_at,
                       settled_at, outcome, is_excluded)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::int[],
                     $9::bytea[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::boolean[])

-- name: find
-- One act. $1 id.
{columns}
 WHERE a.id = $1

-- name: hold
-- One act, locked. $1 id.
{columns}
 WHERE a.id = $1
   FOR NO KEY UPDATE OF a

-- name: of_group
-- The acts of a bulk action. $1 group.
{columns}
 WHERE a.group_id = $1
 ORDER BY a.id

-- name: sign
-- Keep the signed document; what is signed or settled stays as it is. $1 id, $2 document, $3 digest, $4 now.
UPDATE desk_acts SET signed = $2, digest = $3, signed_at = $4 WHERE id = $1 AND signed IS NULL AND settled_at IS NULL

-- name: settle
-- Write down how it ended, once. $1 id, $2 outcome, $3 digest of the receipt, $4 now.
UPDATE desk_acts SET outcome = $2, receipt = $3, settled_at = $4 WHERE id = $1 AND settled_at IS NULL

-- name: receipt_of_document
-- The receipt of a report or of an acknowledgement, if it was taken in. $1 transfer, $2 digest of the document.
SELECT r.digest
  FROM documents d
  JOIN documents r ON r.transfer_id = d.transfer_id AND r.kind = 'receipt' AND r.subject = d.subject
 WHERE d.transfer_id = $1 AND d.digest = $2

-- name: receipt_of_letter
-- The same of a letter of supervision. $1 office, $2 its number of it, $3 digest of the letter.
SELECT id, receipt FROM supervision_letters WHERE office_code = $1 AND letter_id = $2 AND digest = $3

-- name: unsettled
-- Signed before $1, and nobody knows how it ended; any of them, so that those that keep failing are in nobody's way. $2
-- how many.
SELECT id FROM desk_acts WHERE signed_at < $1 AND settled_at IS NULL ORDER BY random() LIMIT $2

-- name: transfers
-- Transfers as an office that they were dispatched to finds them. $1 office, $2 transfers.
SELECT t.id, t.move, t.status, t.agency_code, t.case_number, t.document_number, t.sector, t.division, t.received_at,
       t.is_current, t.flags, t.screening, d.id AS dispatch_id, d.status AS dispatch_status,
       d.digest AS dispatch_digest, d.role,
       (SELECT coalesce(array_agg(DISTINCT r.kind), '{}') FROM reports r WHERE r.transfer_id = t.id) AS told,
       (SELECT jsonb_object_agg(o.office_code, o.kind) FROM dispatches o
         WHERE o.transfer_id = t.id AND o.office_code IS NOT NULL) AS offices
  FROM dispatches d
  JOIN transfers t ON t.id = d.transfer_id
 WHERE d.office_code = $1 AND d.transfer_id = ANY ($2::uuid[]) AND {dispatched}

-- name: history_of_transfer
-- What happened to a transfer, the latest first. $1 transfer, $2 actions that are left out, $3 how many.
SELECT at, action, actor, data, move
  FROM journal
 WHERE transfer_id = $1 AND action <> ALL ($2::text[])
 ORDER BY recorded_in DESC, id DESC
 LIMIT $3

-- name: history_of_subject
-- The same of a lead or a letter. $1 its id.
SELECT at, action, actor, data, move
  FROM journal
 WHERE subject_id = $1 AND action <> ALL ($2::text[])
 ORDER BY recorded_in DESC, id DESC
 LIMIT $3
