-- name: server
-- What the server is, and what it does with a commit.
SELECT current_setting('server_version_num')::int / 10000 AS version, clock_timestamp() AS now,
       current_setting('fsync') = 'on' AS fsync, current_setting('synchronous_commit') <> 'off' AS waits

-- name: failing_endpoints
-- Endpoints whose breaker is open. $1 failures that open it.
SELECT office_code, failures, failing_since FROM endpoints WHERE failures >= $1 ORDER BY office_code

-- name: stuck
-- Dispatches for operators, the most urgent first. $1 how many. The words of a refusal may name a person.
SELECT id, office_code, kind, status, CASE WHEN status = 'undeliverable' THEN problem END AS problem FROM dispatches
 WHERE status IN ('refused', 'undeliverable')
 ORDER BY due_at LIMIT $1

-- name: unacknowledged
-- Dispatches that were taken before $1 and are not acknowledged, the longest first. $2 how many.
SELECT id, office_code, kind, delivered_at FROM dispatches
 WHERE status = 'delivered' AND delivered_at < $1
 ORDER BY delivered_at LIMIT $2

-- name: late
-- How many dispatches that can be called for wait beyond their due date, and the earliest. $1 now.
SELECT count(*) AS count, min(d.due_at) AS due_at
  FROM endpoints e
 CROSS JOIN LATERAL (SELECT due_at FROM dispatches
                      WHERE office_code = e.office_code AND status = 'waiting' AND due_at < $1
                      ORDER BY due_at, id LIMIT 1000) d

-- name: stuck_letters
-- Letters of supervision that no agency took in time, the longest first. $1 how many.
SELECT id, agency_code, coalesce(problem, 'nobody took it') AS problem FROM supervisions
 WHERE status = 'undeliverable'
 ORDER BY give_up_at LIMIT $1

-- name: silent_letters
-- Replies that are overdue and that nobody above can be told of, the longest first. $1 how many.
SELECT id, agency_code, office_code, escalated_to FROM supervisions
 WHERE met_at IS NULL AND voided_at IS NULL AND due_at IS NOT NULL AND escalations > 0 AND escalate_at IS NULL
 ORDER BY due_at LIMIT $1

-- name: newest_sealed
-- A sealed document, to see whether the vault opens what is stored.
SELECT transfer_id, kind, subject, sealed FROM documents ORDER BY transfer_id DESC LIMIT 1

-- name: people
-- How many may sign in, how many of them may operate, and how many have a session that is alive at $1 and
-- was seen after $2.
SELECT count(*) AS active, count(*) FILTER (WHERE is_operator) AS operators,
       (SELECT count(DISTINCT staff_id) FROM sessions
         WHERE staff_id IS NOT NULL AND ends_at > $1 AND seen_at > $2) AS signed_in
  FROM (SELECT bool_or(r.role = 'operator') AS is_operator
          FROM staff s JOIN staff_roles r ON r.staff_id = s.id
         WHERE s.disabled_at IS NULL
         GROUP BY s.id) AS able

-- name: unsettled_acts
-- Decisions that were signed before $1 and whose end is not known, the oldest first. $2 how many.
SELECT id, office_code, signed_at FROM desk_acts WHERE signed_at < $1 AND settled_at IS NULL ORDER BY signed_at LIMIT $2

-- name: desks_without_key
-- Offices of kinds $1 at which somebody may decide and nothing can be signed. $2 how many.
SELECT DISTINCT r.office_code
  FROM staff_roles r
  JOIN staff s ON s.id = r.staff_id AND s.disabled_at IS NULL
  JOIN offices o ON o.code = r.office_code AND o.kind = ANY ($1::text[])
 WHERE r.role IN ('reviewer', 'chief')
   AND NOT EXISTS (SELECT FROM desk_keys k WHERE k.office_code = r.office_code)
 ORDER BY r.office_code LIMIT $2
