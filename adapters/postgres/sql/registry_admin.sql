-- name: lock
-- Changes of the registry take turns, and each sees the one before it.
SELECT version FROM registry_version FOR UPDATE

-- name: add_offices
-- $1 a JSON array of offices. Gives the codes of those that are new or changed.
INSERT INTO offices AS stored (code, name, kind, division, level, sector, causes)
SELECT code, name, kind, division, level, sector, causes
  FROM jsonb_to_recordset($1::jsonb) AS given
       (code text, name text, kind text, division text, level text, sector text, causes text[])
 ORDER BY code
    ON CONFLICT (code) DO UPDATE
   SET (name, kind, division, level, sector, causes)
     = (EXCLUDED.name, EXCLUDED.kind, EXCLUDED.division, EXCLUDED.level, EXCLUDED.sector, EXCLUDED.causes)
 WHERE (stored.name, stored.kind, stored.division, stored.level, stored.sector, stored.causes)
       IS DISTINCT FROM
       (EXCLUDED.name, EXCLUDED.kind, EXCLUDED.division, EXCLUDED.level, EXCLUDED.sector, EXCLUDED.causes)
RETURNING code

-- name: held_keys
-- $1 kids. What is registered under them, which may be another office's, or another key.
SELECT kid, office_code, jwk FROM office_keys WHERE kid = ANY ($1::text[])

-- name: add_keys
-- $1 a JSON array of keys. A revocation is never taken back: the earliest stands. Gives what is new or changed.
INSERT INTO office_keys AS stored (office_code, kid, jwk, valid_from, valid_until, revoked_at)
SELECT office_code, kid, jwk, valid_from, valid_until, revoked_at
  FROM jsonb_to_recordset($1::jsonb) AS given
       (office_code text, kid text, jwk jsonb, valid_from timestamptz, valid_until timestamptz, revoked_at timestamptz)
 ORDER BY office_code, kid
    ON CONFLICT (office_code, kid) DO UPDATE
   SET valid_from = EXCLUDED.valid_from,
       valid_until = EXCLUDED.valid_until,
       revoked_at = LEAST(stored.revoked_at, EXCLUDED.revoked_at)
 WHERE (stored.valid_from, stored.valid_until, stored.revoked_at)
       IS DISTINCT FROM
       (EXCLUDED.valid_from, EXCLUDED.valid_until, LEAST(stored.revoked_at, EXCLUDED.revoked_at))
RETURNING kid

-- name: add_endpoints
-- $1 a JSON array of endpoints. One that moved is tried at once. Gives the offices whose endpoint is new or changed.
INSERT INTO endpoints AS stored (office_code, kind, url, max_in_flight, per_second)
SELECT office_code, kind, url, max_in_flight, per_second
  FROM jsonb_to_recordset($1::jsonb) AS given
       (office_code text, kind text, url text, max_in_flight int, per_second float8)
 ORDER BY office_code
    ON CONFLICT (office_code) DO UPDATE
   SET kind = EXCLUDED.kind,
       url = EXCLUDED.url,
       max_in_flight = EXCLUDED.max_in_flight,
       per_second = EXCLUDED.per_second,
       failures = CASE WHEN stored.url IS DISTINCT FROM EXCLUDED.url THEN 0 ELSE stored.failures END,
       paused_until = CASE WHEN stored.url IS DISTINCT FROM EXCLUDED.url THEN '-infinity' ELSE stored.paused_until END
 WHERE (stored.kind, stored.url, stored.max_in_flight, stored.per_second)
       IS DISTINCT FROM
       (EXCLUDED.kind, EXCLUDED.url, EXCLUDED.max_in_flight, EXCLUDED.per_second)
RETURNING office_code

-- name: revoke
-- $1 kid, $2 now. Gives its office; no row when there is no such key, or it is revoked already.
UPDATE office_keys SET revoked_at = $2 WHERE kid = $1 AND revoked_at IS NULL RETURNING office_code

-- name: raise_version
-- The last step of every change. The bell only wakes: readers look at the version by themselves too.
WITH raised AS (UPDATE registry_version SET version = version + 1 RETURNING version)
SELECT version, pg_notify('linkage_registry', version::text) FROM raised
