-- name: find
-- The key of an office's desk. $1 office.
SELECT kid, sealed FROM desk_keys WHERE office_code = $1

-- name: hold
-- Enrolments of one office take turns. $1 office.
SELECT pg_advisory_xact_lock(hashtextextended('desk key ' || $1, 0))

-- name: count
-- How many keys its desk has had. $1 office, $2 how their names begin.
SELECT count(*) FROM office_keys WHERE office_code = $1 AND starts_with(kid, $2)

-- name: save
-- The desk signs with this one from now on. $1 office, $2 kid, $3 the sealed key, $4 now.
INSERT INTO desk_keys (office_code, kid, sealed, made_at)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (office_code) DO UPDATE SET (kid, sealed, made_at) = (EXCLUDED.kid, EXCLUDED.sealed, EXCLUDED.made_at)

-- name: list
-- Every desk's key, with what the registry says of its public half.
SELECT d.office_code, o.name, d.kid, d.made_at, k.valid_until, k.revoked_at
  FROM desk_keys d
  JOIN offices o ON o.code = d.office_code
  LEFT JOIN office_keys k ON k.kid = d.kid
 ORDER BY d.office_code
