-- name: add
-- Start clocks, or record ones that have ended already.
INSERT INTO deadlines (id, transfer_id, agency_code, clock, actor, nature, is_strict, starts_at, near_at, due_at,
                       strict_due_at, provisional, met_at, voided_at, division)
SELECT n.*, t.division
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::timestamptz[],
              $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::boolean[], $13::timestamptz[],
              $14::timestamptz[]) AS n (id, transfer_id)
  LEFT JOIN transfers t ON t.id = n.transfer_id

-- name: update
-- What became of clocks: met, void, lengthened, or computed anew. One whose end moved may be raised again.
UPDATE deadlines AS d
   SET clock = n.clock, starts_at = n.starts_at, near_at = n.near_at, due_at = n.due_at,
       strict_due_at = n.strict_due_at, provisional = n.provisional, met_at = n.met_at, voided_at = n.voided_at,
       near_raised_at = CASE WHEN n.due_at > d.due_at THEN NULL ELSE d.near_raised_at END,
       missed_raised_at = CASE WHEN n.due_at > d.due_at THEN NULL ELSE d.missed_raised_at END
  FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
              $7::boolean[], $8::timestamptz[], $9::timestamptz[])
       AS n (id, clock, starts_at, near_at, due_at, strict_due_at, provisional, met_at, voided_at)
 WHERE d.id = n.id

-- name: of_transfers
-- Every clock of some transfers.
SELECT id, transfer_id, agency_code, clock, is_strict, starts_at, due_at, strict_due_at, provisional, met_at, voided_at
  FROM deadlines
 WHERE transfer_id = ANY ($1::uuid[])
 ORDER BY starts_at, id

-- name: void
-- End every running clock of a transfer that was set aside.
UPDATE deadlines SET voided_at = $2 WHERE transfer_id = $1 AND met_at IS NULL AND voided_at IS NULL

-- name: claim_near
-- Mark clocks that have become near. Whoever marks one raises it: once, however many look. $1 now, $2 how many.
UPDATE deadlines
   SET near_raised_at = $1
 WHERE id IN (SELECT id FROM deadlines
               WHERE met_at IS NULL AND voided_at IS NULL AND near_raised_at IS NULL
                 AND near_at <= $1 AND near_at < due_at AND due_at >= $1
               ORDER BY near_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id, transfer_id, agency_code, clock, is_strict, starts_at, due_at, strict_due_at, provisional, met_at, voided_at

-- name: claim_missed
-- Mark clocks that ran out; $1 now, $2 how many.
UPDATE deadlines
   SET missed_raised_at = $1
 WHERE id IN (SELECT id FROM deadlines
               WHERE met_at IS NULL AND voided_at IS NULL AND missed_raised_at IS NULL AND due_at < $1
               ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id, transfer_id, agency_code, clock, is_strict, starts_at, due_at, strict_due_at, provisional, met_at, voided_at

-- name: provisional
-- Open clocks whose date rests on a calendar that was not published, in pages; $1 how many, $2 after which.
SELECT id, transfer_id, agency_code, clock, is_strict, starts_at, due_at, strict_due_at, provisional, met_at, voided_at
  FROM deadlines
 WHERE provisional AND met_at IS NULL AND voided_at IS NULL AND ($2::uuid IS NULL OR id > $2)
 ORDER BY id LIMIT $1
   FOR UPDATE
