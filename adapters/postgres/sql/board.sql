-- The board: figures of agencies ($1, their codes), each from what is kept or from a bounded look at an index, and the
-- lists that stand behind them. All of it runs under row-level security too, which adds what an office may not see.

-- name: kept_back
-- Fragment: active leads `l` that say that a case should have been transferred; written as their indexes have it.
l.status IN ('open', 'supervised') AND l.detector IN ('X1', 'X2', 'X4', 'X5', 'X6')

-- name: running
-- Fragment: clocks `d` that nothing has ended.
d.met_at IS NULL AND d.voided_at IS NULL

-- name: states
-- How many cases of each agency some {names} are true of, over all months.
SELECT name, agency_code, sum(count)::bigint AS count
  FROM tallies
 WHERE agency_code = ANY ($1::text[]) AND name = ANY ({names}::text[])
 GROUP BY name, agency_code
HAVING sum(count) > 0

-- name: by_month
-- How many cases some {names} are true of, month by month from the {first} to the {last}. Part of `course` too.
SELECT month, name, sum(count)::bigint AS count
  FROM tallies
 WHERE agency_code = ANY ($1::text[]) AND name = ANY ({names}::text[]) AND month BETWEEN {first} AND {last}
 GROUP BY month, name

-- name: first_kept_back
-- The first clock that a case kept back breaks, one probe an agency.
SELECT min(f.due_at)
  FROM unnest($1::text[]) AS a (code)
 CROSS JOIN LATERAL (SELECT l.due_at FROM leads l
                      WHERE l.agency_code = a.code AND {kept_back} AND l.due_at IS NOT NULL
                      ORDER BY l.due_at LIMIT 1) AS f

-- name: lead_ages
-- How many leads of cases kept back began after $4 and until $5, of each pair, not counted beyond $3. Part of `course`.
SELECT (SELECT count(*) FROM (SELECT FROM leads l
                               WHERE l.agency_code = ANY ($1::text[]) AND {kept_back}
                                 AND l.starts_at > s.after AND l.starts_at <= s.until
                               LIMIT $3 + 1) AS found) AS count
  FROM unnest($4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY AS s (after, until, place)
 ORDER BY s.place

-- name: clock_ages
-- The same of duties that ran out before $2. Part of `course`.
SELECT (SELECT count(*) FROM (SELECT FROM deadlines d
                               WHERE d.agency_code = ANY ($1::text[]) AND d.nature = 'duty' AND {running}
                                 AND d.due_at > s.after AND d.due_at <= s.until AND d.due_at < $2
                               LIMIT $3 + 1) AS found) AS count
  FROM unnest($4::timestamptz[], $5::timestamptz[]) WITH ORDINALITY AS s (after, until, place)
 ORDER BY s.place

-- name: course
-- All that the charts say, asked at once. $2 now, $3 how many rows are looked at of a kind, $4 and $5 the ages; $6, $7 and
-- $8 names and the months of them, $9, $10 and $11 names of days and theirs.
SELECT f.months, f.names, f.counts, ARRAY({lead_ages}) AS lead_ages, ARRAY({clock_ages}) AS clock_ages
  FROM (SELECT array_agg(month) AS months, array_agg(name) AS names, array_agg(count) AS counts
          FROM ({monthly} UNION ALL {daily}) AS found) AS f

-- name: overdue
-- How many duties ran out before $2, not counted beyond $3.
SELECT count(*)
  FROM (SELECT FROM deadlines d
         WHERE d.agency_code = ANY ($1::text[]) AND d.nature = 'duty' AND {running} AND d.due_at < $2
         LIMIT $3 + 1) AS found

-- name: first_overdue
-- How many agencies have a duty that ran out before $2, and when the first did; one probe an agency.
SELECT count(*) AS agencies, min(f.due_at) AS earliest
  FROM unnest($1::text[]) AS a (code)
 CROSS JOIN LATERAL (SELECT d.due_at FROM deadlines d
                      WHERE d.agency_code = a.code AND d.nature = 'duty' AND {running} AND d.due_at < $2
                      ORDER BY d.due_at LIMIT 1) AS f

-- name: near
-- Clocks that are near at $2, not counted beyond $3, and the next of them. No clock that ends after $4 is near yet: what
-- is looked at is what runs out within a month, however many clocks there were.
SELECT count(*) AS near, min(due_at) AS next
  FROM (SELECT d.due_at FROM deadlines d
         WHERE d.agency_code = ANY ($1::text[]) AND d.nature IN ('duty', 'right') AND {running}
           AND d.due_at >= $2 AND d.due_at < $4 AND d.near_at <= $2 AND d.near_at < d.due_at
         LIMIT $3 + 1) AS found

-- name: letters_chosen
-- Fragment: letters `s` that a list is narrowed to at $2. $1 agencies or null, $3 standings, $4 kinds, $5 whose letters,
-- $6 whether only what went to the level above.
($1::text[] IS NULL OR s.agency_code = ANY ($1))
   AND {standing} = ANY ($3::text[])
   AND ($4::text[] IS NULL OR s.kind = ANY ($4))
   AND ($5::text IS NULL OR s.office_code = $5)
   AND (NOT $6 OR s.escalated_at IS NOT NULL)

-- name: standing
-- Fragment: how a letter `s` stands at $2; equal to `standing_of`, with what nobody took told apart.
CASE
  WHEN s.status = 'undeliverable' THEN 'undeliverable'
  WHEN s.status = 'issued' THEN 'waiting'
  WHEN s.status = 'delivered' THEN CASE WHEN s.due_at < $2 THEN 'overdue' ELSE 'open' END
  ELSE s.status
END

-- name: letters
-- Letters that are not closed, by their standing at $2: as many as people have under way. Part of `tiles`.
SELECT {standing} AS standing, count(*) AS count, count(*) FILTER (WHERE s.escalated_at IS NOT NULL) AS escalated,
       min(s.due_at) AS first
  FROM supervisions s
 WHERE s.agency_code = ANY ($1::text[]) AND s.closed_at IS NULL
 GROUP BY 1

-- name: silence
-- Agencies that brought nothing since {before}, those that never did, and since when the longest silent is.
SELECT count(*) AS agencies, count(*) FILTER (WHERE f.agency_code IS NULL) AS never, min(f.last_received_at) AS longest
  FROM unnest($1::text[]) AS a (code)
  LEFT JOIN register_feeds f ON f.agency_code = a.code
 WHERE f.last_received_at IS NULL OR f.last_received_at < {before}

-- name: silent
-- The silent since $2, the longest first, those that never fed last, after ($3, $4); $5 how many.
SELECT a.code AS agency, f.connected_at, f.last_received_at, coalesce(f.last_received_at, 'infinity') AS place
  FROM unnest($1::text[]) AS a (code)
  LEFT JOIN register_feeds f ON f.agency_code = a.code
 WHERE (f.last_received_at IS NULL OR f.last_received_at < $2)
   AND (coalesce(f.last_received_at, 'infinity'), a.code) > ($3::timestamptz, $4::text)
 ORDER BY 4, 1
 LIMIT $5

-- name: reconciled
-- Fragment: what agencies count for a month, beside what is here.
  FROM register_counts c
  LEFT JOIN tallies d ON d.agency_code = c.agency_code AND d.month = c.month AND d.name = 'decided'
  LEFT JOIN tallies f ON f.agency_code = c.agency_code AND f.month = c.month AND f.name = 'filed_cases'
 WHERE c.agency_code = ANY ($1::text[])

-- name: gaps
-- Decisions that are counted elsewhere and are not here, and of how many agencies.
SELECT coalesce(sum(greatest(0, c.decided - coalesce(d.count, 0))), 0)::bigint AS cases,
       count(DISTINCT c.agency_code) FILTER (WHERE c.decided > coalesce(d.count, 0)) AS agencies
{reconciled}

-- name: tiles
-- All that the tiles say, asked at once: of ten questions each would wait for whatever else the process does. $2 now,
-- $3 how many rows are looked at of a kind, $4 a moment, {names} of states, {before} which nothing came.
SELECT (SELECT jsonb_agg(found) FROM ({states}) AS found) AS states,
       ({first_kept_back}) AS first_kept_back,
       ({overdue}) AS overdue,
       (SELECT to_jsonb(found) FROM ({first_overdue}) AS found) AS first_overdue,
       (SELECT to_jsonb(found) FROM ({near}) AS found) AS near,
       (SELECT to_jsonb(found) FROM ({silence}) AS found) AS silence,
       (SELECT to_jsonb(found) FROM ({gaps}) AS found) AS gaps,
       (SELECT jsonb_agg(found) FROM ({letters}) AS found) AS letters

-- name: months_reported
-- Months that agencies reported, the latest first, after ($3, $4); with $2 only those that lack something. $5 how many.
SELECT c.agency_code AS agency, c.month, c.reported_at, c.decided AS reported_decided, coalesce(d.count, 0) AS decided,
       c.filed AS reported_filed, coalesce(f.count, 0) AS filed
{reconciled}
   AND (NOT $2 OR c.decided > coalesce(d.count, 0))
   AND (c.month < $3::date OR (c.month = $3::date AND c.agency_code > $4::text))
 ORDER BY c.month DESC, c.agency_code
 LIMIT $5

-- name: lead_columns
-- Fragment: a lead `l` as it stands at $1; the same as register_views has it.
l.id AS lead_id, l.case_number, l.agency_code AS agency, l.detector, l.status, l.offence_code, l.score, l.clock AS clock_id,
       l.starts_at, l.due_at, l.strict_due_at, l.due_at < $1 AS overdue, l.provisional, l.evidence, l.division, l.sector,
       l.raised_at, l.changed_at

-- name: active
-- Fragment: leads that wait for somebody.
l.status IN ('open', 'supervised')

-- name: whichever
-- Fragment: all leads.
TRUE

-- name: foremost
-- Fragment: the lead of a case that stands before its others of the same kind that the list is narrowed to: the one that
-- stands for the case.
{kept_back} AND NOT EXISTS (
     SELECT FROM leads o
      WHERE o.agency_code = l.agency_code AND o.case_number = l.case_number
        AND o.status IN ('open', 'supervised') AND o.detector IN ('X1', 'X2', 'X4', 'X5', 'X6')
        AND (o.score > l.score OR (o.score = l.score AND o.id < l.id))
        AND {narrowed_others})

-- name: narrowed
-- Fragment: what a list of leads {lead} is narrowed to at $1. $2 agencies, $3 detectors, $4 statuses, $5 how the division
-- begins, $6 the offence, $7 whether only what is overdue, $8 the least score, $9 and $10 when the duty began, after and until.
($2::text[] IS NULL OR {lead}.agency_code = ANY ($2))
   AND ($3::text[] IS NULL OR {lead}.detector = ANY ($3))
   AND ($4::text[] IS NULL OR {lead}.status = ANY ($4))
   AND starts_with({lead}.division, $5)
   AND ($6::text IS NULL OR {lead}.offence_code = $6)
   AND (NOT $7 OR {lead}.due_at < $1)
   AND {lead}.score >= $8
   AND ($9::timestamptz IS NULL OR {lead}.starts_at > $9)
   AND ($10::timestamptz IS NULL OR {lead}.starts_at <= $10)

-- name: chosen
-- Fragment: leads of a list.
{which} AND {narrowed}

-- name: leads
-- The highest score first, after ($11, $12). $13 how many.
SELECT {lead_columns}
  FROM leads l
 WHERE {chosen}
   AND l.score <= coalesce($11::bigint, 2147483647)
   AND (l.score < coalesce($11, 2147483647) OR l.id > $12::uuid)
 ORDER BY l.score DESC, l.id
 LIMIT $13

-- name: count_leads
-- How many there are, not counted beyond $11.
SELECT count(*) FROM (SELECT FROM leads l WHERE {chosen} LIMIT $11 + 1) AS found

-- name: other_detectors
-- What else says that some cases should have been transferred. $1 agencies and $2 numbers, pairwise.
SELECT l.agency_code, l.case_number, array_agg(l.detector ORDER BY l.detector) AS detectors
  FROM unnest($1::text[], $2::text[]) AS k (agency_code, case_number)
  JOIN leads l ON l.agency_code = k.agency_code AND l.case_number = k.case_number AND {kept_back}
 GROUP BY l.agency_code, l.case_number

-- name: undetermined
-- Cases of which detectors cannot speak before facts are given, after ($2, $3). $4 detectors, $5 how many.
SELECT c.id AS case_id, c.case_number, c.agency_code AS agency, c.conclusion, c.offence_code, c.undetermined, c.division,
       c.sector, c.decided_on
  FROM cases c
 WHERE c.undetermined <> '[]' AND c.agency_code = ANY ($1::text[]) AND (c.agency_code, c.id) > ($2::text, $3::uuid)
   AND ($4::text[] IS NULL
        OR EXISTS (SELECT FROM jsonb_array_elements(c.undetermined) AS u WHERE u ->> 'detector' = ANY ($4)))
 ORDER BY c.agency_code, c.id
 LIMIT $5

-- name: transferred
-- Fragment: cases `c` that were transferred, as the index of them has it.
c.counted @? '$[*] ? (@ like_regex "/transferred$")'

-- name: agencies_of_stage
-- Agencies that have a case of a figure, in the order of their codes, from $5 on. $2 the figure, $3 and $4 months.
SELECT agency_code
  FROM tallies
 WHERE agency_code = ANY ($1::text[]) AND name = $2 AND month BETWEEN $3 AND $4 AND agency_code >= $5
 GROUP BY agency_code
HAVING sum(count) > 0
 ORDER BY agency_code

-- name: in_their_order
-- Read rows in the order of an index and stop, rather than gather all of them and sort: how many a list is narrowed to
-- cannot be estimated. Until the transaction ends, or the opposite is said. $1 off or on.
SELECT set_config('enable_bitmapscan', $1, true), set_config('enable_sort', $1, true)

-- name: stage
-- Cases of agency $1 that add to a figure: one of these contributions ($2) is theirs. After $3, $4 how many.
SELECT c.id AS case_id, c.case_number, c.agency_code AS agency, c.conclusion, c.offence_code, c.division, c.sector,
       c.decided_on, t.id AS transfer_id, t.status AS transfer_status, t.received_at
  FROM (SELECT c.* FROM (SELECT * FROM cases c WHERE {which} AND c.agency_code = $1 AND c.id > $3 ORDER BY c.id OFFSET 0) AS c
         WHERE c.counted ?| $2::text[]
         LIMIT $4) AS c
  LEFT JOIN LATERAL (SELECT * FROM transfers t
                      WHERE t.agency_code = c.agency_code AND t.case_number = c.case_number AND t.is_current LIMIT 1) AS t ON true

-- name: deadline_state
-- Fragment: how a clock `d` that nothing has ended stands at $2; equal to `Deadline.state`.
CASE
  WHEN $2 > d.due_at THEN CASE WHEN d.nature = 'duty' THEN 'overdue' ELSE 'lapsed' END
  WHEN $2 >= d.near_at AND d.near_at < d.due_at THEN 'near'
  ELSE 'open'
END

-- name: past
-- Fragment: clocks that ran out.
d.due_at < $2

-- name: ahead
-- Fragment: clocks that still run.
d.due_at >= $2

-- name: deadlines
-- Clocks that nothing has ended and that stand as $3 says at $2, the earliest first, after ($4, $5). $6 and $7 after and
-- until which end, $8 how many.
SELECT d.id AS deadline_id, d.transfer_id, d.agency_code AS agency, d.clock, d.actor, d.nature, {deadline_state} AS state,
       d.starts_at, d.due_at, d.strict_due_at, d.provisional, d.is_strict, t.case_number, t.status
  FROM (SELECT * FROM deadlines d
         WHERE d.agency_code = ANY ($1::text[]) AND {running} AND {which} AND {deadline_state} = $3
           AND (d.due_at, d.id) > ($4::timestamptz, $5::uuid)
           AND ($6::timestamptz IS NULL OR d.due_at > $6) AND ($7::timestamptz IS NULL OR d.due_at <= $7)
         ORDER BY d.due_at, d.id
         LIMIT $8) AS d
  JOIN transfers t ON t.id = d.transfer_id
 ORDER BY d.due_at, d.id

-- name: count_deadlines
-- How many there are, not counted beyond $6. $4 and $5 after and until which end.
SELECT count(*)
  FROM (SELECT FROM deadlines d
         WHERE d.agency_code = ANY ($1::text[]) AND {running} AND {which} AND {deadline_state} = $3
           AND ($4::timestamptz IS NULL OR d.due_at > $4) AND ($5::timestamptz IS NULL OR d.due_at <= $5)
         LIMIT $6 + 1) AS found

-- name: letter_list
-- The earliest date to reply first, after ($7, $8). $9 how many.
SELECT {columns}
  FROM supervisions s
 WHERE {letters_chosen}
   AND (coalesce(s.due_at, 'infinity'), s.id) > ($7::timestamptz, $8::uuid)
 ORDER BY coalesce(s.due_at, 'infinity'), s.id
 LIMIT $9

-- name: count_letters
-- How many there are, not counted beyond $7.
SELECT count(*) FROM (SELECT FROM supervisions s WHERE {letters_chosen} LIMIT $7 + 1) AS found

-- name: letters_of_case
-- Every letter about a case, closed ones too. $1 agency, $2 case number.
SELECT {columns} FROM supervisions s WHERE s.agency_code = $1 AND s.case_number = $2 ORDER BY s.id

-- name: transfer_of_case
-- The transfer of a case that counts now. $1 agency, $2 case number.
SELECT id AS transfer_id, status, received_at FROM transfers WHERE agency_code = $1 AND case_number = $2 AND is_current

-- name: replies
-- The agency's answers to a letter, in their order. $1 supervision.
SELECT id, received_at, sealed FROM supervision_letters
 WHERE supervision_id = $1 AND document = 'supervision-reply'
 ORDER BY received_at, id

-- name: history
-- What happened to a lead or a letter, with who of the office did it. $1 which, $2 actions that are left out.
SELECT j.at, j.action, j.actor, j.data, s.name AS staff
  FROM journal j
  LEFT JOIN staff s ON s.id::text = coalesce(j.data ->> 'staff', CASE WHEN j.data ->> 'kid' LIKE 'desk:%' THEN substr(j.data ->> 'kid', 6) END)
 WHERE j.subject_id = $1 AND j.action <> ALL ($2::text[])
 ORDER BY j.recorded_in, j.id
