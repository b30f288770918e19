-- name: timeline_of
-- What happened to a referral, newest first: what was done to several needs at once is one entry.
select s.at, s.what, s.by, s.actor, s.reasons, array_agg(s.need_id::text order by n.position) as need_ids, max(s.step_id) as step_id
from need n join need_step s using (need_id)
where n.referral_id = %(referral_id)s and s.what = any(%(what)s)
group by s.at, s.what, s.by, s.actor, s.reasons
having %(after)s::bigint is null or max(s.step_id) < %(after)s
order by step_id desc limit %(limit)s;

-- name: casework_at
-- What was done at these moments, and what was written.
select casework_id, what, at, recorded_at, facts, sealed
from casework where referral_id = %(referral_id)s and recorded_at = any(%(moments)s::timestamptz[]);

-- name: answers_of
-- The participant's answers about the places of a referral.
select a.need_id::text as need_id, a.answer, a.answered_by, a.channel, a.answered_at, a.recorded_at
from need n join placement_answer a using (need_id) where n.referral_id = %(referral_id)s;

-- name: staff_of
-- What is known of these members of staff.
select person_index, sealed, library_ids::text[] as library_ids from staff_member where person_index = any(%(person_indexes)s);

-- name: queue
-- What has to be done, by these libraries or for them: what is due first, then what waits longest. Each library's comes off
-- an index in order. Without a library nothing is due: there it counts as due after a week, so that it does not stay below.
select * from (
    select found.* from unnest(%(library_ids)s::uuid[]) as own (library_id) cross join lateral (
        select r.*, intake.due_on(r.contact_by, r.intake_at, r.try_on) as due_on from referral r
        where r.library_id = own.library_id
          and (%(todo)s::text is not null or r.todo <> 'follow')
          and (%(todo)s::text is null or r.todo = %(todo)s)
          and (%(municipality)s::text is null or r.municipality = %(municipality)s)
          and (%(before)s::timestamptz is null or r.received_at <= %(before)s)
          and (%(late_on)s::date is null
               or intake.due_on(r.contact_by, r.intake_at, r.try_on) < %(late_on)s and r.contact_by is not null)
          and (%(again_on)s::date is null
               or intake.due_on(r.contact_by, r.intake_at, r.try_on) <= %(again_on)s and r.try_on is not null)
          and (%(after_due)s::date is null
               or (intake.due_on(r.contact_by, r.intake_at, r.try_on), r.received_at, r.referral_id)
                  > (%(after_due)s, %(after_at)s::timestamptz, %(after_id)s::uuid))
        order by intake.due_on(r.contact_by, r.intake_at, r.try_on), r.received_at, r.referral_id
        limit %(limit)s) found
    union all (
        select * from (
            select r.*, (r.received_at at time zone 'Europe/Amsterdam')::date + 7 as due_on
            from unrouted_for(%(library_ids)s::uuid[]) r) r
        where cardinality(%(library_ids)s::uuid[]) > 0 and r.todo is not null
          and (%(todo)s::text is null or r.todo = %(todo)s)
          and (%(municipality)s::text is null or r.municipality = %(municipality)s)
          and (%(before)s::timestamptz is null or r.received_at <= %(before)s)
          and %(late_on)s::date is null and %(again_on)s::date is null
          and (%(after_due)s::date is null
               or (r.due_on, r.received_at, r.referral_id) > (%(after_due)s, %(after_at)s::timestamptz, %(after_id)s::uuid))
        order by r.due_on, r.received_at, r.referral_id
        limit %(limit)s)
) page
order by due_on, received_at, referral_id
limit %(limit)s;

-- name: queue_counts
-- How much of each there is to do, counted up to a limit: what matters is whether there is much.
select t.todo, (select count(*) from (
    select from (
        select r.referral_id from unnest(%(library_ids)s::uuid[]) as own (library_id) cross join lateral (
            select referral_id from referral where library_id = own.library_id and todo = t.todo limit %(most)s) r
        union all (
            select r.referral_id from unrouted_for(%(library_ids)s::uuid[]) r
            where cardinality(%(library_ids)s::uuid[]) > 0 and r.todo = t.todo limit %(most)s)) both_kinds
    limit %(most)s) found) as number
from unnest(%(todos)s::text[]) as t (todo)
union all
select 'late', (select count(*) from (
    select from unnest(%(library_ids)s::uuid[]) as own (library_id) cross join lateral (
        select from referral r
        where r.library_id = own.library_id and r.todo <> 'follow' and r.contact_by is not null
          and intake.due_on(r.contact_by, r.intake_at, r.try_on) < %(late_on)s
        limit %(most)s) r
    limit %(most)s) found)
union all
select 'again', (select count(*) from (
    select from unnest(%(library_ids)s::uuid[]) as own (library_id) cross join lateral (
        select from referral r
        where r.library_id = own.library_id and r.todo = 'contact' and r.try_on is not null
          and intake.due_on(r.contact_by, r.intake_at, r.try_on) <= %(again_on)s
        limit %(most)s) r
    limit %(most)s) found);
