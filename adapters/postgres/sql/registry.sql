-- name: version
-- The number that every change of the registry raises.
SELECT version FROM registry_version

-- name: offices
-- Every office.
SELECT code, name, kind, division, level, sector, causes FROM offices

-- name: keys
-- Every key, in force or not: a refusal should be able to say why.
SELECT office_code, kid, jwk, valid_from, valid_until, revoked_at FROM office_keys

-- name: endpoints
-- Every endpoint.
SELECT office_code, kind, url, max_in_flight, per_second FROM endpoints
