-- name: apply
-- Add to figures, in the order of their keys, so that nobody waits in a ring; a figure of nothing keeps its row.
INSERT INTO tallies (agency_code, month, name, count)
SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::bigint[])
    ON CONFLICT (agency_code, month, name) DO UPDATE SET count = tallies.count + excluded.count
