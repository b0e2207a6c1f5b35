-- Reads for offices. {holes} are filled once, when the module is loaded, with the fragments that come first, so
-- that each rule stands in one place.

-- name: deadline_state
-- Fragment: how a clock `c` stands at $1; equal to service/domain/deadlines.py `Deadline.state`.
CASE
  WHEN c.voided_at IS NOT NULL THEN 'void'
  WHEN c.met_at IS NOT NULL THEN CASE WHEN c.met_at <= c.due_at THEN 'met' ELSE 'met_late' END
  WHEN $1 > c.due_at THEN CASE WHEN c.nature = 'duty' THEN 'overdue' ELSE 'lapsed' END
  WHEN $1 >= c.near_at AND c.near_at < c.due_at THEN 'near'
  ELSE 'open'
END

-- name: dispatched
-- Fragment: whether a dispatch `d` made its addressee a party. What is held, or was recalled before it was sent, did not.
(d.delivered_at IS NOT NULL OR d.status NOT IN ('held', 'recalled'))

-- name: find_case
-- A transfer, if the office is its agency or one of its addressees. $1 office, $2 transfer.
SELECT t.id AS transfer_id, t.agency_code AS agency, t.packet_id, t.packet_digest, t.case_number, t.document_number,
       t.status, t.move, t.is_current, t.supersedes, t.received_at, t.changed_at, t.flags, t.screening
  FROM transfers t
 WHERE t.id = $2
   AND (t.agency_code = $1
        OR EXISTS (SELECT FROM dispatches d
                    WHERE d.transfer_id = t.id AND d.office_code = $1 AND {dispatched}))

-- name: dispatches
-- The addressees of a transfer, the principal first; the next attempt of those that we call.
SELECT d.id AS dispatch_id, d.kind, d.role, d.office_code AS office, d.status, d.attempts, d.delivered_at,
       d.acknowledged_at, d.problem,
       CASE WHEN d.status = 'waiting' AND e.kind = 'push' THEN greatest(d.retry_at, e.paused_until) END AS next_attempt_at
  FROM dispatches d
  LEFT JOIN endpoints e ON e.office_code = d.office_code
 WHERE d.transfer_id = $1
 ORDER BY d.role = 'principal' DESC, d.id

-- name: clocks
-- Every clock of a transfer. $1 now, $2 transfer.
SELECT c.id AS deadline_id, c.transfer_id, c.clock, c.actor, c.nature, {deadline_state} AS state, c.starts_at, c.due_at,
       c.strict_due_at, c.provisional, c.met_at
  FROM deadlines c
 WHERE c.transfer_id = $2
 ORDER BY c.due_at, c.id

-- name: history
-- What happened to a transfer, in the order of commits. $1 transfer, $2 actions that are left out.
SELECT at, action, actor, data
  FROM journal
 WHERE transfer_id = $1 AND action <> ALL ($2::text[])
 ORDER BY recorded_in, id

-- name: events_of_agency
-- Lines of an agency after ($2, $3), not beyond what a running transaction may still add to. $1 office, $4 how many,
-- $5 how many to look at, $6 actions that are left out. The last line looked at comes along, shown or not: a caller
-- goes on behind it.
WITH scanned AS (
  SELECT recorded_in, id, transfer_id, subject_id, action, actor, at, data, action <> ALL ($6::text[]) AS is_shown
    FROM journal
   WHERE agency_code = $1
     AND (recorded_in, id) > ($2::text::xid8, $3::uuid)
     AND recorded_in < pg_snapshot_xmin(pg_current_snapshot())
   ORDER BY recorded_in, id
   LIMIT $5
), counted AS (
  SELECT *, count(*) OVER () AS looked_at, lead(id) OVER (ORDER BY recorded_in, id) IS NULL AS is_last FROM scanned
)
SELECT recorded_in::text::bigint AS recorded_in, id, transfer_id, subject_id, action, actor, at, data, is_shown,
       looked_at
  FROM counted
 WHERE is_shown OR is_last
 ORDER BY counted.recorded_in, id
 LIMIT $4 + 1

-- name: events_of_addressee
-- The same for an addressee: lines of transfers that were dispatched to it, and of letters of supervision that it
-- issued or was told of. It looks at everybody's lines, since an office may be an addressee of many thousand
-- transfers; the bound keeps that short. LIMIT 1 keeps the planner from hashing all dispatches there are.
WITH scanned AS (
  SELECT recorded_in, id, transfer_id, subject_id, action, actor, at, data
    FROM journal
   WHERE (recorded_in, id) > ($2::text::xid8, $3::uuid)
     AND recorded_in < pg_snapshot_xmin(pg_current_snapshot())
   ORDER BY recorded_in, id
   LIMIT $5
), marked AS (
  SELECT s.*, s.action <> ALL ($6::text[]) AND (mine.transfer_id IS NOT NULL OR letter.id IS NOT NULL) AS is_shown
    FROM scanned s
    LEFT JOIN LATERAL (SELECT d.transfer_id FROM dispatches d
                        WHERE d.transfer_id = s.transfer_id AND d.office_code = $1 AND {dispatched}
                        LIMIT 1) mine ON true
    LEFT JOIN LATERAL (SELECT v.id FROM supervisions v
                        WHERE v.id = s.subject_id AND $1 IN (v.office_code, v.escalated_to)
                        LIMIT 1) letter ON true
), counted AS (
  SELECT *, count(*) OVER () AS looked_at, lead(id) OVER (ORDER BY recorded_in, id) IS NULL AS is_last FROM marked
)
SELECT recorded_in::text::bigint AS recorded_in, id, transfer_id, subject_id, action, actor, at, data, is_shown,
       looked_at
  FROM counted
 WHERE is_shown OR is_last
 ORDER BY counted.recorded_in, id
 LIMIT $4 + 1

-- name: of_agency
-- Fragment: clocks of an agency's transfers.
c.agency_code = $2

-- name: of_addressee
-- Fragment: clocks of transfers that were dispatched to an office.
EXISTS (SELECT FROM dispatches d WHERE d.transfer_id = c.transfer_id AND d.office_code = $2 AND {dispatched})

-- name: past
-- Fragment: clocks that ran out and that nothing has ended; plain columns, so that an index of them serves.
(c.met_at IS NULL AND c.voided_at IS NULL AND c.due_at < $1)

-- name: ahead
-- Fragment: clocks that still run.
(c.met_at IS NULL AND c.voided_at IS NULL AND c.due_at >= $1)

-- name: ended
-- Fragment: clocks that something has ended.
(c.met_at IS NOT NULL OR c.voided_at IS NOT NULL)

-- name: whichever
-- Fragment: all clocks.
TRUE

-- name: deadlines
-- Clocks after ($4, $5), the earliest first. $1 now, $2 office, $3 the state or null for all, $6 how many.
SELECT c.id AS deadline_id, c.transfer_id, c.clock, c.actor, c.nature, {deadline_state} AS state, c.starts_at, c.due_at,
       c.strict_due_at, c.provisional, c.met_at
  FROM deadlines c
 WHERE {whose}
   AND {which}
   AND (c.due_at, c.id) > (coalesce($4::timestamptz, '-infinity'),
                           coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
   AND ($3::text IS NULL OR {deadline_state} = $3)
 ORDER BY c.due_at, c.id
 LIMIT $6

-- name: mailbox
-- What an office has not answered and can still take, the most urgent first. $1 office, $2 how many.
-- What we gave up waiting for is still theirs: an office that comes late finds it.
SELECT d.id AS dispatch_id, d.transfer_id, d.role, t.received_at AS waiting_since, d.due_at
  FROM (SELECT id, transfer_id, role, due_at FROM dispatches WHERE office_code = $1 AND status = 'waiting'
        UNION ALL
        SELECT id, transfer_id, role, due_at FROM dispatches
         WHERE office_code = $1 AND status = 'undeliverable') d
  JOIN transfers t ON t.id = d.transfer_id
 ORDER BY d.due_at, d.id
 LIMIT $2
