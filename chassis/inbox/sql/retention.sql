-- name: inbox_partitions
-- What there is, to make what is missing and drop what is too old.
select child.relname as name
from pg_inherits
join pg_class as child on child.oid = pg_inherits.inhrelid
where pg_inherits.inhparent = 'chassis.inbox'::regclass

-- name: forget_old_default
-- Strays in the default partition age like all others.
delete from chassis.inbox_default where event_time < %(before)s

-- name: forget_old_attempts
-- Counts of events that never came back.
delete from chassis.attempt where last_at < %(before)s
