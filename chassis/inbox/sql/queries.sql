-- name: take
-- A row that is already there means a repetition: only the ids that come back are new.
insert into chassis.inbox (event_id, event_time) values %s
on conflict do nothing
returning event_id

-- name: blocked_keys
-- One statement is one snapshot, so an event on its way between the two tables is seen in one of them.
select partition_key from chassis.deferred where partition_key = any(%(keys)s)
union
select partition_key from chassis.parked where partition_key = any(%(keys)s)

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
