-- name: columns
-- Fragment: a lead as the store reads it.
l.id, l.agency_code, l.case_number, l.detector, l.status, l.move, l.division, l.sector, l.offence_code, l.score, l.clock,
l.starts_at, l.due_at, l.strict_due_at, l.provisional, l.evidence, l.fingerprint, l.reason, l.raised_at, l.changed_at

-- name: of_cases
-- The leads of cases, closed ones too.
SELECT {columns}
  FROM unnest($1::text[], $2::text[]) AS k (agency_code, case_number)
  JOIN leads l ON l.agency_code = k.agency_code AND l.case_number = k.case_number

-- name: get
-- One lead.
SELECT {columns} FROM leads l WHERE l.id = $1

-- name: save
-- Store leads, new or changed; whoever saves one holds the bucket of its case.
INSERT INTO leads (id, agency_code, case_number, detector, status, move, division, sector, offence_code, score, clock, starts_at,
                   due_at, strict_due_at, provisional, evidence, fingerprint, reason, raised_at, changed_at)
SELECT id, agency_code, case_number, detector, status, move, division, sector, offence_code, score, clock, starts_at,
       due_at, strict_due_at, provisional, evidence, fingerprint, decode(reason, 'base64'), raised_at, changed_at
  FROM json_to_recordset($1::json)
       AS new (id uuid, agency_code text, case_number text, detector text, status text, move int, division text,
               sector text, offence_code text, score int, clock text, starts_at timestamptz, due_at timestamptz,
               strict_due_at timestamptz, provisional boolean, evidence jsonb, fingerprint text, reason text,
               raised_at timestamptz, changed_at timestamptz)
    ON CONFLICT (agency_code, case_number, detector) DO UPDATE
   SET status = excluded.status, move = excluded.move, division = excluded.division, sector = excluded.sector,
       offence_code = excluded.offence_code, score = excluded.score, clock = excluded.clock,
       starts_at = excluded.starts_at, due_at = excluded.due_at, strict_due_at = excluded.strict_due_at,
       provisional = excluded.provisional, evidence = excluded.evidence, fingerprint = excluded.fingerprint,
       reason = excluded.reason, changed_at = excluded.changed_at
