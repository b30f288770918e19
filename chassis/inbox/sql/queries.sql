-- name: take
-- A row that is already there means a repetition: only the ids that come back are new. With them come those of the keys
-- in which something waits: one statement is one snapshot, so an event on its way between the two tables is in one of them.
with letter (event_id, event_time, partition_key) as (
    values %s
), taken as (
    insert into chassis.inbox (event_id, event_time)
    select event_id::uuid, event_time::timestamptz from letter where event_time is not null
    on conflict do nothing
    returning event_id
)
select event_id::text as new, null as blocked from taken
union all
select null, partition_key from chassis.deferred where partition_key in (select partition_key from letter)
union all
select null, partition_key from chassis.parked where partition_key in (select partition_key from letter)

-- name: arrivals
-- Places in line are drawn together, so that deferred and parked rows of one batch keep their order among each other.
select nextval('chassis.arrival') as arrival from generate_series(1, %(count)s)

-- name: defer
-- An event deferred before stays where it stood.
insert into chassis.deferred (
    event_id, arrival, partition_key, event_type, source, subject, event_time, raw, queue, attempts,
    next_attempt_at, error
) values %s
on conflict do nothing

-- name: park
-- The same bytes delivered again are parked once.
insert into chassis.parked (
    event_id, arrival, partition_key, event_type, source, subject, event_time, raw, queue, reason, error, attempts
) values %s
on conflict do nothing
returning event_id

-- name: record_attempt
-- Committed before the event is handled, so that it survives what the event does to the process.
insert into chassis.attempt (event_id, attempts) values (%(event_id)s, 1)
on conflict (event_id) do update set attempts = attempt.attempts + 1, last_at = now()
returning attempts

-- name: recorded_attempts
-- The attempt before ended in an infrastructure error, which was not the event's fault: it is not counted again.
select attempts from chassis.attempt where event_id = %(event_id)s

-- name: forget_attempts
-- Commits together with what became of the event.
delete from chassis.attempt where event_id = %(event_id)s
