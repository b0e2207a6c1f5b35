-- name: find
-- One person. $1 id.
SELECT id, issuer, subject, name, disabled_at FROM staff WHERE id = $1

-- name: find_by_subject
-- One person by the names that the identity provider has. $1 issuer, $2 subject.
SELECT id, issuer, subject, name, disabled_at FROM staff WHERE issuer = $1 AND subject = $2

-- name: posts
-- What people may do, per office. $1 ids, or null for everybody.
SELECT staff_id, office_code, array_agg(role ORDER BY role) AS roles
  FROM staff_roles
 WHERE $1::uuid[] IS NULL OR staff_id = ANY ($1)
 GROUP BY staff_id, office_code
 ORDER BY staff_id, office_code

-- name: find_with_posts
-- One person with what he may do, a row an office, or one without an office. $1 id.
SELECT s.id, s.issuer, s.subject, s.name, s.disabled_at, s.last_signed_in_at, r.office_code,
       array_agg(r.role ORDER BY r.role) AS roles
  FROM staff s
  LEFT JOIN staff_roles r ON r.staff_id = s.id
 WHERE s.id = $1
 GROUP BY s.id, r.office_code
 ORDER BY r.office_code

-- name: people
-- Everybody.
SELECT id, issuer, subject, name, disabled_at, last_signed_in_at FROM staff ORDER BY name, id

-- name: save
-- Enter somebody; one who is entered already gets the new name, and may come in again. $1 id, $2 issuer, $3 subject,
-- $4 name, $5 now.
INSERT INTO staff (id, issuer, subject, name, added_at)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name, disabled_at = NULL
RETURNING id, issuer, subject, name, disabled_at

-- name: revoke
-- Take roles away that are not among $3. $1 person, $2 office.
DELETE FROM staff_roles WHERE staff_id = $1 AND office_code = $2 AND role <> ALL ($3::text[])

-- name: grant
-- Give roles. $1 person, $2 office, $3 roles, $4 now.
INSERT INTO staff_roles (staff_id, office_code, role, granted_at)
SELECT $1, $2, role, $4 FROM unnest($3::text[]) AS role
    ON CONFLICT DO NOTHING

-- name: disable
-- Shut somebody out. $1 person, $2 now.
UPDATE staff SET disabled_at = $2 WHERE id = $1

-- name: signed_in
-- $1 person, $2 now.
UPDATE staff SET last_signed_in_at = $2 WHERE id = $1

-- name: live_sessions
-- Sessions of people that are alive at $2, seen after $3. $1 person, or null for everybody.
SELECT session.staff_id, staff.name, session.began_at, session.seen_at, session.ends_at
  FROM sessions session JOIN staff ON staff.id = session.staff_id
 WHERE ($1::uuid IS NULL OR session.staff_id = $1) AND session.ends_at > $2 AND session.seen_at > $3
 ORDER BY session.seen_at DESC, session.digest

-- name: end_sessions
-- $1 person.
DELETE FROM sessions WHERE staff_id = $1

-- name: load_session
-- A session that is alive at $2: seen after $3 and not ended. $1 digest of the cookie.
SELECT data, staff_id, began_at, seen_at, ends_at
  FROM sessions
 WHERE digest = $1 AND seen_at > $3 AND ends_at > $2

-- name: begin_session
-- $1 digest, $2 person or null, $3 data, $4 now, $5 when it ends at the latest.
INSERT INTO sessions (digest, staff_id, data, began_at, seen_at, ends_at)
VALUES ($1, $2, $3, $4, $4, $5)

-- name: update_session
-- As it was loaded: $1 digest, $2 person or null, $3 data, $4 now. Touches nothing if it was ended meanwhile.
UPDATE sessions SET data = $3, staff_id = $2, seen_at = $4 WHERE digest = $1

-- name: touch_session
-- Somebody is still there. $1 digest, $2 now.
UPDATE sessions SET seen_at = $2 WHERE digest = $1

-- name: end_session
-- $1 digest.
DELETE FROM sessions WHERE digest = $1

-- name: sweep_sessions
-- Forget what is over. $1 now, $2 seen before.
DELETE FROM sessions WHERE ends_at <= $1 OR seen_at <= $2
