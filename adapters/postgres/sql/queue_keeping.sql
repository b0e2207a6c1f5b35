-- The queue's rows, made anew from the tables of record. {holes} are filled once, when the module is loaded.

-- name: cursor
-- The place up to which the journal was followed; nobody else follows it meanwhile.
SELECT recorded_in::text AS recorded_in, id FROM desk_cursor FOR UPDATE SKIP LOCKED

-- name: hold
-- Write alone until the transaction ends. What is read after this is not older than what another has written. $1 the lock.
SELECT pg_advisory_xact_lock($1)

-- name: moved_on
-- Lines after a place, not beyond what a running transaction may still add to. $1 $2 the place, $3 how many to look
-- at, $4 the actions by which nothing of a queue changes.
SELECT recorded_in::text AS recorded_in, id,
       CASE WHEN action <> ALL ($4::text[]) THEN transfer_id END AS transfer_id
  FROM journal
 WHERE (recorded_in, id) > ($1::text::xid8, $2::uuid)
   AND recorded_in < pg_snapshot_xmin(pg_current_snapshot())
 ORDER BY journal.recorded_in, id
 LIMIT $3

-- name: move_cursor
-- Note how far the journal was followed.
UPDATE desk_cursor SET recorded_in = $1::text::xid8, id = $2

-- name: oldest_unseen
-- When the first line of the journal was written that the queue has not read.
SELECT j.at
  FROM desk_cursor c
 CROSS JOIN LATERAL (SELECT at FROM journal
                      WHERE (recorded_in, id) > (c.recorded_in, c.id)
                      ORDER BY recorded_in, id LIMIT 1) j

-- name: wanted
-- Fragment: the rows that there should be for transfers $1, one for each office that is party.
SELECT DISTINCT ON (d.office_code, t.id)
       d.office_code, t.id AS transfer_id, d.id AS dispatch_id, d.role, d.status AS dispatch_status, t.agency_code,
       t.division, t.sector, t.case_number, t.document_number, t.status, t.move,
       t.status NOT IN ('closed', 'withdrawn') AS is_open, t.received_at AS arrived_at, t.changed_at,
       coalesce(c.due_at, 'infinity') AS due_at, c.id AS deadline_id, c.clock, coalesce(c.provisional, false) AS provisional,
       coalesce(s.conclusion, 'unjudged') AS conclusion, coalesce(s.offences, '{}') AS offences,
       coalesce(s.conclusions, '{}') AS conclusions,
       ARRAY (SELECT DISTINCT f ->> 'code' FROM jsonb_array_elements(t.flags) AS f ORDER BY 1) AS flags
  FROM transfers t
  JOIN dispatches d ON d.transfer_id = t.id AND d.office_code IS NOT NULL AND {dispatched}
  LEFT JOIN LATERAL (SELECT id, due_at, clock, provisional
                       FROM deadlines
                      WHERE transfer_id = t.id AND nature = 'duty' AND met_at IS NULL AND voided_at IS NULL
                      ORDER BY due_at, id LIMIT 1) c ON true
  LEFT JOIN LATERAL (SELECT array_agg(f ->> 'offence_code' ORDER BY n) AS offences,
                            array_agg(f ->> 'conclusion' ORDER BY n) AS conclusions,
                            (array_agg(f ->> 'conclusion' ORDER BY array_position($2::text[], f ->> 'conclusion'), n))[1] AS conclusion
                       FROM jsonb_array_elements(t.screening -> 'findings') WITH ORDINALITY AS found (f, n)) s ON true
 WHERE t.id = ANY ($1::uuid[])
 ORDER BY d.office_code, t.id, d.role = 'principal' DESC, d.id DESC

-- name: dispatched
-- Fragment: whether a dispatch `d` made its addressee a party; as in views.sql.
(d.delivered_at IS NOT NULL OR d.status NOT IN ('held', 'recalled'))

-- name: columns
-- Fragment: what a row is made of.
office_code, transfer_id, dispatch_id, role, dispatch_status, agency_code, division, sector, case_number, document_number, status, move, is_open,
arrived_at, changed_at, due_at, deadline_id, clock, provisional, conclusion, offences, conclusions, flags

-- name: refresh
-- Bring the rows of transfers up, where one differs. $1 transfers, $2 conclusions, the strongest first.
WITH wanted AS ({wanted}),
stale AS (
  SELECT w.* FROM wanted w
    JOIN desk_items i ON i.office_code = w.office_code AND i.transfer_id = w.transfer_id
   WHERE (i.dispatch_id, i.role, i.dispatch_status, i.status, i.move, i.is_open, i.changed_at, i.due_at, i.deadline_id,
          i.clock, i.provisional)
         IS DISTINCT FROM
         (w.dispatch_id, w.role, w.dispatch_status, w.status, w.move, w.is_open, w.changed_at, w.due_at, w.deadline_id,
          w.clock, w.provisional)
)
UPDATE desk_items i
   SET dispatch_id = s.dispatch_id, role = s.role, dispatch_status = s.dispatch_status, status = s.status, move = s.move,
       is_open = s.is_open, changed_at = s.changed_at, due_at = s.due_at, deadline_id = s.deadline_id, clock = s.clock,
       provisional = s.provisional
  FROM stale s
 WHERE i.office_code = s.office_code AND i.transfer_id = s.transfer_id

-- name: forget
-- Take away what is no longer an office's: its dispatch was recalled. $1 transfers, $2 conclusions.
WITH wanted AS ({wanted}),
gone AS (
  DELETE FROM desk_items i
   WHERE i.transfer_id = ANY ($1::uuid[])
     AND NOT EXISTS (SELECT FROM wanted w WHERE w.office_code = i.office_code AND w.transfer_id = i.transfer_id)
  RETURNING i.office_code, i.transfer_id
)
DELETE FROM desk_texts t USING gone
 WHERE t.office_code = gone.office_code AND t.transfer_id = gone.transfer_id

-- name: lacking
-- The rows that are not there yet. $1 transfers, $2 conclusions.
WITH wanted AS ({wanted})
SELECT w.office_code, w.transfer_id, w.case_number, w.document_number, w.offences, w.flags, t.packet_id
  FROM wanted w
  JOIN transfers t ON t.id = w.transfer_id
 WHERE NOT EXISTS (SELECT FROM desk_items i WHERE i.office_code = w.office_code AND i.transfer_id = w.transfer_id)

-- name: add
-- Add rows with their texts, of what is still wanted: a dispatch may be taken back while its text is made.
-- $1 transfers, $2 conclusions, $3 texts as JSON.
WITH wanted AS ({wanted}),
texts AS (
  SELECT * FROM json_to_recordset($3::json) AS new (office_code text, transfer_id uuid, sealed text, tokens bigint[])
   WHERE EXISTS (SELECT FROM wanted w WHERE w.office_code = new.office_code AND w.transfer_id = new.transfer_id)
),
kept AS (
  INSERT INTO desk_texts (office_code, transfer_id, sealed, tokens)
  SELECT office_code, transfer_id, decode(sealed, 'base64'), tokens FROM texts
)
INSERT INTO desk_items ({columns})
SELECT {columns}
  FROM wanted w
  JOIN texts USING (office_code, transfer_id)
 ORDER BY w.arrived_at, w.transfer_id
