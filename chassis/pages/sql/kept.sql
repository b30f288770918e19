-- name: keep
-- Sealed: only who signs in as its owner gets it back.
insert into chassis.kept_form (kept_id, sealed, kept_at) values (%(kept_id)s, %(sealed)s, %(now)s);

-- name: kept
-- As long as it is kept.
select sealed from chassis.kept_form where kept_id = %(kept_id)s and kept_at > %(since)s;

-- name: forget_kept
-- A lot at a time, so that no transaction grows long.
delete from chassis.kept_form where kept_id in (select kept_id from chassis.kept_form where kept_at <= %(before)s limit %(most)s);
