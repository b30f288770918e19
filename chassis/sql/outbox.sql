-- name: advance_heads
-- Count up each subject's sequence, in one order for everyone: the row locks make later transactions wait until commit.
insert into chassis.stream_head as head (subject, last_sequence, last_time)
select told.subject, told.events, told.time
from unnest(%(subjects)s::text[], %(events)s::bigint[], %(times)s::timestamptz[]) as told (subject, events, time)
order by told.subject collate "C"
on conflict (subject) do update set
    last_sequence = head.last_sequence + excluded.last_sequence,
    last_time = greatest(head.last_time, excluded.last_time)

-- name: put_in_outbox
-- Ids are given after the heads are locked, so that they follow the sequence; a key that waits in a lane stays there.
-- Without the sum, max() may walk the primary key (lane, id): the whole outbox for each event.
insert into chassis.outbox (lane, event_id, type, subject, sequence, partition_key, time, body)
select
    coalesce((select max(lane + 0) from chassis.outbox where partition_key = told.partition_key), %(lane)s),
    told.event_id, told.type, told.subject, numbered.sequence, told.partition_key, told.time,
    told.head || numbered.sequence || told.tail
from unnest(
    %(event_ids)s::uuid[], %(types)s::text[], %(subjects)s::text[], %(later)s::bigint[],
    %(partition_keys)s::text[], %(times)s::timestamptz[], %(heads)s::text[], %(tails)s::text[]
) with ordinality as told (event_id, type, subject, later, partition_key, time, head, tail, place)
cross join lateral (
    select (select last_sequence from chassis.stream_head where subject = told.subject) - told.later as sequence
) as numbered
order by told.place
