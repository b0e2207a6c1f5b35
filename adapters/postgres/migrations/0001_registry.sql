-- migrate:up
-- Who is on the platform. Every change raises the version, which intake reads inside its own transaction,
-- so that a key revoked a moment ago is not accepted from a copy in memory.

CREATE TABLE registry_version (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  version bigint NOT NULL
);
INSERT INTO registry_version (version) VALUES (0);

CREATE TABLE offices (
  code     text PRIMARY KEY CHECK (code ~ '^[0-9A-Z]{18}$'),
  name     text NOT NULL,
  kind     text NOT NULL,
  division text NOT NULL CHECK (division ~ '^[0-9]{6}$'),
  level    text NOT NULL,
  sector   text,
  causes   text[]
);

CREATE TABLE office_keys (
  office_code text NOT NULL REFERENCES offices,
  kid         text NOT NULL,
  jwk         jsonb NOT NULL CHECK (NOT jwk ? 'd'),
  valid_from  timestamptz NOT NULL,
  valid_until timestamptz,
  revoked_at  timestamptz,
  PRIMARY KEY (office_code, kid),
  UNIQUE (kid)
);

-- An endpoint's row carries its breaker and its pace too: a claim locks the row, so all replicas obey one pace.
CREATE TABLE endpoints (
  office_code    text PRIMARY KEY REFERENCES offices,
  kind           text NOT NULL CHECK (kind IN ('push', 'mailbox')),
  url            text CHECK ((kind = 'push') = (url IS NOT NULL)),
  max_in_flight  int NOT NULL DEFAULT 4 CHECK (max_in_flight > 0),
  per_second     float8 NOT NULL DEFAULT 50 CHECK (per_second > 0),
  failures       int NOT NULL DEFAULT 0,
  paused_until   timestamptz NOT NULL DEFAULT '-infinity',
  paced_until    timestamptz NOT NULL DEFAULT '-infinity',
  failing_since  timestamptz
) WITH (fillfactor = 70);

CREATE TABLE rulebooks (
  digest   text PRIMARY KEY,
  version  text NOT NULL,
  document text NOT NULL,
  added_at timestamptz NOT NULL
);

-- migrate:down
DROP TABLE rulebooks, endpoints, office_keys, offices, registry_version;
