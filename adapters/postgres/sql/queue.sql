-- Reads of an office's queue, all under row-level security. {holes} are filled with conditions of the asked list, each
-- of which is a fragment here; parameters are numbered when it is put together.

-- name: claims
-- Who works on what. $1 office, $2 now, $3 how many.
SELECT subject_id AS transfer_id, staff_id
  FROM desk_claims
 WHERE office_code = $1 AND subject = 'transfer' AND lease_until > $2
 ORDER BY claimed_at DESC
 LIMIT $3

-- name: hits
-- Transfers by their tokens. $1 all of them, $2 and $3 one of each, or null, $4 how many.
SELECT desk_hits($1, $2, $3, $4)

-- name: of_office
-- Fragment: items of an office.
i.office_code = {p}

-- name: open
-- Fragment: what is somebody's move.
i.is_open

-- name: by_status
-- Fragment: items of one of these statuses.
i.status = ANY ({p}::text[])

-- name: by_conclusion
-- Fragment: items of one of these conclusions.
i.conclusion = ANY ({p}::text[])

-- name: by_agency
-- Fragment: items of one of these agencies.
i.agency_code = ANY ({p}::text[])

-- name: by_sector
-- Fragment: items of one of these sectors.
i.sector = ANY ({p}::text[])

-- name: by_role
-- Fragment: items that are transferred to the office, or copied to it.
i.role = ANY ({p}::text[])

-- name: since
-- Fragment: what is due from a moment on.
i.due_at >= {p}::timestamptz

-- name: until
-- Fragment: what is due before a moment.
i.due_at < {p}::timestamptz

-- name: arrived_since
-- Fragment: what arrived from a moment on.
i.arrived_at >= {p}::timestamptz

-- name: arrived_until
-- Fragment: what arrived before a moment.
i.arrived_at < {p}::timestamptz

-- name: only
-- Fragment: items among these.
i.transfer_id = ANY ({p}::uuid[])

-- name: but
-- Fragment: items not among these.
i.transfer_id <> ALL ({p}::uuid[])

-- name: all_tokens
-- Fragment: items that have all these tokens, looked up one by one, for there are too many of them.
(SELECT t.tokens @> {p}::bigint[] FROM desk_texts t WHERE t.office_code = i.office_code AND t.transfer_id = i.transfer_id)

-- name: one_token
-- Fragment: items that have one of these tokens, likewise.
(SELECT t.tokens && {p}::bigint[] FROM desk_texts t WHERE t.office_code = i.office_code AND t.transfer_id = i.transfer_id)

-- name: page
-- Rows of a list with their texts, who works on each, and whether $2 has seen it as it is. $1 now, $3 how many.
WITH chosen AS (
  SELECT i.* FROM desk_items i WHERE {where} ORDER BY {order} LIMIT $3
)
SELECT i.office_code, i.transfer_id, i.listed, i.role, i.agency_code, i.sector, i.case_number, i.document_number, i.status,
       i.move, i.is_open, i.arrived_at, i.changed_at, i.due_at, i.deadline_id, i.clock, i.provisional, i.conclusion, i.offences,
       i.conclusions, i.flags, t.sealed, c.staff_id AS claimed_by, s.name AS claimed_name, c.claimed_at,
       coalesce(n.move < i.move, true) AS is_unread
  FROM chosen i
  JOIN desk_texts t ON t.office_code = i.office_code AND t.transfer_id = i.transfer_id
  LEFT JOIN desk_claims c ON c.office_code = i.office_code AND c.subject_id = i.transfer_id AND c.subject = 'transfer'
                         AND c.lease_until > $1
  LEFT JOIN staff s ON s.id = c.staff_id
  LEFT JOIN desk_seen n ON n.staff_id = $2 AND n.office_code = i.office_code AND n.transfer_id = i.transfer_id
 ORDER BY {order}

-- name: ids
-- The same, ids alone. $1 how many.
SELECT i.transfer_id FROM desk_items i WHERE {where} ORDER BY {order} LIMIT $1

-- name: count
-- How many there are, up to $1.
SELECT count(*) FROM (SELECT FROM desk_items i WHERE {where} LIMIT $1) AS few

-- name: found_among
-- How many of the first $1 rows of a list have the tokens that are looked up one by one.
SELECT count(*) FROM (SELECT i.office_code, i.transfer_id FROM desk_items i WHERE {where} ORDER BY i.due_at, i.transfer_id LIMIT $1) AS i
 WHERE {late}

-- name: glance
-- The values of the first rows, up to $1; groups of due dates by their number, that begin at the moments $2.
WITH few AS MATERIALIZED (
  SELECT i.status, i.conclusion, i.agency_code, i.sector, i.role, i.offences, i.flags,
         width_bucket(i.due_at, $2::timestamptz[]) AS urgency
    FROM desk_items i WHERE {where} ORDER BY i.due_at, i.transfer_id LIMIT $1
)
SELECT (ARRAY ['status', 'conclusion', 'agency', 'sector', 'role', 'urgency', 'all'])
         [array_position(ARRAY [31, 47, 55, 59, 61, 62, 63], grouping(status, conclusion, agency_code, sector, role, urgency))] AS facet,
       coalesce(status, conclusion, agency_code, sector, role, urgency::text, '') AS value, count(*) AS count
  FROM few
 GROUP BY GROUPING SETS ((status), (conclusion), (agency_code), (sector), (role), (urgency), ())
UNION ALL
SELECT 'offence', o, count(*) FROM few CROSS JOIN LATERAL unnest(offences) AS o GROUP BY o
UNION ALL
SELECT 'flag', g, count(*) FROM few CROSS JOIN LATERAL unnest(flags) AS g GROUP BY g

-- name: counted
-- What is counted already. $1 office, $2 whether of what is open, or null for all.
SELECT facet, value, sum(count)::bigint AS count
  FROM desk_counts
 WHERE office_code = $1 AND ($2::boolean IS NULL OR is_open = $2)
 GROUP BY facet, value
HAVING sum(count) > 0

-- name: by_urgency
-- Groups of due dates, each counted up to $1; $2 the first moment of each, $3 the last. Not more than plain comparisons
-- with columns of another row: anything else would be kept from the index under row-level security.
SELECT u.number, few.count
  FROM unnest($2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS u (since, last, number)
 CROSS JOIN LATERAL (SELECT count(*) AS count
                       FROM (SELECT FROM desk_items i
                              WHERE {where} AND i.due_at >= u.since AND i.due_at <= u.last LIMIT $1) AS found) AS few

-- name: unread
-- Of the $3 open items that changed last, those that a person has not seen as they are. $1 office, $2 person.
SELECT count(*)
  FROM (SELECT transfer_id, move FROM desk_items
         WHERE office_code = $1 AND is_open ORDER BY changed_at DESC LIMIT $3) i
  LEFT JOIN desk_seen n ON n.staff_id = $2 AND n.office_code = $1 AND n.transfer_id = i.transfer_id
 WHERE n.move IS NULL OR n.move < i.move

-- name: newest
-- The numbers of the last items that came. $1 office, $2 how many.
SELECT listed FROM desk_items WHERE office_code = $1 ORDER BY listed DESC LIMIT $2
