-- name: replay_published
-- The same events again, a lot of them in the order they had, behind what people wait for; what waits already is not
-- doubled. A lot that is full is perhaps not the last.
with lot as (
    select id, event_id, type, subject, sequence, partition_key, time, body
    from chassis.published
    where id > %(after)s
        and (%(subject)s::text is null or subject = %(subject)s)
        and (%(since)s::timestamptz is null or published_at >= %(since)s)
    order by id
    limit %(most)s
), put_back as (
    insert into chassis.outbox (lane, event_id, type, subject, sequence, partition_key, time, body, replay)
    select 1, event_id, type, subject, sequence, partition_key, time, body, true
    from lot
    order by id
    on conflict (event_id) do nothing
    returning event_id
)
select
    (select count(*) from put_back)::bigint as replayed,
    (select case when count(*) = %(most)s then max(id) end from lot) as next

-- name: outbox_waiting
-- How much waits and how long the oldest has.
select count(*)::bigint as depth, coalesce(extract(epoch from now() - min(time)), 0)::float8 as oldest_seconds
from chassis.outbox

-- name: flow_heads
-- What this service told, by subject, to compare with what others took.
select subject, last_sequence, last_time
from chassis.stream_head
where subject > coalesce(%(after)s, '')
order by subject
limit %(limit)s

-- name: relay_is_active
-- The relay shows itself by the lock that it holds; a bigint key is kept in two halves.
select exists (
    select from pg_locks
    where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and (classid::bigint << 32 | objid::bigint) = %(key)s
) as active
