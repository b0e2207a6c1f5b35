-- Least rights. Run once as the owner of the database, after `linkage migrate`, and again after each migration:
--   psql -v ON_ERROR_STOP=1 -f deploy/roles.sql
-- The owner migrates; the service logs in as a member of linkage_service, which owns nothing, deletes nothing of the record,
-- and can only add to the journal and to the signed documents.
--   CREATE ROLE linkage_api LOGIN PASSWORD '…' IN ROLE linkage_service;

DO $$
BEGIN
  CREATE ROLE linkage_service NOLOGIN;
EXCEPTION WHEN duplicate_object THEN
  NULL;
END
$$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM linkage_service;
GRANT USAGE ON SCHEMA public TO linkage_service;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO linkage_service;
GRANT INSERT ON journal, documents, transfers, parties, dispatches, deadlines, reports, materials, rulebooks TO linkage_service;
GRANT UPDATE ON transfers, dispatches, deadlines, endpoints TO linkage_service;
GRANT INSERT ON earlier_records, record_batches, supervision_letters TO linkage_service;
GRANT INSERT, UPDATE ON cases, leads, tallies, register_feeds, register_counts TO linkage_service;
GRANT INSERT, UPDATE ON rulebook_in_force, rescreenings, rescreening_slices TO linkage_service;
GRANT UPDATE ON detection_cursor TO linkage_service;
GRANT INSERT, UPDATE ON supervisions TO linkage_service;
-- Pages: their people and sessions, what is done at desks, and the role under which they read.
GRANT INSERT, UPDATE ON staff, desk_keys, desk_items, desk_counts, desk_claims, desk_acts, desk_seen TO linkage_service;
GRANT INSERT, DELETE ON staff_roles, desk_views TO linkage_service;
GRANT INSERT, UPDATE, DELETE ON sessions TO linkage_service;
GRANT INSERT ON desk_corrections TO linkage_service;
GRANT UPDATE ON desk_cursor TO linkage_service;
GRANT DELETE ON desk_claims, desk_items TO linkage_service;
GRANT INSERT, DELETE ON desk_texts TO linkage_service;
GRANT linkage_desk TO linkage_service;
