-- The docket of one transfer, under row-level security: what the office may not see is not there.

-- name: find
-- The transfer, whether it was dispatched to the office, and what the person has seen of it. $1 transfer, $2 office,
-- $3 person.
SELECT t.id, t.agency_code, t.packet_id, t.packet_digest, t.case_number, t.document_number, t.division, t.sector,
       t.status, t.move, t.is_current, desk_is_party(t.id) AS is_party, t.received_at, t.changed_at,
       t.screening ->> 'rulebook_digest' AS rulebook_digest, t.flags, s.move AS seen_move
  FROM transfers t
  LEFT JOIN desk_seen s ON s.staff_id = $3 AND s.office_code = $2 AND s.transfer_id = t.id
 WHERE t.id = $1

-- name: documents
-- Its signed documents, in the order in which they came. $1 transfer, $2 kinds, or null for all.
SELECT kind, subject, digest, sealed, stored_at
  FROM documents
 WHERE transfer_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
 ORDER BY stored_at, kind, subject

-- name: history
-- What happened to it, in the order of commits. $1 transfer, $2 actions that are left out.
SELECT at, action, actor, move, data
  FROM journal
 WHERE transfer_id = $1 AND action <> ALL ($2::text[])
 ORDER BY recorded_in, id

-- name: readings
-- Who looked at it last. $1 transfer, $2 readings, $3 how many.
SELECT at, action, actor, move, data
  FROM journal
 WHERE transfer_id = $1 AND action = ANY ($2::text[])
 ORDER BY recorded_in DESC, id DESC
 LIMIT $3

-- name: corrections
-- What the office has laid over its fields, the latest last. $1 transfer.
SELECT id, pointer, staff_id, made_at, sealed
  FROM desk_corrections
 WHERE transfer_id = $1
 ORDER BY made_at, id

-- name: letters
-- Letters of supervision about the case. $1 agency, $2 case number.
SELECT id, kind, office_code, document_number, issued_at, status, due_at, replied_at, closed_at
  FROM supervisions
 WHERE agency_code = $1 AND case_number = $2
 ORDER BY id

-- name: versions
-- Other packets about the case: the one that counts, and back from it one by one. $1 transfer, $2 agency, $3 case number.
WITH RECURSIVE version AS (
  SELECT t.* FROM transfers t
   WHERE t.id = $1 OR t.agency_code = $2 AND t.case_number = $3 AND t.is_current
   UNION
  SELECT earlier.* FROM version JOIN transfers earlier ON earlier.id = version.supersedes
)
SELECT id, packet_id, received_at, status, is_current
  FROM version
 WHERE id <> $1
 ORDER BY received_at DESC, id DESC
 LIMIT 50

-- name: people
-- Names of people of the office. $1 ids.
SELECT id, name FROM staff WHERE id = ANY ($1::uuid[])

-- name: was_opened
-- Whether a line tells that somebody opened a file since $4. $1 transfer, $2 digest, $3 who.
SELECT EXISTS (SELECT FROM journal
                WHERE transfer_id = $1 AND action = 'material.read' AND at > $4
                  AND data ->> 'digest' = $2 AND data ->> 'kid' = $3)

-- name: alone
-- Keep others from asking about the same file of the same person until the transaction ends. $1 both.
SELECT pg_advisory_xact_lock(hashtextextended($1, 12))
