-- What desks note: written by the service itself, since the role of the pages only reads.

-- name: note_seen
-- What somebody has seen of a transfer, never less than before. $1 person, $2 office, $3 transfer, $4 move, $5 now.
INSERT INTO desk_seen (staff_id, office_code, transfer_id, move, seen_at)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (staff_id, office_code, transfer_id)
    DO UPDATE SET move = greatest(desk_seen.move, excluded.move), seen_at = excluded.seen_at

-- name: correct_alone
-- Keep others from correcting the same field for the same office until the transaction ends. $1 all three.
SELECT pg_advisory_xact_lock(hashtextextended($1, 13))

-- name: latest_correction
-- What the office laid over a field last. $1 transfer, $2 office, $3 pointer.
SELECT id, pointer, staff_id, made_at, sealed
  FROM desk_corrections
 WHERE transfer_id = $1 AND office_code = $2 AND pointer = $3
 ORDER BY made_at DESC, id DESC
 LIMIT 1

-- name: add_correction
-- $1 id, $2 office, $3 transfer, $4 pointer, $5 person, $6 now, $7 sealed.
INSERT INTO desk_corrections (id, office_code, transfer_id, pointer, staff_id, made_at, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7)
