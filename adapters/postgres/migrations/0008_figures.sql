-- migrate:up
-- A board asks for the figures of some agencies, few names over long or many over a year: both are read from an index
-- alone, and no other agency's rows with them.
CREATE INDEX tallies_by_name_and_agency ON tallies (name, agency_code, month) INCLUDE (count);
DROP INDEX tallies_by_name;
ALTER TABLE tallies DROP CONSTRAINT tallies_pkey, ADD PRIMARY KEY (agency_code, month, name) INCLUDE (count);
-- Offences of cases kept back: the lead itself is wide, with all its evidence.
CREATE INDEX leads_kept_back_offences ON leads (offence_code, agency_code, case_number) INCLUDE (division)
  WHERE status IN ('open', 'supervised') AND detector IN ('X1', 'X2', 'X4', 'X5', 'X6');

-- migrate:down
DROP INDEX leads_kept_back_offences;
ALTER TABLE tallies DROP CONSTRAINT tallies_pkey, ADD PRIMARY KEY (agency_code, month, name);
CREATE INDEX tallies_by_name ON tallies (name, month) INCLUDE (agency_code, count);
DROP INDEX tallies_by_name_and_agency;
