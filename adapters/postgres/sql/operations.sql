-- Nothing here is sealed, and nothing names a case, a party, a lead, or what an office wrote.

-- name: endpoints
-- Every endpoint with its breaker, its pace and its queue, which is not counted beyond $2; what is in trouble first.
-- $1 now.
SELECT e.office_code, e.kind, e.url, e.failures, e.failing_since,
       CASE WHEN isfinite(e.paused_until) THEN e.paused_until END AS paused_until,
       (SELECT count(*) FROM dispatches l
         WHERE l.office_code = e.office_code AND l.claim IS NOT NULL AND l.lease_until > $1) AS in_flight,
       e.max_in_flight, e.per_second, w.waiting, w.first_due_at
  FROM endpoints e
 CROSS JOIN LATERAL (
       SELECT count(*) AS waiting, min(due_at) AS first_due_at
         FROM (SELECT due_at FROM dispatches d
                WHERE d.office_code = e.office_code AND d.status = 'waiting'
                ORDER BY due_at, id LIMIT $2) AS first) w
 ORDER BY e.failures DESC, w.first_due_at NULLS LAST, e.office_code

-- name: glimpse
-- Fragment: a dispatch without its case. The words of a refusal may name a person, and stay with what was refused and
-- then taken back.
d.id, d.office_code, d.kind, d.role, d.status, d.attempts, d.due_at,
       CASE WHEN d.status NOT IN ('refused', 'recalled') THEN d.problem END AS problem

-- name: stuck
-- What operators must solve, the longest due first. $1 how many.
SELECT {glimpse}, false AS is_on_the_wire
  FROM dispatches d
 WHERE d.status IN ('refused', 'undeliverable')
 ORDER BY d.due_at, d.id LIMIT $1

-- name: stuck_counts
-- How much of it there is, not counted beyond $1.
SELECT status, count(*) AS count
  FROM (SELECT status FROM dispatches WHERE status IN ('refused', 'undeliverable') LIMIT $1) AS stuck
 GROUP BY status ORDER BY status

-- name: dispatch
-- One dispatch. $1 id, $2 now.
SELECT {glimpse}, d.claim IS NOT NULL AND d.lease_until > $2 AS is_on_the_wire FROM dispatches d WHERE d.id = $1

-- name: parties
-- The offices that have, or had, part in the same transfer as a dispatch. $1 id.
SELECT DISTINCT o.office_code
  FROM dispatches d
  JOIN dispatches o ON o.transfer_id = d.transfer_id AND o.office_code IS NOT NULL
 WHERE d.id = $1 AND (o.status <> 'recalled' OR o.delivered_at IS NOT NULL)

-- name: letters
-- Letters of supervision that did not arrive, the longest out of time first. $1 how many.
SELECT id, agency_code, office_code, status, issued_at, problem FROM supervisions
 WHERE status = 'undeliverable'
 ORDER BY give_up_at, id LIMIT $1

-- name: letter
SELECT id, agency_code, office_code, status, issued_at, problem FROM supervisions WHERE id = $1

-- name: desk_kids
SELECT kid FROM desk_keys

-- name: book_in_force
SELECT b.digest, b.version, f.switched_at FROM rulebook_in_force f JOIN rulebooks b ON b.digest = f.digest

-- name: migrations
SELECT version, applied_at FROM schema_migrations ORDER BY version

-- name: people
-- How many people there are, and sessions that are alive at $1 and were seen after $2.
SELECT (SELECT count(*) FROM staff WHERE disabled_at IS NULL) AS active,
       (SELECT count(*) FROM staff WHERE disabled_at IS NOT NULL) AS disabled,
       count(DISTINCT staff_id) AS signed_in, count(*) AS sessions
  FROM sessions
 WHERE staff_id IS NOT NULL AND ends_at > $1 AND seen_at > $2

-- name: roles
SELECT r.role, count(DISTINCT r.staff_id) AS count
  FROM staff_roles r JOIN staff s ON s.id = r.staff_id AND s.disabled_at IS NULL
 GROUP BY r.role ORDER BY r.role
