-- What every transaction that tells something ends with, as a function: its plans are made once per session. Planning took
-- longer than carrying it out (docs/adr/0032-plans-that-are-kept.md). The kept plan must be right for an outbox of no rows
-- and of a million: so all that it reads is found by key, row by row, whatever the statistics say at that moment.

create function chassis.tell(
    changed_subjects text[], counts bigint[], latest timestamptz[],
    lane_asked smallint, event_ids uuid[], types text[], subjects text[], laters bigint[], partition_keys text[],
    times timestamptz[], heads text[], tails text[]
) returns void language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
    -- Count up each subject's sequence, in one order for everyone: the row locks make later transactions wait until
    -- commit.
    insert into chassis.stream_head as head (subject, last_sequence, last_time)
    select told.subject, told.events, told.time
    from unnest(changed_subjects, counts, latest) as told (subject, events, time)
    order by told.subject collate "C"
    on conflict (subject) do update set
        last_sequence = head.last_sequence + excluded.last_sequence,
        last_time = greatest(head.last_time, excluded.last_time);
    -- A statement of its own, which sees what the last holder of these locks committed. Ids are given after the heads
    -- are locked, so that they follow the sequence; a key that waits in a lane stays there.
    -- Without the sum, max() may walk the primary key (lane, id): the whole outbox for each event.
    insert into chassis.outbox (lane, event_id, type, subject, sequence, partition_key, time, body)
    select
        coalesce(
            (select max(waiting.lane + 0) from chassis.outbox as waiting
             where waiting.partition_key = told.partition_key),
            lane_asked
        ),
        told.event_id, told.type, told.subject, numbered.sequence, told.partition_key, told.time,
        told.head || numbered.sequence || told.tail
    from unnest(event_ids, types, subjects, laters, partition_keys, times, heads, tails)
        with ordinality as told (event_id, type, subject, later, partition_key, time, head, tail, place)
    cross join lateral (
        select (select stream.last_sequence from chassis.stream_head as stream where stream.subject = told.subject)
            - told.later as sequence
    ) as numbered
    order by told.place;
end
$$;
comment on function chassis.tell is 'Number the events of one transaction and put them into the outbox, in their order.';
