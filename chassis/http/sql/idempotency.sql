-- name: claim
-- Held until the transaction ends: whoever comes with the same key in the meantime is told that it is still running.
select set_config('meedoen.claimed', string_agg(pg_try_advisory_xact_lock(lock)::text, ',' order by place), true)
from unnest(%(locks)s::bigint[]) with ordinality as wanted (lock, place);

-- name: kept
-- A statement of its own after the claim: only then does it see what the last holder committed.
select claimed.is_ours::boolean as claimed, kept.request, kept.answer
from unnest(%(keys)s::bytea[], string_to_array(current_setting('meedoen.claimed'), ',')) with ordinality
    as claimed (key, is_ours, place)
left join chassis.idempotency as kept on kept.key = claimed.key
order by claimed.place;

-- name: keep
-- In the transaction that it answers for, so that both happened or neither.
insert into chassis.idempotency (key, request, answer, about, kept_at)
values (%(key)s, %(request)s, %(answer)s, %(about)s, %(now)s);

-- name: forget_old
-- In small bites: a long delete would hold back others.
delete from chassis.idempotency
where key in (select key from chassis.idempotency where kept_at < %(before)s order by kept_at limit %(most)s);

-- name: forget_about
-- An answer about an erased person holds what was erased.
delete from chassis.idempotency where about = %(about)s;
