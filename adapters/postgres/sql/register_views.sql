-- Reads of the register and its leads, for the command line and for supervising offices. A division that must begin
-- with nothing is any division; a filter that is null filters nothing.

-- name: lead_columns
-- Fragment: a lead `l` as it stands at $1.
l.id AS lead_id, l.case_number, l.agency_code AS agency, l.detector, l.status, l.offence_code, l.score, l.clock AS clock_id,
       l.starts_at, l.due_at, l.strict_due_at, l.due_at < $1 AS overdue, l.provisional, l.evidence, l.division, l.sector,
       l.raised_at, l.changed_at

-- name: active
-- Fragment: leads that wait for somebody; written as the index of them has it.
l.status IN ('open', 'supervised')

-- name: whichever
-- Fragment: all leads.
TRUE

-- name: leads
-- The highest score first. $1 now, $2 detectors, $3 agency, $4 how the division begins, $5 statuses, ($6, $7) the
-- score and id after which to go on, $8 how many.
SELECT {lead_columns}
  FROM leads l
 WHERE {which}
   AND ($5::text[] IS NULL OR l.status = ANY ($5))
   AND ($2::text[] IS NULL OR l.detector = ANY ($2))
   AND ($3::text IS NULL OR l.agency_code = $3)
   AND starts_with(l.division, $4)
   AND l.score <= coalesce($6::bigint, 2147483647)
   AND (l.score < coalesce($6, 2147483647) OR l.id > $7::uuid)
 ORDER BY l.score DESC, l.id
 LIMIT $8

-- name: leads_of_case
-- Every lead of a case, closed ones too. $1 now, $2 agency, $3 case number.
SELECT {lead_columns}
  FROM leads l
 WHERE l.agency_code = $2 AND l.case_number = $3
 ORDER BY l.score DESC, l.id

-- name: find_lead
-- $1 now, $2 lead.
SELECT {lead_columns}
  FROM leads l
 WHERE l.id = $2

-- name: suspicions
-- What detectors can neither raise nor put aside. $1 detectors, $2 agency, $3 how the division begins, ($4, $5, $6)
-- the agency, case and detector after which to go on, $7 how many.
SELECT c.id AS case_id, c.case_number, c.agency_code AS agency, u ->> 'detector' AS detector,
       u ->> 'offence_code' AS offence_code, coalesce(u -> 'missing', '[]') AS missing, c.division, c.sector
  FROM cases c, jsonb_array_elements(c.undetermined) AS found (u)
 WHERE c.undetermined <> '[]'
   AND ($1::text[] IS NULL OR u ->> 'detector' = ANY ($1))
   AND ($2::text IS NULL OR c.agency_code = $2)
   AND starts_with(c.division, $3)
   AND (c.agency_code, c.id) >= ($4::text, $5::uuid)
   AND ((c.agency_code, c.id) > ($4, $5) OR u ->> 'detector' > $6)
 ORDER BY c.agency_code, c.id, u ->> 'detector'
 LIMIT $7

-- name: open_cases
-- Cases of which something cannot be said yet. $1 agency, $2 the id after which to go on, $3 how many.
SELECT id AS case_id, case_number, agency_code AS agency, conclusion, offence_code, missing, undetermined
  FROM cases
 WHERE (conclusion = 'undetermined' OR undetermined <> '[]')
   AND ($1::text IS NULL OR agency_code = $1)
   AND id > $2
 ORDER BY id
 LIMIT $3

-- name: find_case
-- $1 agency, $2 case number.
SELECT id AS case_id, case_number, agency_code AS agency, version, source, recorded_at, first_received_at, received_at,
       division, sector, family, decided_on, conclusion, offence_code, missing, rulebook_digest
  FROM cases
 WHERE agency_code = $1 AND case_number = $2

-- name: versions
-- What was replaced, the latest first. $1 case.
SELECT version, digest, source, recorded_at, received_at
  FROM earlier_records
 WHERE case_id = $1
 ORDER BY version DESC

-- name: feeds
-- Who feeds its register, the longest silent first, how many cases it has here, by the tallies, and whether it is
-- silent: has brought nothing since $1 (as `silent` in overview.sql has it).
SELECT f.agency_code AS agency, coalesce(o.name, f.agency_code) AS name, f.connected_at, f.last_received_at,
       f.last_received_at < $1 AS silent,
       coalesce((SELECT sum(t.count) FROM tallies t
                  WHERE t.agency_code = f.agency_code AND starts_with(t.name, 'conclusion:')), 0)::bigint AS cases
  FROM register_feeds f
  LEFT JOIN offices o ON o.code = f.agency_code
 ORDER BY f.last_received_at, f.agency_code

-- name: raised_since
-- How many leads of an agency's cases were raised from $2 on, by detector. $1 agency.
SELECT detector, count(*) AS count
  FROM leads
 WHERE agency_code = $1 AND raised_at >= $2
 GROUP BY detector
