-- name: of
-- The views that somebody sees, the office's first. $1 office, $2 person.
SELECT id, office_code, staff_id, name, query
  FROM desk_views
 WHERE office_code = $1 AND (staff_id IS NULL OR staff_id = $2)
 ORDER BY staff_id IS NOT NULL, made_at, id
 LIMIT 100

-- name: find
-- One view.
SELECT id, office_code, staff_id, name, query FROM desk_views WHERE id = $1

-- name: add
-- Keep a view.
INSERT INTO desk_views (id, office_code, staff_id, name, query, made_at) VALUES ($1, $2, $3, $4, $5, $6)

-- name: remove
-- Forget a view.
DELETE FROM desk_views WHERE id = $1
