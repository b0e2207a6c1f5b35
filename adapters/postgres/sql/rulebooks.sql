-- name: add
-- Keep a rule book that was used, so that its verdicts can be computed again.
INSERT INTO rulebooks (digest, version, document, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING

-- name: find
-- A rule book by its digest.
SELECT document FROM rulebooks WHERE digest = $1
