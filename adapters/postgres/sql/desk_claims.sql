-- name: hold
-- The claim on a matter, ended or not, locked: who takes over second sees who did first. $1 office, $2 the matter.
{find}
   FOR NO KEY UPDATE OF c

-- name: find
-- The claim on each of some matters, ended or not. $1 office, $2 matters.
SELECT c.office_code, c.subject, c.subject_id, c.staff_id, coalesce(s.name, '') AS staff_name, c.claimed_at,
       c.lease_until, f.name AS taken_from
  FROM desk_claims c
  LEFT JOIN staff s ON s.id = c.staff_id
  LEFT JOIN staff f ON f.id = c.taken_from
 WHERE c.office_code = $1 AND c.subject_id = ANY ($2::uuid[])

-- name: take
-- Claim what is free, or go on with one's own; touches nothing while another's lease runs. $7 now.
INSERT INTO desk_claims AS held (office_code, subject, subject_id, staff_id, claimed_at, lease_until)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (office_code, subject_id) DO UPDATE
   SET staff_id = EXCLUDED.staff_id,
       lease_until = EXCLUDED.lease_until,
       claimed_at = CASE WHEN held.staff_id = EXCLUDED.staff_id AND held.lease_until > $7 THEN held.claimed_at
                         ELSE EXCLUDED.claimed_at END,
       taken_from = CASE WHEN held.staff_id = EXCLUDED.staff_id AND held.lease_until > $7 THEN held.taken_from END,
       reason = CASE WHEN held.staff_id = EXCLUDED.staff_id AND held.lease_until > $7 THEN held.reason END
 WHERE held.staff_id = EXCLUDED.staff_id OR held.lease_until <= $7

-- name: take_over
-- Claim whoever holds it, with the sealed reason. $7 from whom, $8 the reason.
INSERT INTO desk_claims (office_code, subject, subject_id, staff_id, claimed_at, lease_until, taken_from, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (office_code, subject_id) DO UPDATE
   SET (staff_id, claimed_at, lease_until, taken_from, reason)
     = (EXCLUDED.staff_id, EXCLUDED.claimed_at, EXCLUDED.lease_until, EXCLUDED.taken_from, EXCLUDED.reason)

-- name: release
-- Give up one's own. $1 office, $2 matter, $3 person.
DELETE FROM desk_claims WHERE office_code = $1 AND subject_id = $2 AND staff_id = $3
