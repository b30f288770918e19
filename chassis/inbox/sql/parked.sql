-- name: lock_key
-- An operator's decision waits for a retry that is under way.
select pg_advisory_xact_lock(hashtextextended(%(key)s, 7301))

-- name: release_parked
-- Back into line at its own place, due at once, with one attempt before it is parked again.
with moved as (
    delete from chassis.parked where event_id = %(event_id)s returning *
)
insert into chassis.deferred (
    event_id, arrival, partition_key, event_type, source, subject, event_time, raw, queue, attempts,
    attempts_allowed, error
)
select
    event_id, arrival, %(partition_key)s, %(event_type)s, %(source)s, %(subject)s, %(event_time)s, raw, queue, attempts,
    attempts + 1, error
from moved
on conflict do nothing

-- name: release_followers
-- What waited for the decision may be looked at again.
update chassis.deferred set next_attempt_at = now() where partition_key = %(key)s and next_attempt_at > now()

-- name: discard_parked
-- Who threw away what, and why, stays known; the bytes do not.
with gone as (
    delete from chassis.parked where event_id = %(event_id)s returning *
)
insert into chassis.discarded (event_id, event_type, source, subject, parked_reason, error, discarded_by, reason)
select event_id, event_type, source, subject, reason, error, %(by)s, %(why)s from gone
on conflict (event_id) do update set
    reason = excluded.reason, discarded_by = excluded.discarded_by, discarded_at = now()

-- name: parked_event
-- All there is to decide on, with how many wait behind it, counted up to a bound.
select
    p.*,
    (
        select count(*)
        from (
            select from chassis.deferred as d
            where d.partition_key = p.partition_key and d.arrival > p.arrival
            limit %(most_behind)s
        ) as counted
    ) as behind
from chassis.parked as p
where p.event_id = %(event_id)s::uuid

-- name: parked_page
-- Oldest first, by a key that never changes while it is paged. What waits behind each is counted up to a bound: a line
-- can be as long as one likes.
select
    p.event_id, p.arrival, p.partition_key, p.event_type, p.source, p.subject, p.event_time, p.queue, p.reason, p.error,
    p.attempts, p.parked_at,
    (
        select count(*)
        from (
            select from chassis.deferred as d
            where d.partition_key = p.partition_key and d.arrival > p.arrival
            limit %(most_behind)s
        ) as counted
    ) as behind
from chassis.parked as p
where (p.parked_at, p.arrival) > (%(after_time)s, %(after_arrival)s)
order by p.parked_at, p.arrival
limit %(limit)s

-- name: deferred_page
-- Oldest first, by a key that never changes while it is paged.
select
    event_id, arrival, partition_key, event_type, source, subject, event_time, queue, error, attempts, deferred_at,
    case
        when not exists (
            select 1 from chassis.parked as p where p.partition_key = d.partition_key and p.arrival < d.arrival
        ) then nullif(next_attempt_at, 'infinity')
    end as next_attempt_at
from chassis.deferred as d
where (deferred_at, arrival) > (%(after_time)s, %(after_arrival)s)
order by deferred_at, arrival
limit %(limit)s

-- name: waiting
-- The figures behind the gauges and /delivery. Asked every quarter of a minute by each process, so counted up to a bound
-- beyond which nothing else is done about it.
select
    (select count(*) from (select from chassis.deferred limit %(most)s) as counted) as deferred,
    (select count(*) from (select from chassis.parked limit %(most)s) as counted) as parked,
    (
        select count(*)
        from (
            select
            from (
                select partition_key, min(arrival) as first
                from (
                    select partition_key, arrival from chassis.parked where partition_key is not null limit %(most)s
                ) as counted
                group by partition_key
            ) as p
            cross join lateral (
                select from chassis.deferred as d
                where d.partition_key = p.partition_key and d.arrival > p.first
                limit %(most)s
            ) as behind
            limit %(most)s
        ) as counted
    ) as behind_parked
