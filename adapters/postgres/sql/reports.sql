-- name: add
-- Keep a report, unless the office has used its report_id before.
INSERT INTO reports (office_code, report_id, id, transfer_id, kind, happened_at, received_at, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (office_code, report_id) DO NOTHING
RETURNING id

-- name: find
-- What is stored under an office's report_id.
SELECT id, transfer_id, digest FROM reports WHERE office_code = $1 AND report_id = $2
