-- name: tell
-- Number the events and put them into the outbox; the function is in migrations/0022_telling.sql.
select chassis.tell(
    %(changed)s, %(counts)s, %(latest)s::timestamptz[],
    %(lane)s::smallint, %(event_ids)s::uuid[], %(types)s, %(subjects)s, %(later)s, %(partition_keys)s,
    %(times)s::timestamptz[], %(heads)s, %(tails)s
)
