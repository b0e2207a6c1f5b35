-- migrate:up
-- The pages: who signs in, what a desk shows and holds, and row-level security, by which a page can read nothing
-- beyond the office that its person acts for, whatever its query says.

-- People, as their identity provider names them, and what each may do for which office.
CREATE TABLE staff (
  id                uuid PRIMARY KEY,
  issuer            text NOT NULL,
  subject           text NOT NULL,
  name              text NOT NULL,
  added_at          timestamptz NOT NULL,
  last_signed_in_at timestamptz,
  disabled_at       timestamptz,
  UNIQUE (issuer, subject)
);

CREATE TABLE staff_roles (
  staff_id    uuid NOT NULL REFERENCES staff,
  office_code text NOT NULL REFERENCES offices,
  role        text NOT NULL CHECK (role IN ('reviewer', 'chief', 'supervisor', 'auditor', 'operator')),
  granted_at  timestamptz NOT NULL,
  PRIMARY KEY (staff_id, office_code, role)
);
CREATE INDEX staff_roles_by_office ON staff_roles (office_code);

-- A session is found by the digest of its cookie: who reads this table can sign in as nobody.
CREATE TABLE sessions (
  digest   bytea PRIMARY KEY,
  staff_id uuid REFERENCES staff,
  data     jsonb NOT NULL,
  began_at timestamptz NOT NULL,
  seen_at  timestamptz NOT NULL,
  ends_at  timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX sessions_by_staff ON sessions (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX sessions_ending ON sessions (ends_at);

-- The key by which the platform signs what an office decides at its desk; the public half stands in office_keys.
CREATE TABLE desk_keys (
  office_code text PRIMARY KEY REFERENCES offices,
  kid         text NOT NULL UNIQUE,
  sealed      bytea NOT NULL,
  made_at     timestamptz NOT NULL
);

-- What an office's queue shows of each transfer that is dispatched to it: made anew from the tables of record when
-- the journal tells that something happened, and never the record itself. Narrow, for it is what is counted.
CREATE TABLE desk_items (
  office_code     text NOT NULL,
  transfer_id     uuid NOT NULL REFERENCES transfers,
  listed          bigint NOT NULL GENERATED ALWAYS AS IDENTITY,  -- in which order they came into queues
  dispatch_id     uuid NOT NULL,
  role            text NOT NULL,
  dispatch_status text NOT NULL,
  agency_code     text NOT NULL,
  division        text NOT NULL,
  sector          text NOT NULL,
  case_number     text NOT NULL,
  document_number text NOT NULL,
  status          text NOT NULL,
  move            int NOT NULL,
  is_open         boolean NOT NULL,      -- somebody's move is left
  arrived_at      timestamptz NOT NULL,
  changed_at      timestamptz NOT NULL,
  due_at          timestamptz NOT NULL DEFAULT 'infinity',  -- of the duty's clock that runs out first
  deadline_id     uuid,
  clock           text,
  provisional     boolean NOT NULL DEFAULT false,
  conclusion      text NOT NULL,         -- the strongest of its offences
  offences        text[] NOT NULL,
  conclusions     text[] NOT NULL,       -- of its offences, in their order
  flags           text[] NOT NULL,
  PRIMARY KEY (office_code, transfer_id)
) WITH (fillfactor = 85, autovacuum_analyze_scale_factor = 0.02);
-- One index for each way in which a list may be asked for, so that a page costs the same however long the list is.
CREATE INDEX desk_items_open ON desk_items (office_code, due_at, transfer_id) WHERE is_open;
CREATE INDEX desk_items_due ON desk_items (office_code, due_at, transfer_id);
CREATE INDEX desk_items_arrived ON desk_items (office_code, arrived_at, transfer_id);
CREATE INDEX desk_items_by_status ON desk_items (office_code, status, due_at, transfer_id);
CREATE INDEX desk_items_by_agency ON desk_items (office_code, agency_code, due_at, transfer_id);
CREATE INDEX desk_items_by_sector ON desk_items (office_code, sector, due_at, transfer_id);
CREATE INDEX desk_items_by_conclusion ON desk_items (office_code, conclusion, due_at, transfer_id);
CREATE INDEX desk_items_changed ON desk_items (office_code, changed_at) WHERE is_open;
CREATE INDEX desk_items_listed ON desk_items (office_code, listed);
CREATE INDEX desk_items_by_transfer ON desk_items (transfer_id);

-- The texts of an item, which never change: title, cause and names sealed for reading, and for searching keyed hashes
-- of their characters, of its numbers, offences and flags. The key is the office's own, so a token is of one office.
CREATE TABLE desk_texts (
  office_code text NOT NULL,
  transfer_id uuid NOT NULL,
  sealed      bytea NOT NULL,
  tokens      bigint[] NOT NULL,
  PRIMARY KEY (office_code, transfer_id)
) WITH (autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE desk_texts ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE desk_texts ALTER COLUMN tokens SET STATISTICS 1000;
CREATE INDEX desk_texts_tokens ON desk_texts USING gin (tokens) WITH (fastupdate = off);

-- How many items have each value of what a queue is filtered by: a page shows it and counts nothing.
CREATE TABLE desk_counts (
  office_code text NOT NULL,
  facet       text NOT NULL,
  value       text NOT NULL,
  is_open     boolean NOT NULL,
  count       bigint NOT NULL,
  PRIMARY KEY (office_code, facet, value, is_open)
) WITH (fillfactor = 50);

-- Called for rows that came (1) and rows that went (-1) of one statement. Whoever writes items holds the queue's lock
-- (queue.sql, `hold`), so no two wait for each other here.
CREATE FUNCTION desk_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO desk_counts (office_code, facet, value, is_open, count)
  SELECT i.office_code, f.facet, f.value, i.is_open, sum(CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END)
    FROM counted i
   CROSS JOIN LATERAL (SELECT * FROM (VALUES ('all', ''), ('status', i.status), ('conclusion', i.conclusion),
                         ('agency', i.agency_code), ('sector', i.sector), ('role', i.role)) AS one (facet, value)
                       UNION ALL SELECT DISTINCT 'offence', o FROM unnest(i.offences) AS o
                       UNION ALL SELECT DISTINCT 'flag', g FROM unnest(i.flags) AS g) AS f
   GROUP BY 1, 2, 3, 4
   ORDER BY 1, 2, 3, 4
      ON CONFLICT (office_code, facet, value, is_open) DO UPDATE SET count = desk_counts.count + excluded.count;
  RETURN NULL;
END
$$;
-- What an update changes of them.
CREATE FUNCTION desk_recount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO desk_counts (office_code, facet, value, is_open, count)
  SELECT office_code, facet, value, is_open, sum(delta)
    FROM (SELECT office_code, status, conclusion, agency_code, sector, role, offences, flags, is_open, -1 AS delta FROM gone
          UNION ALL
          SELECT office_code, status, conclusion, agency_code, sector, role, offences, flags, is_open, 1 FROM come) AS i
   CROSS JOIN LATERAL (SELECT * FROM (VALUES ('all', ''), ('status', i.status), ('conclusion', i.conclusion),
                         ('agency', i.agency_code), ('sector', i.sector), ('role', i.role)) AS one (facet, value)
                       UNION ALL SELECT DISTINCT 'offence', o FROM unnest(i.offences) AS o
                       UNION ALL SELECT DISTINCT 'flag', g FROM unnest(i.flags) AS g) AS f
   GROUP BY 1, 2, 3, 4
  HAVING sum(delta) <> 0
   ORDER BY 1, 2, 3, 4
      ON CONFLICT (office_code, facet, value, is_open) DO UPDATE SET count = desk_counts.count + excluded.count;
  RETURN NULL;
END
$$;
CREATE TRIGGER desk_items_come AFTER INSERT ON desk_items REFERENCING NEW TABLE AS counted
  FOR EACH STATEMENT EXECUTE FUNCTION desk_count();
CREATE TRIGGER desk_items_go AFTER DELETE ON desk_items REFERENCING OLD TABLE AS counted
  FOR EACH STATEMENT EXECUTE FUNCTION desk_count();
CREATE TRIGGER desk_items_change AFTER UPDATE ON desk_items REFERENCING OLD TABLE AS gone NEW TABLE AS come
  FOR EACH STATEMENT EXECUTE FUNCTION desk_recount();

-- How far the queue has read the journal.
CREATE TABLE desk_cursor (
  is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  recorded_in xid8 NOT NULL,
  id          uuid NOT NULL
);
INSERT INTO desk_cursor (recorded_in, id) VALUES ('0', '00000000-0000-0000-0000-000000000000');

-- Who works on what: a claim ends by itself, and another may take it over with a reason.
CREATE TABLE desk_claims (
  office_code text NOT NULL,
  subject_id  uuid NOT NULL,             -- a transfer or a lead
  subject     text NOT NULL CHECK (subject IN ('transfer', 'lead', 'supervision')),
  staff_id    uuid NOT NULL REFERENCES staff,
  claimed_at  timestamptz NOT NULL,
  lease_until timestamptz NOT NULL,
  taken_from  uuid REFERENCES staff,
  reason      bytea,                     -- of a take-over, sealed
  PRIMARY KEY (office_code, subject_id)
) WITH (fillfactor = 70);
CREATE INDEX desk_claims_by_staff ON desk_claims (office_code, staff_id);

-- A decision on its way: written down when it is drafted, signed once when it is confirmed, settled when the use case
-- has answered. The id of the row is the id in the signed document, so a repeat takes effect once.
CREATE TABLE desk_acts (
  id          uuid PRIMARY KEY,
  office_code text NOT NULL,
  staff_id    uuid NOT NULL REFERENCES staff,
  kind        text NOT NULL,
  subject     text NOT NULL CHECK (subject IN ('transfer', 'lead', 'supervision')),
  subject_id  uuid NOT NULL,
  group_id    uuid,                      -- of a bulk action
  seen_move   int NOT NULL,              -- what the person had on the screen
  sealed      bytea NOT NULL,            -- the filled form
  drafted_at  timestamptz NOT NULL,
  signed      bytea,                     -- the document, sealed
  signed_at   timestamptz,
  digest      text,                      -- of the document
  receipt     text,                      -- digest of our receipt for it
  settled_at  timestamptz,
  outcome     text,                      -- 'done', or the code of the problem
  is_excluded boolean NOT NULL DEFAULT false,  -- left out of a bulk action from the beginning
  CHECK ((signed IS NULL) = (signed_at IS NULL)),
  CHECK ((outcome IS NULL) = (settled_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX desk_acts_by_subject ON desk_acts (subject_id, drafted_at);
CREATE INDEX desk_acts_by_group ON desk_acts (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX desk_acts_unsettled ON desk_acts (signed_at) WHERE signed_at IS NOT NULL AND settled_at IS NULL;

-- What a person has seen of a transfer, for the badge of what is new.
CREATE TABLE desk_seen (
  staff_id    uuid NOT NULL REFERENCES staff,
  office_code text NOT NULL,
  transfer_id uuid NOT NULL,
  move        int NOT NULL,
  seen_at     timestamptz NOT NULL,
  PRIMARY KEY (staff_id, office_code, transfer_id)
) WITH (fillfactor = 70);

-- A corrected field lies over the packet's own, which is never changed.
CREATE TABLE desk_corrections (
  id          uuid PRIMARY KEY,
  office_code text NOT NULL,
  transfer_id uuid NOT NULL REFERENCES transfers,
  pointer     text NOT NULL,
  staff_id    uuid NOT NULL REFERENCES staff,
  made_at     timestamptz NOT NULL,
  sealed      bytea NOT NULL             -- value and reason
);
CREATE INDEX desk_corrections_by_transfer ON desk_corrections (transfer_id, made_at);

-- Saved views: a person's own, or with no person the office's.
CREATE TABLE desk_views (
  id          uuid PRIMARY KEY,
  office_code text NOT NULL,
  staff_id    uuid REFERENCES staff,
  name        text NOT NULL,
  query       text NOT NULL,
  made_at     timestamptz NOT NULL
);
CREATE INDEX desk_views_by_office ON desk_views (office_code, made_at);

CREATE TRIGGER desk_corrections_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk_corrections
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The board. A clock knows where its case lies, so that a supervisor's look at it asks for no transfer.
ALTER TABLE deadlines ADD COLUMN division text;
UPDATE deadlines d SET division = t.division FROM transfers t WHERE t.id = d.transfer_id;
-- What the board counts and lists of an agency, each by its moment: never more rows than it shows, and one.
CREATE INDEX deadlines_running_by_agency ON deadlines (agency_code, nature, due_at) INCLUDE (near_at, division, transfer_id)
  WHERE met_at IS NULL AND voided_at IS NULL;
CREATE INDEX leads_kept_back_due ON leads (agency_code, due_at) INCLUDE (division)
  WHERE status IN ('open', 'supervised') AND detector IN ('X1', 'X2', 'X4', 'X5', 'X6');
CREATE INDEX leads_kept_back_since ON leads (agency_code, starts_at) INCLUDE (division)
  WHERE status IN ('open', 'supervised') AND detector IN ('X1', 'X2', 'X4', 'X5', 'X6');
CREATE INDEX supervisions_under_way ON supervisions (agency_code, status, due_at)
  INCLUDE (division, office_code, escalated_to, escalated_at) WHERE closed_at IS NULL;
CREATE INDEX cases_by_agency ON cases (agency_code, id);
CREATE INDEX cases_transferred ON cases (agency_code, id) WHERE counted @? '$[*] ? (@ like_regex "/transferred$")';

-- Figures by day: the contributions of a decided case name its day too (service/domain/appraisal.py).
UPDATE cases
   SET counted = counted || to_jsonb(
         ARRAY[to_char(decided_on, 'YYYY-MM"/decided:"DD')]
         || CASE WHEN counted @? '$[*] ? (@ like_regex "/never_transferred$")'
                 THEN ARRAY[to_char(decided_on, 'YYYY-MM"/never_transferred:"DD')] ELSE '{}' END)
 WHERE decided_on IS NOT NULL;
INSERT INTO tallies (agency_code, month, name, count)
SELECT c.agency_code, (split_part(n, '/', 1) || '-01')::date, split_part(n, '/', 2), count(*)
  FROM cases c, jsonb_array_elements_text(c.counted) AS n
 WHERE n ~ '/(decided|never_transferred):[0-9]{2}$'
 GROUP BY 1, 2, 3;

-- Row-level security. Pages read as the role linkage_desk, which owns nothing and sees what the settings of its
-- transaction allow: `linkage.office` the office, `linkage.jurisdiction` '=' and how its divisions begin. Unset,
-- there is not a row. Everything else of the service logs in as a member of linkage_service, which sees all.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'linkage_service') THEN CREATE ROLE linkage_service NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'linkage_desk') THEN CREATE ROLE linkage_desk NOLOGIN; END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of the cluster was quicker
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'have a superuser run: CREATE ROLE linkage_service NOLOGIN; CREATE ROLE linkage_desk NOLOGIN; GRANT linkage_service, linkage_desk TO %', current_user;
END
$$;
DO $$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
     AND NOT (pg_has_role(current_user, 'linkage_service', 'USAGE') AND pg_has_role(current_user, 'linkage_desk', 'MEMBER')) THEN
    EXECUTE format('GRANT linkage_service, linkage_desk TO %I', current_user);
  END IF;
END
$$;

CREATE FUNCTION desk_office() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('linkage.office', true), '') $$;

CREATE FUNCTION desk_jurisdiction() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT substr(nullif(current_setting('linkage.jurisdiction', true), ''), 2) $$;

-- Asked by a policy, which could not look at another protected table without asking that one's policy in turn.
CREATE FUNCTION desk_is_party(asked uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public AS
$$ SELECT EXISTS (SELECT FROM public.dispatches d
                   WHERE d.transfer_id = asked AND d.office_code = public.desk_office()
                     AND (d.delivered_at IS NOT NULL OR d.status NOT IN ('held', 'recalled'))) $$;
REVOKE EXECUTE ON FUNCTION desk_is_party(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk_is_party(uuid) TO linkage_desk;

-- The items of the office whose tokens hold all of `words`, and one of each other list that is given; not more than
-- `most`, in no order. `@>` is not leakproof, so under row-level security no index would serve it: this function reads
-- as its owner and keeps to the office itself. Whoever may not call it learns nothing; whoever may, gets ids that the
-- policies of every other table hold against him again. The office is compared in a way that no index serves, and
-- other scans are off, so that the tokens' index is what is read, however common the words are.
CREATE FUNCTION desk_hits(words bigint[], of_offences bigint[], of_flags bigint[], most int) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 500
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off SET enable_indexscan = off AS $$
BEGIN
  RETURN QUERY
  SELECT t.transfer_id
    FROM public.desk_texts t
   WHERE t.office_code || '' = public.desk_office()
     AND (words IS NULL OR t.tokens @> words)
     AND (of_offences IS NULL OR t.tokens && of_offences)
     AND (of_flags IS NULL OR t.tokens && of_flags)
   LIMIT most;
END
$$;
REVOKE EXECUTE ON FUNCTION desk_hits(bigint[], bigint[], bigint[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk_hits(bigint[], bigint[], bigint[], int) TO linkage_desk;

DO $$
DECLARE
  guarded record;
BEGIN
  -- (SELECT …) asks once a query; a bare call would be made again for every row.
  FOR guarded IN SELECT * FROM (VALUES
    ('transfers',           'starts_with(division, (SELECT desk_jurisdiction())) OR desk_is_party(id)'),
    ('parties',             'EXISTS (SELECT FROM transfers t WHERE t.id = transfer_id)'),
    ('documents',           'EXISTS (SELECT FROM transfers t WHERE t.id = transfer_id)'),
    ('dispatches',          'EXISTS (SELECT FROM transfers t WHERE t.id = transfer_id)'),
    ('deadlines',           'starts_with(division, (SELECT desk_jurisdiction())) OR EXISTS (SELECT FROM transfers t WHERE t.id = transfer_id)'),
    ('reports',             'EXISTS (SELECT FROM transfers t WHERE t.id = transfer_id)'),
    ('materials',           'EXISTS (SELECT FROM transfers t WHERE t.agency_code = materials.agency_code)'),
    ('cases',               'starts_with(division, (SELECT desk_jurisdiction()))'),
    ('leads',               'starts_with(division, (SELECT desk_jurisdiction()))'),
    ('supervisions',        'starts_with(division, (SELECT desk_jurisdiction())) OR office_code = desk_office() OR escalated_to = desk_office()'),
    ('supervision_letters', 'EXISTS (SELECT FROM supervisions s WHERE s.id = supervision_id)'),
    ('earlier_records',     'EXISTS (SELECT FROM cases c WHERE c.id = case_id)'),
    ('tallies',             'agency_code IN (SELECT o.code FROM offices o WHERE starts_with(o.division, (SELECT desk_jurisdiction())))'),
    ('register_feeds',      'agency_code IN (SELECT o.code FROM offices o WHERE starts_with(o.division, (SELECT desk_jurisdiction())))'),
    ('register_counts',     'agency_code IN (SELECT o.code FROM offices o WHERE starts_with(o.division, (SELECT desk_jurisdiction())))'),
    -- Who works on what at an office's desks is that office's own matter.
    ('journal',             '(NOT starts_with(action, ''desk.'') OR actor = desk_office()) AND ('
                            'transfer_id IS NOT NULL AND EXISTS (SELECT FROM transfers t WHERE t.id = transfer_id)'
                            ' OR subject_id IS NOT NULL AND (EXISTS (SELECT FROM leads l WHERE l.id = subject_id)'
                            ' OR EXISTS (SELECT FROM supervisions s WHERE s.id = subject_id)'
                            ' OR EXISTS (SELECT FROM cases c WHERE c.id = subject_id)))'),
    ('staff',               'EXISTS (SELECT FROM staff_roles r WHERE r.staff_id = staff.id)'),
    ('staff_roles',         'office_code = desk_office()'),
    ('desk_items',          'office_code = desk_office()'),
    ('desk_texts',          'office_code = desk_office()'),
    ('desk_counts',         'office_code = desk_office()'),
    ('desk_claims',         'office_code = desk_office()'),
    ('desk_acts',           'office_code = desk_office()'),
    ('desk_seen',           'office_code = desk_office()'),
    ('desk_corrections',    'office_code = desk_office()'),
    ('desk_views',          'office_code = desk_office()')
  ) AS list (name, visible)
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('CREATE POLICY service_sees_all ON %I TO linkage_service USING (true) WITH CHECK (true)', guarded.name);
    EXECUTE format('CREATE POLICY desk_sees_its_own ON %I FOR SELECT TO linkage_desk USING (%s)', guarded.name, guarded.visible);
    EXECUTE format('GRANT SELECT ON %I TO linkage_desk', guarded.name);
  END LOOP;
END
$$;
-- A page that shows a case writes down in the same transaction that it did.
CREATE POLICY desk_notes ON journal FOR INSERT TO linkage_desk WITH CHECK (actor = desk_office());
GRANT INSERT ON journal TO linkage_desk;
GRANT SELECT ON offices, endpoints, registry_version, rulebooks, rulebook_in_force TO linkage_desk;
GRANT SELECT ON rescreenings, rescreening_slices, detection_cursor, desk_cursor TO linkage_desk;
GRANT USAGE ON SCHEMA public TO linkage_desk;

-- The operator index of `journal` by transfer serves its policy too; materials are asked for by one agency at a time.
CREATE INDEX transfers_by_agency ON transfers (agency_code);
CREATE INDEX transfers_by_division ON transfers (division text_pattern_ops, received_at DESC, id);

-- migrate:down
DROP INDEX transfers_by_division, transfers_by_agency;
DO $$
DECLARE
  guarded record;
BEGIN
  FOR guarded IN SELECT tablename AS name FROM pg_policies WHERE policyname = 'service_sees_all'
  LOOP
    EXECUTE format('REVOKE ALL ON %I FROM linkage_desk', guarded.name);
    EXECUTE format('DROP POLICY service_sees_all ON %I', guarded.name);
    EXECUTE format('DROP POLICY desk_sees_its_own ON %I', guarded.name);
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', guarded.name);
    EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', guarded.name);
  END LOOP;
END
$$;
DROP POLICY desk_notes ON journal;
REVOKE ALL ON offices, endpoints, registry_version, rulebooks, rulebook_in_force, rescreenings, rescreening_slices,
  detection_cursor FROM linkage_desk;
REVOKE USAGE ON SCHEMA public FROM linkage_desk;
DROP FUNCTION desk_hits(bigint[], bigint[], bigint[], int);
DROP FUNCTION desk_is_party(uuid);
DELETE FROM tallies WHERE name ~ '^(decided|never_transferred):[0-9]{2}$';
UPDATE cases
   SET counted = (SELECT coalesce(jsonb_agg(n ORDER BY place), '[]')
                    FROM jsonb_array_elements_text(counted) WITH ORDINALITY AS told (n, place)
                   WHERE n !~ '/(decided|never_transferred):[0-9]{2}$')
 WHERE decided_on IS NOT NULL;
DROP INDEX cases_transferred, cases_by_agency, supervisions_under_way, leads_kept_back_since, leads_kept_back_due, deadlines_running_by_agency;
ALTER TABLE deadlines DROP COLUMN division;
DROP TABLE desk_views, desk_corrections, desk_seen, desk_acts, desk_claims, desk_cursor, desk_items,
  desk_texts, desk_counts, desk_keys, sessions,
  staff_roles, staff;
DROP FUNCTION desk_count();
DROP FUNCTION desk_recount();
DROP FUNCTION desk_jurisdiction();
DROP FUNCTION desk_office();
