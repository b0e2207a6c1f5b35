-- What indexes are computed from: tallies, and the counts that agencies report. No query looks at a case but `top_offences`,
-- which looks at active leads. $1 is how the divisions of a scope begin, $2 the one agency that it is of, or null.

-- name: counted
-- Fragment: every count, kept or reported.
SELECT agency_code, month, name, count FROM tallies
UNION ALL
SELECT agency_code, month, 'reported_decided', decided FROM register_counts
UNION ALL
SELECT t.agency_code, t.month, 'decided_of_reported', t.count
  FROM tallies t JOIN register_counts r ON r.agency_code = t.agency_code AND r.month = t.month
 WHERE t.name = 'decided'

-- name: in_scope
-- Fragment: whether an agency's office `o` is in the scope.
(starts_with(o.division, $1) AND ($2::text IS NULL OR o.code = $2))

-- name: key
-- Fragment: the group of an office `o`. $3 by what, $4 how many digits of a division make a region.
CASE $3::text
  WHEN 'office' THEN o.code
  WHEN 'sector' THEN coalesce(o.sector, 'other')
  ELSE rpad(left(o.division, $4::int), 6, '0')
END

-- name: groups
-- Groups of agencies after $5 in the order of their keys. $6 how many, null for all.
SELECT {key} AS key,
       CASE WHEN $3 = 'office' THEN min(o.name) END AS name,
       CASE WHEN $3 = 'office' THEN min(o.division) WHEN $3 = 'region' THEN min({key}) END AS division,
       CASE WHEN $3 <> 'region' THEN min(coalesce(o.sector, 'other')) END AS sector
  FROM offices o
 WHERE o.kind = 'agency' AND {in_scope} AND {key} > $5::text
 GROUP BY 1
 ORDER BY 1
 LIMIT $6::int

-- name: counts
-- Counts per group and month. $5 keys, $6 months, $7 names.
SELECT {key} AS key, c.month, c.name, sum(c.count)::bigint AS count
  FROM ({counted}) AS c
  JOIN offices o ON o.code = c.agency_code
 WHERE c.name = ANY ($7::text[]) AND c.month = ANY ($6::date[]) AND {in_scope} AND {key} = ANY ($5::text[])
 GROUP BY 1, 2, 3

-- name: by_sector
-- Counts per sector and month, of everybody. $1 months, $2 names.
SELECT c.month, c.name, coalesce(o.sector, 'other') AS sector, sum(c.count)::bigint AS count
  FROM ({counted}) AS c
  LEFT JOIN offices o ON o.code = c.agency_code
 WHERE c.name = ANY ($2::text[]) AND c.month = ANY ($1::date[])
 GROUP BY 1, 2, 3

-- name: top_offences
-- Offences by the cases that have an active lead of some detectors. $3 detectors, $4 how many.
SELECT offence_code, count(*) AS cases
  FROM (SELECT DISTINCT l.offence_code, l.agency_code, l.case_number
          FROM leads l
          JOIN offices o ON o.code = l.agency_code
         WHERE l.status IN ('open', 'supervised') AND l.detector = ANY ($3::text[]) AND l.offence_code IS NOT NULL
           AND {in_scope}) AS found
 GROUP BY offence_code
 ORDER BY cases DESC, offence_code
 LIMIT $4
