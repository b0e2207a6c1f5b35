-- Letters of supervision: kept, delivered, timed, escalated. {columns} and {open} are filled in when the module is loaded.

-- name: columns
-- Fragment: what a state is read from, of `s`.
s.id, s.office_code, s.letter_id, s.kind, s.agency_code, s.case_number, s.lead_ids, s.division, s.sector,
s.document_number, s.issued_at, s.received_at, s.reply_by, s.digest, s.status, s.move, s.give_up_at, s.delivered_at,
s.clock, s.is_strict, s.starts_at, s.due_at, s.strict_due_at, s.provisional, s.met_at, s.voided_at, s.escalations,
s.escalated_to, s.escalated_at, s.escalate_at, s.reply, s.replied_at, s.followed_at, s.outcome, s.closed_at, s.counted

-- name: open
-- Fragment: a clock of `s` that runs; plain columns, so that the index of them serves.
s.met_at IS NULL AND s.voided_at IS NULL AND s.due_at IS NOT NULL

-- name: hold_letter
-- Keep others from taking an office's own id until the transaction ends: the same letter may come twice at once.
SELECT pg_advisory_xact_lock(hashtextextended($1, 6))

-- name: add_letter
-- Keep a signed document and its receipt, once for ever.
INSERT INTO supervision_letters (office_code, document, letter_id, id, supervision_id, digest, received_at, sealed, receipt)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: find_letter
-- What is kept under an office's own id.
SELECT id, supervision_id, digest, received_at, sealed, receipt
  FROM supervision_letters
 WHERE office_code = $1 AND document = $2 AND letter_id = $3

-- name: letter_of
-- The letter that opened a supervision.
SELECT l.id, l.sealed
  FROM supervisions s
  JOIN supervision_letters l ON l.office_code = s.office_code AND l.document = 'supervision' AND l.letter_id = s.letter_id
 WHERE s.id = $1

-- name: add
-- A letter that was just issued, waiting to be sent at once.
INSERT INTO supervisions (id, office_code, letter_id, kind, agency_code, case_number, lead_ids, division, sector,
                          document_number, issued_at, received_at, reply_by, digest, status, move, give_up_at, counted,
                          retry_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $12)

-- name: find
-- One, as it stands.
SELECT {columns} FROM supervisions s WHERE s.id = $1

-- name: hold
-- One, locked.
SELECT {columns} FROM supervisions s WHERE s.id = $1 FOR UPDATE

-- name: change
-- What became of one, if it has not moved meanwhile. A later end may be raised again; a move ends any claim.
UPDATE supervisions AS s
   SET status = $3, move = $4, delivered_at = $5, clock = $6, is_strict = $7, starts_at = $8, near_at = $9, due_at = $10,
       strict_due_at = $11, provisional = $12, met_at = $13, voided_at = $14, escalations = $15, escalated_to = $16,
       escalated_at = $17, escalate_at = $18, reply = $19, replied_at = $20, followed_at = $21, outcome = $22,
       closed_at = $23, counted = $24, give_up_at = $25,
       near_raised_at = CASE WHEN $10 > s.due_at THEN NULL ELSE s.near_raised_at END,
       missed_raised_at = CASE WHEN $10 > s.due_at THEN NULL ELSE s.missed_raised_at END,
       claim = CASE WHEN $4 = s.move THEN s.claim END,
       lease_until = CASE WHEN $4 = s.move THEN s.lease_until END
 WHERE s.id = $1 AND s.move = $2

-- name: running
-- Those about any of these leads that are not closed.
SELECT {columns} FROM supervisions s WHERE s.lead_ids && $1::uuid[] AND s.closed_at IS NULL ORDER BY s.id

-- name: claim
-- Lease letters to agencies that can be called, the oldest first. $1 now, $2 lease end, $3 how many. An endpoint that its
-- breaker keeps closed is left alone.
WITH due AS (
  SELECT s.id, e.url, e.max_in_flight, e.per_second
    FROM supervisions s
    JOIN endpoints e ON e.office_code = s.agency_code AND e.kind = 'push' AND e.paused_until <= $1
   WHERE s.status = 'issued' AND s.retry_at <= $1 AND (s.lease_until IS NULL OR s.lease_until <= $1)
   ORDER BY s.retry_at, s.id
   LIMIT $3
     FOR UPDATE OF s SKIP LOCKED
)
UPDATE supervisions AS s
   SET attempts = s.attempts + 1, claim = gen_random_uuid(), lease_until = $2
  FROM due
  JOIN supervisions b ON b.id = due.id
  JOIN supervision_letters l ON l.office_code = b.office_code AND l.document = 'supervision' AND l.letter_id = b.letter_id
 WHERE s.id = due.id
RETURNING s.id, s.agency_code, s.attempts, s.claim, s.digest, l.id AS letter, l.sealed, due.url, due.max_in_flight,
          due.per_second

-- name: release
-- Put back what nobody knows the fate of, if the claim is still ours. $1 id, $2 claim, $3 when to try again, $4 why.
UPDATE supervisions
   SET claim = NULL, lease_until = NULL, retry_at = $3, problem = $4
 WHERE id = $1 AND claim = $2 AND status = 'issued'

-- name: hold_claimed
-- Lock a letter that waits under this very claim.
SELECT {columns} FROM supervisions s WHERE s.id = $1 AND s.claim = $2 AND s.status = 'issued' FOR UPDATE

-- name: out_of_time
-- Lock what nobody took in time and what is under nobody's lease. $1 now, $2 how many.
SELECT {columns}
  FROM supervisions s
 WHERE s.status = 'issued' AND s.give_up_at <= $1 AND (s.lease_until IS NULL OR s.lease_until <= $1)
 ORDER BY s.give_up_at
 LIMIT $2
   FOR UPDATE SKIP LOCKED

-- name: requeue
-- Let a letter be claimed again from now on.
UPDATE supervisions SET retry_at = $2, problem = NULL WHERE id = $1

-- name: claim_near
-- Mark replies that have become near. Whoever marks one raises it: once, however many look. $1 now, $2 how many.
UPDATE supervisions AS s
   SET near_raised_at = $1
 WHERE s.id IN (SELECT s.id FROM supervisions s
                 WHERE {open} AND s.near_raised_at IS NULL AND s.near_at <= $1 AND s.near_at < s.due_at AND s.due_at >= $1
                 ORDER BY s.near_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING {columns}

-- name: claim_missed
-- Mark replies that did not come in time; $1 now, $2 how many.
UPDATE supervisions AS s
   SET missed_raised_at = $1
 WHERE s.id IN (SELECT s.id FROM supervisions s
                 WHERE {open} AND s.missed_raised_at IS NULL AND s.due_at < $1
                 ORDER BY s.due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING {columns}

-- name: run_out
-- Lock those whose present period has ended; $1 now, $2 how many.
SELECT {columns}
  FROM supervisions s
 WHERE s.escalate_at < $1
 ORDER BY s.escalate_at
 LIMIT $2
   FOR UPDATE SKIP LOCKED

-- name: hold_followed
-- Lock a letter whose case was transferred after it, as the platform knows it, else as the register tells.
SELECT {columns}, coalesce(t.received_at, l.changed_at) AS transferred_at
  FROM supervisions s
  LEFT JOIN transfers t ON t.agency_code = s.agency_code AND t.case_number = s.case_number AND t.is_current
                       AND t.received_at >= s.received_at AND t.status NOT IN ('held_below_threshold', 'withdrawn')
  LEFT JOIN LATERAL (SELECT min(l.changed_at) AS changed_at FROM leads l
                      WHERE l.id = ANY (s.lead_ids) AND l.status = 'transferred') l ON true
 WHERE s.followed_at IS NULL AND s.closed_at IS NULL AND s.kind <> 'penalty_opinion'
   AND coalesce(t.received_at, l.changed_at) IS NOT NULL
 ORDER BY s.id
 LIMIT 1
   FOR UPDATE OF s SKIP LOCKED

-- name: provisional
-- Lock open ones whose date rests on a calendar that was not published, in pages; $1 how many, $2 after which.
SELECT {columns}
  FROM supervisions s
 WHERE {open} AND s.provisional AND ($2::uuid IS NULL OR s.id > $2)
 ORDER BY s.id
 LIMIT $1
   FOR UPDATE
