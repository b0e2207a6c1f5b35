-- name: end_unfinished
-- End the one that another one replaces; the slices that are left of it are nobody's.
UPDATE rescreenings SET finished_at = $1 WHERE finished_at IS NULL RETURNING id

-- name: begin
INSERT INTO rescreenings (id, digest, started_at, cases) VALUES ($1, $2, $3, $4)

-- name: add_slices
INSERT INTO rescreening_slices (rescreening_id, first_bucket, last_bucket)
SELECT $1, first, last FROM unnest($2::smallint[], $3::smallint[]) AS cut (first, last)

-- name: claim
-- Lease the first slice that nobody has. $1 the claim, new with every lease; $2 now; $3 until when.
UPDATE rescreening_slices AS s
   SET claim = $1, lease_until = $3
  FROM (SELECT t.rescreening_id, t.first_bucket
          FROM rescreenings r
          JOIN rescreening_slices t ON t.rescreening_id = r.id
         WHERE r.finished_at IS NULL
           AND t.done_at IS NULL
           AND (t.lease_until IS NULL OR t.lease_until <= $2)
         ORDER BY t.first_bucket
         LIMIT 1
           FOR UPDATE OF t SKIP LOCKED) AS free
 WHERE s.rescreening_id = free.rescreening_id AND s.first_bucket = free.first_bucket
RETURNING s.rescreening_id, s.first_bucket, s.last_bucket, s.claim

-- name: renew
-- Lengthen a lease that is still its holder's.
UPDATE rescreening_slices AS s
   SET lease_until = $4
  FROM rescreenings r
 WHERE s.rescreening_id = $1 AND s.first_bucket = $2 AND s.claim = $3 AND s.done_at IS NULL
   AND r.id = s.rescreening_id AND r.finished_at IS NULL
RETURNING s.first_bucket

-- name: settle
-- Note that a slice is done. Touches nothing whose claim another worker has taken since, and nothing of one that is over.
UPDATE rescreening_slices AS s
   SET done_at = $4, claim = NULL, lease_until = NULL, screened = $5, changed = $6, differences = $7
  FROM rescreenings r
 WHERE s.rescreening_id = $1 AND s.first_bucket = $2 AND s.claim = $3 AND s.done_at IS NULL
   AND r.id = s.rescreening_id AND r.finished_at IS NULL
RETURNING s.first_bucket

-- name: finish
-- End the one under way, when nothing of it is left.
UPDATE rescreenings AS r
   SET finished_at = $1
 WHERE finished_at IS NULL
   AND NOT EXISTS (SELECT FROM rescreening_slices s WHERE s.rescreening_id = r.id AND s.done_at IS NULL)
RETURNING id

-- name: latest
-- How far the latest one is.
SELECT r.id, b.digest, b.version, r.started_at, r.finished_at, r.cases, s.*
  FROM (SELECT * FROM rescreenings ORDER BY started_at DESC, id DESC LIMIT 1) r
  JOIN rulebooks b ON b.digest = r.digest
 CROSS JOIN LATERAL (
       SELECT count(*) AS slices, count(*) FILTER (WHERE done_at IS NULL) AS slices_left,
              coalesce(sum(screened), 0)::bigint AS screened, coalesce(sum(changed), 0)::bigint AS changed
         FROM rescreening_slices WHERE rescreening_id = r.id) s

-- name: differences
-- What came out otherwise so far.
SELECT d.key, sum(d.value::int)::bigint AS cases
  FROM rescreening_slices s
 CROSS JOIN LATERAL jsonb_each_text(s.differences) d
 WHERE s.rescreening_id = $1
 GROUP BY d.key
 ORDER BY d.key
