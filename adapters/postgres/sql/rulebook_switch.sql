-- name: hold
-- Keep the book from being switched until the transaction ends: shared by all who judge, waited for by who switches.
SELECT pg_advisory_xact_lock_shared($1::bigint)

-- name: take
-- Wait until nobody judges, and keep everybody from it until the transaction ends.
SELECT pg_advisory_xact_lock($1::bigint)

-- name: in_force
-- The book that the register is judged by.
SELECT digest FROM rulebook_in_force

-- name: begin
-- The first book that a database sees is in force, until somebody switches.
INSERT INTO rulebook_in_force (digest, switched_at) VALUES ($1, $2) ON CONFLICT DO NOTHING

-- name: name_in_force
-- The book that the register is judged by, as it is called.
SELECT b.digest, b.version FROM rulebook_in_force f JOIN rulebooks b ON b.digest = f.digest

-- name: set
-- Put a book in force that is kept. The bell only wakes: processes look by themselves too.
WITH switched AS (
  INSERT INTO rulebook_in_force (digest, switched_at) VALUES ($1, $2)
      ON CONFLICT (is_only) DO UPDATE SET digest = excluded.digest, switched_at = excluded.switched_at
   RETURNING digest
)
SELECT pg_notify('linkage_rulebook', digest) FROM switched

-- name: judged_since
-- When the register was last begun to be judged whole by the book in force.
SELECT greatest(f.switched_at, (SELECT max(r.started_at) FROM rescreenings r WHERE r.digest = f.digest))
  FROM rulebook_in_force f
