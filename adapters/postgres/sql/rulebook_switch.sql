-- name: hold
-- Keep the book from being switched until the transaction ends: shared by all who judge, waited for by who switches.
SELECT pg_advisory_xact_lock_shared($1::bigint)

-- name: in_force
-- The book that the register is judged by.
SELECT digest FROM rulebook_in_force

-- name: begin
-- The first book that a database sees is in force, until somebody switches.
INSERT INTO rulebook_in_force (digest, switched_at) VALUES ($1, $2) ON CONFLICT DO NOTHING
