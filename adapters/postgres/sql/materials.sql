-- name: add
-- Note a material that is safely on disk.
INSERT INTO materials (agency_code, digest, size, stored_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: find
-- One material of an agency.
SELECT size, stored_at FROM materials WHERE agency_code = $1 AND digest = $2

-- name: missing
-- Of the named materials, those we do not hold.
SELECT n.agency_code, n.digest
  FROM unnest($1::text[], $2::text[]) AS n (agency_code, digest)
 WHERE NOT EXISTS (SELECT FROM materials m WHERE m.agency_code = n.agency_code AND m.digest = n.digest)
