-- name: due_keys
-- The index on next_attempt_at is walked only as far as needed, however many wait.
select partition_key
from (
    select partition_key, next_attempt_at from chassis.deferred
    where next_attempt_at <= now() order by next_attempt_at limit %(rows)s
) as due
group by partition_key order by min(next_attempt_at)

-- name: try_lock_key
-- One process at a time moves the line of one key; held until the transaction ends.
select pg_try_advisory_xact_lock(hashtextextended(%(key)s, 7301))

-- name: lock_key
-- Who looks at a line that is not due holds it for a moment; whoever began an attempt waits for that.
select pg_advisory_xact_lock(hashtextextended(%(key)s, 7301))

-- name: head
-- The first in line, with whether it may go now: one never tried may, another when its time has come, and none that
-- arrived after a parked event of its key.
select
    event_id, arrival, partition_key, raw, attempts, attempts_allowed,
    attempts = 0 or next_attempt_at <= now() as due,
    exists (
        select 1 from chassis.parked as p where p.partition_key = d.partition_key and p.arrival < d.arrival
    ) as blocked
from chassis.deferred as d
where partition_key = %(key)s
order by arrival limit 1
for update of d

-- name: wait_for_decision
-- Nothing of a blocked line is looked at again before an operator has decided.
update chassis.deferred set next_attempt_at = 'infinity'
where partition_key = %(key)s and next_attempt_at < 'infinity'

-- name: wait_for_head
-- Those in line are not looked at again before their head is.
update chassis.deferred as d set next_attempt_at = h.next_attempt_at
from chassis.deferred as h
where h.event_id = %(head)s and d.partition_key = h.partition_key and d.next_attempt_at < h.next_attempt_at

-- name: begin_retry
-- Committed before the retry, so that an event that kills the process is not retried for ever.
update chassis.deferred set attempts = attempts + 1, next_attempt_at = %(next_attempt_at)s
where event_id = %(event_id)s

-- name: fail_retry
-- The last error is what somebody will look at.
update chassis.deferred set error = %(error)s where event_id = %(event_id)s

-- name: excuse_retry
-- An infrastructure error is not the event's fault: the attempt is given back.
update chassis.deferred set attempts = attempts - 1
where event_id = %(event_id)s and attempts > 0

-- name: remove_deferred
-- In the transaction that applies it; no row means that somebody else moved the line.
delete from chassis.deferred where event_id = %(event_id)s and attempts = %(attempts)s

-- name: park_deferred
-- It keeps its place in line, and blocks what arrived after it.
with moved as (
    delete from chassis.deferred where event_id = %(event_id)s returning *
)
insert into chassis.parked (
    event_id, arrival, partition_key, event_type, source, subject, event_time, raw, queue, reason, error, attempts
)
select
    event_id, arrival, partition_key, event_type, source, subject, event_time, raw, queue, %(reason)s,
    coalesce(%(error)s::jsonb, error), attempts
from moved
on conflict do nothing
