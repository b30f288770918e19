-- name: waiting
-- Both lanes in one snapshot: an interactive event that came before a bulk one of the same key is never read after it.
select lane, id, event_id, type, partition_key, body from chassis.outbox order by lane, id limit %(limit)s

-- name: move_to_published
-- What the broker confirmed; the function is in migrations/0022_telling.sql.
select chassis.move_to_published(%(lanes)s::smallint[], %(ids)s::bigint[])

-- name: try_lock
-- One active relay per database: session-wide, and given up by the server when its holder is gone.
select pg_try_advisory_lock(%(key)s)

-- name: depth
-- What waits, by lane, for metrics.
select lane, count(*) as depth, extract(epoch from now() - min(time))::float8 as oldest_seconds
from chassis.outbox
group by lane
