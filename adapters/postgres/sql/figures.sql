-- name: queue
-- What waits, per way of delivery. Each office is one probe of the index, and none is counted beyond $1: however
-- long a queue gets, asking for its length stays cheap.
SELECT e.kind, coalesce(sum(w.waiting), 0)::bigint AS waiting, min(w.due_at) AS due_at,
       count(*) FILTER (WHERE e.failures >= $2) AS open, count(*) FILTER (WHERE e.failures < $2) AS closed
  FROM endpoints e
 CROSS JOIN LATERAL (
       SELECT count(*) AS waiting, min(due_at) AS due_at
         FROM (SELECT due_at FROM dispatches d
                WHERE d.office_code = e.office_code AND d.status = 'waiting'
                ORDER BY due_at, id LIMIT $1) first) w
 GROUP BY e.kind

-- name: stuck
-- What operators must solve.
SELECT status, count(*) AS count
  FROM (SELECT status FROM dispatches WHERE status IN ('refused', 'undeliverable') LIMIT $1) AS stuck
 GROUP BY status

-- name: unacknowledged
-- Since when, per kind of addressee, the first of those that were taken waits for its acknowledgement. $1 kinds.
SELECT k.kind, d.delivered_at
  FROM unnest($1::text[]) AS k (kind)
 CROSS JOIN LATERAL (SELECT delivered_at FROM dispatches
                      WHERE status = 'delivered' AND kind = k.kind
                      ORDER BY delivered_at LIMIT 1) d

-- name: journal_rows
-- An estimate: counting an append-only table would read all of it.
SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'journal'::regclass

-- name: lead
-- Whether this session is the one that computes; the lock ends with the session.
SELECT pg_try_advisory_lock($1)
