-- name: waiting
-- Both lanes in one snapshot: an interactive event that came before a bulk one of the same key is never read after it.
select lane, id, event_id, type, partition_key, body from chassis.outbox order by lane, id limit %(limit)s

-- name: move_to_published
-- A replayed event is in `published` already, on the day it first went out.
with confirmed as (
    delete from chassis.outbox as waiting
    using unnest(%(lanes)s::smallint[], %(ids)s::bigint[]) as sent (lane, id)
    where waiting.lane = sent.lane and waiting.id = sent.id
    returning waiting.*
), kept as (
    insert into chassis.published (id, published_at, event_id, type, subject, sequence, partition_key, time, body)
    select id, clock_timestamp(), event_id, type, subject, sequence, partition_key, time, body
    from confirmed
    where not replay
)
select count(*) from confirmed

-- name: try_lock
-- One active relay per database: session-wide, and given up by the server when its holder is gone.
select pg_try_advisory_lock(%(key)s)

-- name: depth
-- What waits, by lane, for metrics.
select lane, count(*) as depth, extract(epoch from now() - min(time))::float8 as oldest_seconds
from chassis.outbox
group by lane
