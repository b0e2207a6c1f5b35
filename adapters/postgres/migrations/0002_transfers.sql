-- migrate:up
-- Ids are UUIDv7, made by the application: global by construction, and inserted in order.

CREATE TABLE materials (
  agency_code text NOT NULL,
  digest      text NOT NULL,
  size        bigint NOT NULL,
  stored_at   timestamptz NOT NULL,
  PRIMARY KEY (agency_code, digest)
);

CREATE TABLE transfers (
  id              uuid PRIMARY KEY,
  agency_code     text NOT NULL,
  packet_id       text NOT NULL,
  packet_digest   text NOT NULL,
  kid             text NOT NULL,
  case_number     text NOT NULL,
  document_number text NOT NULL,
  division        text NOT NULL,
  sector          text NOT NULL,
  status          text NOT NULL,
  move            int NOT NULL,
  is_current      boolean NOT NULL DEFAULT true,
  supersedes      uuid,
  received_at     timestamptz NOT NULL,
  changed_at      timestamptz NOT NULL,
  screening       jsonb NOT NULL,
  flags           jsonb NOT NULL,
  UNIQUE (agency_code, packet_id)
) WITH (fillfactor = 85);
-- One case is transferred once; a correction supersedes.
CREATE UNIQUE INDEX transfers_one_current_per_case ON transfers (agency_code, case_number) WHERE is_current;
CREATE INDEX transfers_latest ON transfers (received_at DESC);

-- Names and numbers of the parties: sealed for reading, a keyed hash for joining across agencies.
CREATE TABLE parties (
  transfer_id     uuid NOT NULL REFERENCES transfers,
  ordinal         int NOT NULL,
  kind            text NOT NULL,
  identifier_hash bytea,
  sealed          bytea NOT NULL,
  PRIMARY KEY (transfer_id, ordinal)
);
CREATE INDEX parties_by_identifier ON parties (identifier_hash) WHERE identifier_hash IS NOT NULL;

-- Every signed document, byte for byte as it was received or sent, sealed. Sealed bytes do not compress, and
-- a packet of usual size stays in its row.
CREATE TABLE documents (
  transfer_id uuid NOT NULL,
  kind        text NOT NULL,
  subject     uuid NOT NULL,
  digest      text NOT NULL,
  sealed      bytea NOT NULL,
  stored_at   timestamptz NOT NULL,
  -- An addressee may answer again after its dispatch was sent again: both answers are kept.
  PRIMARY KEY (transfer_id, kind, subject, digest)
) WITH (toast_tuple_target = 8160);
ALTER TABLE documents ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE dispatches (
  id              uuid PRIMARY KEY,
  transfer_id     uuid NOT NULL REFERENCES transfers,
  agency_code     text NOT NULL,
  office_code     text,
  kind            text NOT NULL,
  role            text NOT NULL,
  status          text NOT NULL,
  due_at          timestamptz NOT NULL,
  give_up_at      timestamptz NOT NULL,
  retry_at        timestamptz NOT NULL,
  attempts        int NOT NULL DEFAULT 0,
  claim           uuid,
  lease_until     timestamptz,
  digest          text,
  delivered_at    timestamptz,
  acknowledged_at timestamptz,
  problem         text,
  CHECK (status NOT IN ('delivered', 'acknowledged') OR (delivered_at IS NOT NULL AND digest IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX dispatches_by_transfer ON dispatches (transfer_id);
CREATE INDEX dispatches_by_office ON dispatches (office_code, transfer_id);
CREATE INDEX dispatches_waiting ON dispatches (office_code, due_at, id) WHERE status = 'waiting';
CREATE INDEX dispatches_expiring ON dispatches (give_up_at) WHERE status = 'waiting';
CREATE INDEX dispatches_leased ON dispatches (office_code, lease_until) WHERE claim IS NOT NULL;
CREATE INDEX dispatches_stuck ON dispatches (due_at) WHERE status IN ('refused', 'undeliverable');

CREATE TABLE reports (
  office_code text NOT NULL,
  report_id   text NOT NULL,
  id          uuid NOT NULL,
  transfer_id uuid NOT NULL REFERENCES transfers,
  kind        text NOT NULL,
  happened_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  digest      text NOT NULL,
  PRIMARY KEY (office_code, report_id)
);
CREATE INDEX reports_by_transfer ON reports (transfer_id, happened_at);

-- Whether a clock is overdue is computed from these columns and the present moment, never stored.
CREATE TABLE deadlines (
  id               uuid PRIMARY KEY,
  transfer_id      uuid NOT NULL REFERENCES transfers,
  agency_code      text NOT NULL,
  clock            text NOT NULL,
  actor            text NOT NULL,
  nature           text NOT NULL,
  is_strict        boolean NOT NULL,
  starts_at        timestamptz NOT NULL,
  near_at          timestamptz NOT NULL,
  due_at           timestamptz NOT NULL,
  strict_due_at    timestamptz NOT NULL,
  provisional      boolean NOT NULL,
  met_at           timestamptz,
  voided_at        timestamptz,
  near_raised_at   timestamptz,
  missed_raised_at timestamptz
);
CREATE INDEX deadlines_by_transfer ON deadlines (transfer_id);
CREATE INDEX deadlines_by_agency ON deadlines (agency_code, due_at, id);
CREATE INDEX deadlines_open ON deadlines (due_at) WHERE met_at IS NULL AND voided_at IS NULL;
CREATE INDEX deadlines_to_warn ON deadlines (near_at)
  WHERE met_at IS NULL AND voided_at IS NULL AND near_raised_at IS NULL;
CREATE INDEX deadlines_to_raise ON deadlines (due_at)
  WHERE met_at IS NULL AND voided_at IS NULL AND missed_raised_at IS NULL;

-- migrate:down
DROP TABLE deadlines, reports, dispatches, documents, parties, transfers, materials;
