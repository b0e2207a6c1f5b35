-- migrate:up
-- The journal is the legal record of who did what to which transfer, and when. Rows are only ever added.
-- `recorded_in` orders the events feed: a reader that stops below the oldest running transaction can never
-- pass by a row that commits later, which an order by time or by id would let happen.

CREATE TABLE journal (
  recorded_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id          uuid NOT NULL,
  agency_code text,
  transfer_id uuid,
  action      text NOT NULL,
  actor       text NOT NULL,
  at          timestamptz NOT NULL,
  move        int,
  data        jsonb NOT NULL,
  PRIMARY KEY (recorded_in, id)
);
CREATE INDEX journal_by_agency ON journal (agency_code, recorded_in, id);
CREATE INDEX journal_by_transfer ON journal (transfer_id, recorded_in, id) WHERE transfer_id IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER documents_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON documents
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate:down
DROP TRIGGER documents_are_append_only ON documents;
DROP TABLE journal;
DROP FUNCTION refuse_change();
