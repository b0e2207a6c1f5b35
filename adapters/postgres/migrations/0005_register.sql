-- migrate:up
-- The register: every administrative case that an agency's register or a transfer tells of. One row a case; what a
-- later version of its record replaced is kept beside it, for ever.

CREATE TABLE cases (
  id                uuid PRIMARY KEY,
  agency_code       text NOT NULL,
  case_number       text NOT NULL,
  -- Whoever judges a case locks its bucket: that of its party, so that all cases of one party are judged by one.
  bucket            smallint NOT NULL,
  version           int NOT NULL,           -- of its record; 0: known by its transfer alone
  digest            text,
  sealed            bytea,
  source            text,                   -- the batch that brought it, or `import`
  recorded_at       timestamptz,            -- by the agency's clock: tells the later of two versions
  first_received_at timestamptz,
  received_at       timestamptz,
  entered_at        timestamptz,            -- when a platform first had it; unknown for what is older than the connection
  division          text NOT NULL,
  sector            text NOT NULL,
  family            text,
  party_hash        bytea,
  month             date NOT NULL,          -- where figures count it: of its decision, else its filing, else its arrival
  decided_on        date,
  conclusion        text NOT NULL,
  offence_code      text,
  missing           jsonb NOT NULL DEFAULT '[]',
  undetermined      jsonb NOT NULL DEFAULT '[]',  -- what detectors cannot say before facts are given
  rulebook_digest   text NOT NULL,
  counted           jsonb NOT NULL DEFAULT '[]',  -- what the tallies hold of it
  look_at           timestamptz,            -- when it must be looked at again though nothing happens
  look_is_provisional boolean NOT NULL DEFAULT false,
  UNIQUE (agency_code, case_number),
  CHECK ((version = 0) = (sealed IS NULL) AND (version = 0) = (digest IS NULL))
) WITH (fillfactor = 85);
ALTER TABLE cases ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX cases_by_bucket ON cases (bucket, id);
CREATE INDEX cases_by_party ON cases (party_hash) WHERE party_hash IS NOT NULL;
CREATE INDEX cases_to_look_at ON cases (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX cases_provisional ON cases (id) WHERE look_is_provisional;
CREATE INDEX cases_open ON cases (id) WHERE conclusion = 'undetermined' OR undetermined <> '[]';
CREATE INDEX cases_undetermined ON cases (agency_code, id) WHERE undetermined <> '[]';

CREATE TABLE earlier_records (
  case_id     uuid NOT NULL REFERENCES cases,
  version     int NOT NULL,
  digest      text NOT NULL,
  sealed      bytea NOT NULL,
  source      text NOT NULL,
  recorded_at timestamptz,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (case_id, version)
);
ALTER TABLE earlier_records ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TRIGGER earlier_records_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON earlier_records
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A signed batch and our receipt, byte for byte: the same bytes get the same receipt.
CREATE TABLE record_batches (
  agency_code text NOT NULL,
  batch_id    text NOT NULL,
  id          uuid NOT NULL,
  digest      text NOT NULL,
  received_at timestamptz NOT NULL,
  sealed      bytea NOT NULL,
  receipt     bytea NOT NULL,
  PRIMARY KEY (agency_code, batch_id)
);
ALTER TABLE record_batches ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TRIGGER record_batches_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record_batches
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Since when an agency feeds its register, and when it last did: who falls silent is found here.
CREATE TABLE register_feeds (
  agency_code       text PRIMARY KEY,
  connected_at      timestamptz NOT NULL,
  last_received_at  timestamptz NOT NULL
);

CREATE TABLE register_counts (
  agency_code text NOT NULL,
  month       date NOT NULL,
  filed       int,
  decided     int NOT NULL,
  reported_at timestamptz NOT NULL,
  PRIMARY KEY (agency_code, month)
);

-- One lead a case and detector, whatever happens to it.
CREATE TABLE leads (
  id            uuid PRIMARY KEY,
  agency_code   text NOT NULL,
  case_number   text NOT NULL,
  detector      text NOT NULL,
  status        text NOT NULL,
  move          int NOT NULL,
  division      text NOT NULL,
  sector        text NOT NULL,
  offence_code  text,
  score         int NOT NULL,
  clock         text,
  starts_at     timestamptz,
  due_at        timestamptz,
  strict_due_at timestamptz,
  provisional   boolean NOT NULL DEFAULT false,
  evidence      jsonb NOT NULL,
  fingerprint   text NOT NULL,   -- of what it rests on: another one reopens a dismissed lead
  reason        bytea,           -- of the last dismissal, sealed: it is free text, and may name anybody
  raised_at     timestamptz NOT NULL,
  changed_at    timestamptz NOT NULL,
  UNIQUE (agency_code, case_number, detector)
) WITH (fillfactor = 85);
CREATE INDEX leads_active ON leads (score DESC, id) WHERE status IN ('open', 'supervised');
CREATE INDEX leads_by_division ON leads (division text_pattern_ops, score DESC, id);

-- Figures that are kept as things happen: how many cases of an agency and a month a name is true of.
CREATE TABLE tallies (
  agency_code text NOT NULL,
  month       date NOT NULL,
  name        text NOT NULL,
  count       bigint NOT NULL,
  PRIMARY KEY (agency_code, month, name)
) WITH (fillfactor = 70);
CREATE INDEX tallies_by_name ON tallies (name, month) INCLUDE (agency_code, count);

-- The book by which the register is judged, and the work of judging it all again.
CREATE TABLE rulebook_in_force (
  is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  digest      text NOT NULL REFERENCES rulebooks,
  switched_at timestamptz NOT NULL
);

CREATE TABLE rescreenings (
  id          uuid PRIMARY KEY,
  digest      text NOT NULL REFERENCES rulebooks,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz,
  cases       bigint NOT NULL DEFAULT 0
);
-- One at a time: whoever begins another one ends it, and what is left of it is moot.
CREATE UNIQUE INDEX rescreenings_under_way ON rescreenings ((finished_at IS NULL)) WHERE finished_at IS NULL;

CREATE TABLE rescreening_slices (
  rescreening_id uuid NOT NULL REFERENCES rescreenings,
  first_bucket   smallint NOT NULL,
  last_bucket    smallint NOT NULL,
  claim          uuid,
  lease_until    timestamptz,
  done_at        timestamptz,
  screened       int NOT NULL DEFAULT 0,
  changed        int NOT NULL DEFAULT 0,
  differences    jsonb NOT NULL DEFAULT '{}',  -- how many came out otherwise: `below>meets`, `raised:X1`
  PRIMARY KEY (rescreening_id, first_bucket)
) WITH (fillfactor = 70);
CREATE INDEX rescreening_slices_left ON rescreening_slices (rescreening_id, first_bucket) WHERE done_at IS NULL;

-- How far detection has read the journal.
CREATE TABLE detection_cursor (
  is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  recorded_in xid8 NOT NULL,
  id          uuid NOT NULL
);
INSERT INTO detection_cursor (recorded_in, id) VALUES ('0', '00000000-0000-0000-0000-000000000000');

-- What a line is about where that is no transfer: a case of the register, a lead, a supervision.
ALTER TABLE journal ADD COLUMN subject_id uuid;
CREATE INDEX journal_by_subject ON journal (subject_id, recorded_in, id) WHERE subject_id IS NOT NULL;

-- migrate:down
DROP INDEX journal_by_subject;
ALTER TABLE journal DROP COLUMN subject_id;
DROP TABLE detection_cursor, rescreening_slices, rescreenings, rulebook_in_force, tallies, leads, register_counts,
  register_feeds, record_batches, earlier_records, cases;
