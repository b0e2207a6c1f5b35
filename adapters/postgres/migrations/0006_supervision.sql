-- migrate:up
-- Supervision: letters of procuratorates and of the judicial administration to agencies, and what became of each.
-- A row is its own delivery queue too, claimed under a lease and a fresh token; overdue is computed, never stored.

CREATE TABLE supervisions (
  id               uuid PRIMARY KEY,
  office_code      text NOT NULL,          -- who issued it
  letter_id        text NOT NULL,
  kind             text NOT NULL,
  agency_code      text NOT NULL,
  case_number      text NOT NULL,
  lead_ids         uuid[] NOT NULL,        -- the leads that it is about: none where the register has no suspicion
  division         text NOT NULL,
  sector           text,
  document_number  text,
  issued_at        timestamptz NOT NULL,
  received_at      timestamptz NOT NULL,
  reply_by         timestamptz,
  digest           text NOT NULL,
  status           text NOT NULL,
  move             int NOT NULL,
  -- delivery
  attempts         int NOT NULL DEFAULT 0,
  retry_at         timestamptz NOT NULL,
  give_up_at       timestamptz NOT NULL,
  claim            uuid,
  lease_until      timestamptz,
  problem          text,
  delivered_at     timestamptz,
  -- the clock of the reply, from the moment of delivery
  clock            text,
  is_strict        boolean NOT NULL DEFAULT false,
  starts_at        timestamptz,
  near_at          timestamptz,
  due_at           timestamptz,
  strict_due_at    timestamptz,
  provisional      boolean NOT NULL DEFAULT false,
  met_at           timestamptz,
  voided_at        timestamptz,
  near_raised_at   timestamptz,
  missed_raised_at timestamptz,
  escalations      int NOT NULL DEFAULT 0,
  escalated_to     text,
  escalated_at     timestamptz,
  escalate_at      timestamptz,            -- when the present period ends; null when nobody is above
  -- how it ends
  reply            text,
  replied_at       timestamptz,
  followed_at      timestamptz,            -- when the case was transferred after it
  outcome          text,
  closed_at        timestamptz,
  counted          jsonb NOT NULL DEFAULT '[]',  -- what the tallies hold of it
  UNIQUE (office_code, letter_id),
  CHECK ((clock IS NULL) = (due_at IS NULL)),
  CHECK (status NOT IN ('delivered', 'replied') OR delivered_at IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX supervisions_by_agency ON supervisions (agency_code, id);
CREATE INDEX supervisions_by_division ON supervisions (division text_pattern_ops, id);
CREATE INDEX supervisions_by_case ON supervisions (agency_code, case_number);
CREATE INDEX supervisions_by_lead ON supervisions USING gin (lead_ids) WHERE closed_at IS NULL;
CREATE INDEX supervisions_to_send ON supervisions (retry_at) WHERE status = 'issued';
CREATE INDEX supervisions_expiring ON supervisions (give_up_at) WHERE status = 'issued';
CREATE INDEX supervisions_waiting ON supervisions (due_at)
  WHERE met_at IS NULL AND voided_at IS NULL AND due_at IS NOT NULL;
CREATE INDEX supervisions_to_escalate ON supervisions (escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX supervisions_to_follow ON supervisions (id) 
  WHERE followed_at IS NULL AND closed_at IS NULL AND kind <> 'penalty_opinion';
CREATE INDEX supervisions_stuck ON supervisions (give_up_at) WHERE status = 'undeliverable';

-- Every signed document of supervision and our receipt for it, sealed: the same bytes get the same receipt.
CREATE TABLE supervision_letters (
  office_code    text NOT NULL,
  document       text NOT NULL,
  letter_id      text NOT NULL,
  id             uuid NOT NULL UNIQUE,
  supervision_id uuid REFERENCES supervisions,
  digest         text NOT NULL,
  received_at    timestamptz NOT NULL,
  sealed         bytea NOT NULL,
  receipt        bytea NOT NULL,
  PRIMARY KEY (office_code, document, letter_id)
);
ALTER TABLE supervision_letters ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TRIGGER supervision_letters_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON supervision_letters
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate:down
DROP TABLE supervision_letters, supervisions;
