-- How things stand, one query a figure: the page, the API, the command line and the metrics ask these and no others.
-- $1 is how the divisions of a scope begin ('' for all), $2 the one agency that it is of, or null.

-- name: deadlines
-- Clocks that nobody has met, by how they stand at $3; equal to service/domain/deadlines.py `Deadline.state`.
SELECT count(*) FILTER (WHERE d.due_at < $3 AND d.nature = 'duty') AS overdue,
       count(*) FILTER (WHERE d.due_at < $3 AND d.nature <> 'duty') AS lapsed,
       count(*) FILTER (WHERE d.due_at >= $3 AND d.near_at <= $3 AND d.near_at < d.due_at) AS near,
       count(*) FILTER (WHERE d.due_at >= $3 AND NOT (d.near_at <= $3 AND d.near_at < d.due_at)) AS open
  FROM deadlines d
  LEFT JOIN offices o ON o.code = d.agency_code
 WHERE d.met_at IS NULL AND d.voided_at IS NULL AND {in_scope}

-- name: by_sector
-- How many cases some names are true of, per sector of the agency. $3 names.
SELECT t.name, coalesce(o.sector, 'other') AS sector, sum(t.count)::bigint AS count
  FROM tallies t
  LEFT JOIN offices o ON o.code = t.agency_code
 WHERE t.name = ANY ($3::text[]) AND {in_scope}
 GROUP BY t.name, coalesce(o.sector, 'other')

-- name: agencies_with
-- How many agencies have a case that a name is true of. $3 the name.
SELECT count(*)
  FROM (SELECT t.agency_code
          FROM tallies t
          LEFT JOIN offices o ON o.code = t.agency_code
         WHERE t.name = $3 AND {in_scope}
         GROUP BY t.agency_code
        HAVING sum(t.count) > 0) AS found

-- name: silent
-- Fragment: agencies `o` whose feed `f` brought nothing since $3, or never did; `place` orders them.
SELECT o.code, o.name, o.division, o.sector, f.connected_at, f.last_received_at,
       coalesce((extract(epoch FROM f.last_received_at) * 1000000)::bigint, 0) AS place
  FROM offices o
  LEFT JOIN register_feeds f ON f.agency_code = o.code
 WHERE o.kind = 'agency' AND {in_scope} AND (f.last_received_at IS NULL OR f.last_received_at < $3)

-- name: silent_agencies
SELECT count(*) FROM ({silent}) AS s

-- name: silence
-- The silent after ($4, $5), the longest silent first. $6 how many.
SELECT * FROM ({silent}) AS s WHERE (s.place, s.code) > ($4::bigint, $5::text) ORDER BY s.place, s.code LIMIT $6

-- name: reconciled
-- Fragment: what an agency counts for a month, beside what is here.
  FROM register_counts c
  LEFT JOIN offices o ON o.code = c.agency_code
  LEFT JOIN tallies d ON d.agency_code = c.agency_code AND d.month = c.month AND d.name = 'decided'
  LEFT JOIN tallies f ON f.agency_code = c.agency_code AND f.month = c.month AND f.name = 'filed_cases'
 WHERE {in_scope} AND ($3::date IS NULL OR c.month BETWEEN $3 AND $4::date)

-- name: missing_cases
-- Decisions that agencies count and that are not here. More here than an agency counts of one month hides none of another.
SELECT coalesce(sum(greatest(0, c.decided - coalesce(d.count, 0))), 0)::bigint {reconciled}

-- name: reconciliation
-- Months that agencies reported after ($5, $6), the latest first. $7 how many.
SELECT c.agency_code, coalesce(o.name, c.agency_code) AS name, coalesce(o.division, '') AS division, o.sector, c.month,
       c.reported_at, c.decided AS reported_decided, coalesce(d.count, 0) AS decided, c.filed AS reported_filed,
       coalesce(f.count, 0) AS filed
{reconciled}
   AND (c.month < $5::date OR (c.month = $5::date AND c.agency_code > $6::text))
 ORDER BY c.month DESC, c.agency_code
 LIMIT $7

-- name: supervisions
-- Letters whose reply is awaited at $3: in time, past it, and of the latter those that the level above was told of.
SELECT count(*) FILTER (WHERE s.due_at >= $3) AS open, count(*) FILTER (WHERE s.due_at < $3) AS overdue,
       count(*) FILTER (WHERE s.due_at < $3 AND s.escalated_at IS NOT NULL) AS escalated
  FROM supervisions s
  LEFT JOIN offices o ON o.code = s.agency_code
 WHERE s.met_at IS NULL AND s.voided_at IS NULL AND s.due_at IS NOT NULL AND {in_scope}

-- name: oldest_unseen
-- When the first line of the journal was written that detection has not read.
SELECT j.at
  FROM detection_cursor c
 CROSS JOIN LATERAL (SELECT at FROM journal
                      WHERE (recorded_in, id) > (c.recorded_in, c.id)
                      ORDER BY recorded_in, id LIMIT 1) j

-- name: cases_to_look_at
-- Cases that are due at $1, not counted beyond $2.
SELECT count(*) FROM (SELECT FROM cases WHERE look_at <= $1 LIMIT $2) AS due

-- name: rescreening
-- How far the latest one is.
SELECT count(s.first_bucket) AS slices, count(s.first_bucket) FILTER (WHERE s.done_at IS NULL) AS slices_left,
       coalesce(sum(s.screened), 0)::bigint AS screened, coalesce(sum(s.changed), 0)::bigint AS changed
  FROM (SELECT id FROM rescreenings ORDER BY started_at DESC, id DESC LIMIT 1) AS latest
  LEFT JOIN rescreening_slices s ON s.rescreening_id = latest.id
 GROUP BY latest.id

-- name: rulebook_in_force
SELECT digest FROM rulebook_in_force

-- name: in_scope
-- Fragment, the last because others have it in them: whether an agency's office `o` is in the scope. One that is not registered any more is in the widest only.
(starts_with(coalesce(o.division, ''), $1) AND ($2::text IS NULL OR o.code = $2))
