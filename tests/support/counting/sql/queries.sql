-- name: apply
-- An effect that shows when it happens twice, in which order and in which transaction.
insert into activities.applied (event_id, partition_key, sequence) values %s

-- name: count
-- An effect that adds up.
insert into activities.counter as c (partition_key, events) values %s
on conflict (partition_key) do update set events = c.events + excluded.events

-- name: misbehaviours
-- What a test wants to go wrong, and how often in all.
select how from activities.misbehaviour
where event_id = any(%(ids)s::uuid[]) and nextval(gone_wrong) <= times
order by event_id

-- name: fail_in_database
-- Have PostgreSQL raise this SQLSTATE.
do $$ begin raise exception 'as asked' using errcode = '{sqlstate}'; end $$

-- name: be_slow
-- A message of two statements, each of which ends in time.
select pg_sleep(1); select pg_sleep(1)
