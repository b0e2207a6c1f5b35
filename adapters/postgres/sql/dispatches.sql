-- name: claim
-- Lease the most urgent due dispatches. $1 now, $2 lease end, $3 how many, $4 failures that open the breaker.
-- The endpoint's row is locked, so that all replicas together keep its room and its pace; one whose row another
-- worker holds is left to that worker. After failures one probe at a time is let through.
WITH ready AS (
  SELECT e.office_code, e.url, e.max_in_flight, e.per_second, e.failures, e.paced_until,
         least(CASE WHEN e.failures >= $4 THEN 1 ELSE e.max_in_flight END
               - (SELECT count(*) FROM dispatches l
                   WHERE l.office_code = e.office_code AND l.claim IS NOT NULL AND l.lease_until > $1),
               greatest(1, ceil(e.per_second)::bigint)) AS room
    FROM endpoints e
   WHERE e.kind = 'push'
     AND e.paused_until <= $1
     AND e.paced_until <= $1
     AND EXISTS (SELECT FROM dispatches d WHERE d.office_code = e.office_code AND d.status = 'waiting')
     FOR UPDATE OF e SKIP LOCKED
),
due AS (
  SELECT d.id, r.office_code, r.url, r.max_in_flight, r.per_second, r.failures
    FROM ready r
   CROSS JOIN LATERAL (
         SELECT id, due_at
           FROM dispatches
          WHERE office_code = r.office_code
            AND status = 'waiting'
            AND retry_at <= $1
            AND (lease_until IS NULL OR lease_until <= $1)
          ORDER BY due_at, id
          LIMIT greatest(r.room, 0)
            FOR UPDATE SKIP LOCKED) d
   ORDER BY d.due_at
   LIMIT $3
),
paced AS (
  UPDATE endpoints e
     SET paced_until = $1 + make_interval(secs => n.taken / e.per_second)
    FROM (SELECT office_code, count(*) AS taken FROM due GROUP BY office_code) n
   WHERE e.office_code = n.office_code
)
UPDATE dispatches d
   SET attempts = d.attempts + 1, claim = gen_random_uuid(), lease_until = $2
  FROM due
 WHERE d.id = due.id
RETURNING d.id, d.transfer_id, d.agency_code, d.office_code, d.kind, d.role, d.attempts, d.claim, d.due_at,
          d.give_up_at, d.digest, due.failures, due.url, due.max_in_flight, due.per_second

-- name: compose
-- Note the digest of what is about to be sent, if the claim is still ours.
UPDATE dispatches AS d
   SET digest = c.digest
  FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS c (id, claim, digest)
 WHERE d.id = c.id AND d.claim = c.claim AND d.digest IS NULL

-- name: settle
-- Record what attempts came to. Touches nothing whose claim another worker has taken since.
UPDATE dispatches AS d
   SET status = s.status,
       claim = NULL,
       lease_until = NULL,
       retry_at = s.retry_at,
       problem = s.problem,
       delivered_at = CASE WHEN s.status IN ('delivered', 'acknowledged') THEN s.at ELSE d.delivered_at END,
       acknowledged_at = CASE WHEN s.status = 'acknowledged' THEN s.at ELSE d.acknowledged_at END
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[])
       AS s (id, claim, status, at, retry_at, problem)
 WHERE d.id = s.id AND d.claim = s.claim AND d.status = 'waiting'
RETURNING d.id

-- name: lock_endpoints
-- Lock endpoints in one order, before their counters change.
SELECT office_code, failures FROM endpoints WHERE office_code = ANY ($1::text[]) ORDER BY office_code FOR UPDATE

-- name: note_endpoints
-- What the answers say of endpoints: a success closes the breaker, failures pause longer and longer.
UPDATE endpoints AS e
   SET failures = n.failures,
       paused_until = greatest(n.paused_until, CASE WHEN n.failures = 0 THEN '-infinity' ELSE e.paused_until END),
       failing_since = CASE WHEN n.failures > 0 THEN coalesce(e.failing_since, n.at) END
  FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::timestamptz[]) AS n (office_code, failures, paused_until, at)
 WHERE e.office_code = n.office_code

-- name: out_of_time
-- The transfers of what is out of time and under nobody's lease. $1 now, $2 how many.
SELECT DISTINCT transfer_id
  FROM (SELECT transfer_id FROM dispatches
         WHERE status = 'waiting' AND give_up_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
         LIMIT $2) AS late

-- name: give_up
-- What is out of time and under nobody's lease is for our operators. $1 now, $2 of which transfers.
UPDATE dispatches AS d
   SET status = 'undeliverable', claim = NULL, lease_until = NULL,
       problem = coalesce(d.problem, 'not taken in time')
 WHERE d.transfer_id = ANY ($2::uuid[])
   AND d.status = 'waiting' AND d.give_up_at <= $1 AND (d.lease_until IS NULL OR d.lease_until <= $1)
RETURNING d.id, d.transfer_id, d.agency_code, d.office_code, d.kind, d.role, d.status, d.digest

-- name: transfer_of
-- The transfer of a dispatch, which is locked before it.
SELECT transfer_id FROM dispatches WHERE id = $1

-- name: get
-- A dispatch, locked as an acknowledgement finds it.
SELECT id, transfer_id, agency_code, office_code, kind, role, status, digest
  FROM dispatches
 WHERE id = $1
   FOR UPDATE

-- name: acknowledge
-- A posted answer settles the dispatch whoever holds a claim: their signature outweighs our attempt.
UPDATE dispatches
   SET status = $2, claim = NULL, lease_until = NULL, problem = NULL,
       delivered_at = coalesce(delivered_at, $3),
       acknowledged_at = CASE WHEN $2 = 'acknowledged' THEN $3 END
 WHERE id = $1 AND digest = $4 AND status IN ('waiting', 'delivered', 'undeliverable')

-- name: recall
-- Take back what was not delivered yet.
UPDATE dispatches
   SET status = 'recalled', claim = NULL, lease_until = NULL
 WHERE transfer_id = ANY ($1::uuid[]) AND status IN ('held', 'waiting', 'undeliverable')
RETURNING id, transfer_id, agency_code, office_code, kind, role, status, digest

-- name: take_back
-- Take one dispatch back from its office, so that another can have one in its place. $1 dispatch, $2 now. Touches
-- nothing that is taken, answered or on the wire at this moment.
UPDATE dispatches
   SET status = 'recalled', claim = NULL, lease_until = NULL
 WHERE id = $1 AND status IN ('waiting', 'undeliverable', 'refused') AND (lease_until IS NULL OR lease_until <= $2)
RETURNING due_at

-- name: release
-- The agency insists: what was held goes, and what has no endpoint is for our operators.
UPDATE dispatches
   SET status = CASE WHEN office_code IN (SELECT office_code FROM endpoints) THEN 'waiting' ELSE 'undeliverable' END,
       retry_at = $2, due_at = $3, give_up_at = $4
 WHERE transfer_id = $1 AND status = 'held'
RETURNING id

-- name: resend
-- Put a stuck dispatch back into the queue.
UPDATE dispatches
   SET status = 'waiting', retry_at = $2, give_up_at = $3, problem = NULL
 WHERE id = $1 AND status IN ('undeliverable', 'refused')
   AND office_code IN (SELECT office_code FROM endpoints)

-- name: take_out
-- Claim a dispatch for the transaction that writes it down for the first time; the lease ends as it begins, so
-- that nobody waits for it. $1 dispatch, $2 now.
UPDATE dispatches
   SET attempts = attempts + 1, claim = gen_random_uuid(), lease_until = $2
 WHERE id = $1 AND digest IS NULL
RETURNING id, transfer_id, agency_code, office_code, kind, role, attempts, claim, due_at, give_up_at, digest

-- name: of_office
-- The dispatch of a transfer to an office; one that was taken back is behind the one that came in its place.
-- $1 transfer, $2 office.
SELECT id, transfer_id, agency_code, office_code, kind, role, status, digest
  FROM dispatches
 WHERE transfer_id = $1 AND office_code = $2
 ORDER BY status = 'recalled', id DESC
 LIMIT 1

-- name: hand_over
-- Somebody at the office's desk has it before him: it is delivered, whoever holds a claim. $1 dispatch, $2 now.
UPDATE dispatches
   SET status = 'delivered', claim = NULL, lease_until = NULL, problem = NULL, delivered_at = coalesce(delivered_at, $2)
 WHERE id = $1 AND digest IS NOT NULL AND status IN ('waiting', 'undeliverable')
