-- Reads of supervision for offices, with who may see what in every query.

-- name: standing
-- Fragment: how a letter `s` stands at $1; equal to service/domain/supervision.py `standing_of`.
CASE
  WHEN s.status IN ('issued', 'undeliverable') THEN 'waiting'
  WHEN s.status = 'delivered' THEN CASE WHEN s.due_at < $1 THEN 'overdue' ELSE 'open' END
  ELSE s.status
END

-- name: supervisions
-- In the order of their issue. $1 now, $2 how the division begins, $3 the agency or null for all, $4 the standing or
-- null, $5 after which, $6 how many.
SELECT {columns}
  FROM supervisions s
 WHERE starts_with(s.division, $2)
   AND ($3::text IS NULL OR s.agency_code = $3)
   AND ($4::text IS NULL OR {standing} = $4)
   AND s.id > $5
 ORDER BY s.id
 LIMIT $6

-- name: history
-- What happened to a letter, in the order of commits. $1 supervision, $2 actions that are left out.
SELECT at, action, actor, data
  FROM journal
 WHERE subject_id = $1 AND action <> ALL ($2::text[])
 ORDER BY recorded_in, id
