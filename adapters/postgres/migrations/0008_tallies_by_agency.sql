-- migrate:up
-- A board asks for the figures of some agencies, few names over long or many over a year: both are read from an index
-- alone, and no other agency's rows with them.
CREATE INDEX tallies_by_name_and_agency ON tallies (name, agency_code, month) INCLUDE (count);
DROP INDEX tallies_by_name;
ALTER TABLE tallies DROP CONSTRAINT tallies_pkey, ADD PRIMARY KEY (agency_code, month, name) INCLUDE (count);

-- migrate:down
ALTER TABLE tallies DROP CONSTRAINT tallies_pkey, ADD PRIMARY KEY (agency_code, month, name);
CREATE INDEX tallies_by_name ON tallies (name, month) INCLUDE (agency_code, count);
DROP INDEX tallies_by_name_and_agency;
