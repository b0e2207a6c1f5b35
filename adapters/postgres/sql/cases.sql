-- name: hold_buckets
-- Lock buckets until the transaction ends, in their order, so that nobody waits in a ring. $1 the class of the locks.
SELECT pg_advisory_xact_lock($1::int, bucket) FROM unnest($2::int[]) AS bucket

-- name: columns
-- Fragment: a case as the stores read it.
c.id, c.agency_code, c.case_number, c.bucket, c.version, c.digest, c.sealed, c.source, c.recorded_at,
c.first_received_at, c.received_at, c.entered_at, c.division, c.sector, c.family, c.party_hash, c.month, c.decided_on,
c.conclusion, c.offence_code, c.missing, c.undetermined, c.rulebook_digest, c.counted, c.look_at, c.look_is_provisional

-- name: find
-- Cases by what names them.
SELECT {columns}
  FROM unnest($1::text[], $2::text[]) AS k (agency_code, case_number)
  JOIN cases c ON c.agency_code = k.agency_code AND c.case_number = k.case_number

-- name: of_parties
-- The cases of parties, of each the latest $2. LATERAL keeps it one probe of the index a party.
SELECT {columns}
  FROM unnest($1::bytea[]) AS p (party_hash)
 CROSS JOIN LATERAL (SELECT * FROM cases
                      WHERE cases.party_hash = p.party_hash
                      ORDER BY cases.id DESC LIMIT $2) c

-- name: count_by_bucket
-- How many cases each bucket has; read from the index alone where pages are known to be visible.
SELECT bucket, count(*) AS count FROM cases GROUP BY bucket

-- name: places
-- Every case of a range of buckets, by its id and its party.
SELECT id, party_hash FROM cases WHERE bucket BETWEEN $1 AND $2

-- name: with_ids
-- Cases by their ids.
SELECT {columns} FROM cases c WHERE c.id = ANY ($1::uuid[])

-- name: transfers_of
-- The current transfers of cases, with what was told of them and their clocks.
SELECT t.id, t.agency_code, t.case_number, t.status, t.division, t.sector, t.received_at,
       (SELECT coalesce(jsonb_object_agg(r.kind, r.happened_at), '{}')
          FROM (SELECT kind, min(happened_at) AS happened_at FROM reports WHERE transfer_id = t.id GROUP BY kind) r) AS reports
  FROM unnest($1::text[], $2::text[]) AS k (agency_code, case_number)
  JOIN transfers t ON t.agency_code = k.agency_code AND t.case_number = k.case_number AND t.is_current
 WHERE t.status <> 'withdrawn'

-- name: opinions_of
-- The penalty opinions about cases that their agencies have and have not answered, the first due of each case.
SELECT DISTINCT ON (s.agency_code, s.case_number)
       s.agency_code, s.case_number, s.division, coalesce(s.sector, 'other') AS sector, s.issued_at, s.clock, s.is_strict,
       s.starts_at, s.due_at, s.strict_due_at, s.provisional
  FROM unnest($1::text[], $2::text[]) AS k (agency_code, case_number)
  JOIN supervisions s ON s.agency_code = k.agency_code AND s.case_number = k.case_number
 WHERE s.kind = 'penalty_opinion' AND s.clock IS NOT NULL AND s.met_at IS NULL AND s.voided_at IS NULL
 ORDER BY s.agency_code, s.case_number, s.due_at, s.id

-- name: save
-- Store cases, new or changed; whoever saves one holds its bucket. Rows travel as JSON, as those of transfers do.
INSERT INTO cases (id, agency_code, case_number, bucket, version, digest, sealed, source, recorded_at, first_received_at,
                   received_at, entered_at, division, sector, family, party_hash, month, decided_on, conclusion, offence_code,
                   missing, undetermined, rulebook_digest, counted, look_at, look_is_provisional)
SELECT id, agency_code, case_number, bucket, version, digest, decode(sealed, 'base64'), source, recorded_at,
       first_received_at, received_at, entered_at, division, sector, family, decode(party_hash, 'base64'), month,
       decided_on, conclusion, offence_code, missing, undetermined, rulebook_digest, counted, look_at, look_is_provisional
  FROM json_to_recordset($1::json)
       AS new (id uuid, agency_code text, case_number text, bucket smallint, version int, digest text, sealed text,
               source text, recorded_at timestamptz, first_received_at timestamptz, received_at timestamptz,
               entered_at timestamptz, division text, sector text, family text, party_hash text, month date,
               decided_on date, conclusion text, offence_code text, missing jsonb, undetermined jsonb,
               rulebook_digest text, counted jsonb, look_at timestamptz, look_is_provisional boolean)
    ON CONFLICT (agency_code, case_number) DO UPDATE
   SET bucket = excluded.bucket, version = excluded.version, digest = excluded.digest, sealed = excluded.sealed,
       source = excluded.source, recorded_at = excluded.recorded_at, first_received_at = excluded.first_received_at,
       received_at = excluded.received_at, entered_at = excluded.entered_at, division = excluded.division,
       sector = excluded.sector, family = excluded.family, party_hash = excluded.party_hash, month = excluded.month,
       decided_on = excluded.decided_on, conclusion = excluded.conclusion, offence_code = excluded.offence_code,
       missing = excluded.missing, undetermined = excluded.undetermined, rulebook_digest = excluded.rulebook_digest,
       counted = excluded.counted, look_at = excluded.look_at, look_is_provisional = excluded.look_is_provisional

-- name: keep_earlier
-- Keep versions behind the one in front.
INSERT INTO earlier_records (case_id, version, digest, sealed, source, recorded_at, received_at)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bytea[], $5::text[], $6::timestamptz[], $7::timestamptz[])

-- name: earlier_digests
-- The versions that stand behind some cases.
SELECT case_id, digest FROM earlier_records WHERE case_id = ANY ($1::uuid[])

-- name: due
-- Cases that must be looked at, the longest due first. $1 now, $2 how many.
SELECT agency_code, case_number FROM cases WHERE look_at < $1 ORDER BY look_at LIMIT $2

-- name: provisional
-- Cases that wait for a calendar, in pages. $1 how many, $2 after which.
SELECT id, agency_code, case_number
  FROM cases
 WHERE look_is_provisional AND ($2::uuid IS NULL OR id > $2)
 ORDER BY id LIMIT $1

-- name: connect
-- Note that an agency fed its register, and give since when it does.
INSERT INTO register_feeds (agency_code, connected_at, last_received_at) VALUES ($1, $2, $2)
    ON CONFLICT (agency_code) DO UPDATE SET last_received_at = greatest(register_feeds.last_received_at, excluded.last_received_at)
RETURNING connected_at

-- name: connected
-- Since when agencies feed their registers.
SELECT agency_code, connected_at FROM register_feeds WHERE agency_code = ANY ($1::text[])

-- name: report_counts
-- What an agency's own register counts; the later word stands.
INSERT INTO register_counts (agency_code, month, filed, decided, reported_at)
SELECT $1, n.month, n.filed, n.decided, $5
  FROM unnest($2::date[], $3::int[], $4::int[]) AS n (month, filed, decided)
    ON CONFLICT (agency_code, month) DO UPDATE
   SET filed = excluded.filed, decided = excluded.decided, reported_at = excluded.reported_at

-- name: cursor
-- The place up to which the journal was followed; nobody else follows it meanwhile.
SELECT recorded_in, id FROM detection_cursor FOR UPDATE SKIP LOCKED

-- name: moved_on
-- Lines after a place, not beyond what a running transaction may still add to, with the case of each transfer and
-- letter that moved. $1 $2 the place, $3 how many to look at, $4 the actions by which a transfer moves, $5 a letter.
WITH scanned AS (
  SELECT recorded_in, id, transfer_id, subject_id, action
    FROM journal
   WHERE (recorded_in, id) > ($1::text::xid8, $2::uuid)
     AND recorded_in < pg_snapshot_xmin(pg_current_snapshot())
   ORDER BY recorded_in, id
   LIMIT $3
)
SELECT s.recorded_in::text AS recorded_in, s.id, coalesce(t.agency_code, l.agency_code) AS agency_code,
       coalesce(t.case_number, l.case_number) AS case_number
  FROM scanned s
  LEFT JOIN transfers t ON t.id = s.transfer_id AND s.action = ANY ($4::text[])
  LEFT JOIN supervisions l ON l.id = s.subject_id AND s.action = ANY ($5::text[]) AND l.kind = 'penalty_opinion'
 ORDER BY s.recorded_in, s.id

-- name: move_cursor
-- Note how far the journal was followed.
UPDATE detection_cursor SET recorded_in = $1::text::xid8, id = $2
