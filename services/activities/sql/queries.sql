-- name: put_library
-- A library as intake tells it now; its events come in order, so the last one is the truth.
insert into library (library_id, name, serves) values (%(library_id)s, %(name)s, %(serves)s::jsonb)
on conflict (library_id) do update set name = excluded.name, serves = excluded.serves;

-- name: library
-- Is it known, and which municipalities does it serve?
select library_id, name, serves from library where library_id = %(library_id)s;

-- name: add_programme
-- Nothing happens when it is there, so that a repeated request can be answered with what is.
insert into programme (programme_id, library_id, kind, title, audience, published_at)
values (%(programme_id)s, %(library_id)s, %(kind)s, %(title)s, %(audience)s, %(now)s)
on conflict (programme_id) do nothing;

-- name: programme
-- One programme.
select programme_id, library_id, kind, title, audience, published_at from programme where programme_id = %(programme_id)s;

-- name: programmes
-- A page of the programmes of some libraries, oldest first.
select programme_id, library_id, kind, title, audience, published_at
from programme
where library_id = any(%(libraries)s::uuid[])
  and (%(kind)s::text is null or kind = %(kind)s)
  and (%(after_time)s::timestamptz is null
       or (published_at, programme_id) > (%(after_time)s::timestamptz, %(after_id)s::uuid))
order by published_at, programme_id
limit %(limit)s;

-- name: add_activity
-- Nothing happens when it is there, so that a repeated request can be answered with what is.
insert into activity (
    activity_id, programme_id, library_id, kind, audience, title, municipality, branch, home_visits, capacity,
    lowest_level, highest_level, literacy, age_bands, features, starts_at, ends_at, joinable_until, asked, scheduled_at)
values (
    %(activity_id)s, %(programme_id)s, %(library_id)s, %(kind)s, %(audience)s, %(title)s, %(municipality)s, %(branch)s,
    %(home_visits)s, %(capacity)s, %(lowest_level)s, %(highest_level)s, %(literacy)s, %(age_bands)s, %(features)s,
    %(starts_at)s, %(ends_at)s, %(joinable_until)s, %(asked)s::jsonb, %(now)s)
on conflict (activity_id) do nothing;

-- name: add_sessions
-- All sessions of a new activity.
insert into session (activity_id, starts_at, ends_at, slot) values %s;

-- name: activity
-- One activity, with when it meets next.
select a.*, (select min(s.starts_at) from session s where s.activity_id = a.activity_id and s.starts_at > %(now)s) as next_at
from activity a
where a.activity_id = %(activity_id)s;

-- name: activities
-- A page of the activities of some libraries that are not over at a moment, soonest start first.
select a.*, (select min(s.starts_at) from session s where s.activity_id = a.activity_id and s.starts_at > %(now)s) as next_at
from activity a
where a.library_id = any(%(libraries)s::uuid[])
  and a.ends_at > %(not_over_at)s
  and (%(kind)s::text is null or a.kind = %(kind)s)
  and (%(municipality)s::text is null or a.municipality = %(municipality)s)
  and (%(after_time)s::timestamptz is null
       or (a.starts_at, a.activity_id) > (%(after_time)s::timestamptz, %(after_id)s::uuid))
order by a.starts_at, a.activity_id
limit %(limit)s;

-- name: sessions
-- All sessions of an activity, in order; a series has at most 200.
select starts_at, ends_at from session where activity_id = %(activity_id)s order by starts_at;

-- name: add_lines
-- A line exists from the first time that anyone stands in it or plans for it.
insert into line (library_id, kind)
select library_id, kind from unnest(%(libraries)s::uuid[], %(kinds)s::text[]) as asked (library_id, kind)
order by library_id, kind
on conflict do nothing;

-- name: lock_lines
-- Always in the same order, so that two transactions wait for each other in one direction only.
select line.library_id, line.kind
from line
where (line.library_id, line.kind) in (select * from unnest(%(libraries)s::uuid[], %(kinds)s::text[]))
order by line.library_id, line.kind
for no key update;

-- name: openings
-- What can still be joined in these lines, and when it meets next per slot; locked, in a fixed order.
select a.activity_id, a.library_id, a.kind, a.municipality, a.home_visits, a.lowest_level, a.highest_level, a.literacy,
       a.age_bands, a.features, a.capacity - a.taken as free, next.slots, next.moments
from unnest(%(libraries)s::uuid[], %(kinds)s::text[]) as asked (library_id, kind)
join activity a on a.library_id = asked.library_id and a.kind = asked.kind
    and a.audience = 'participants' and a.joinable_until > %(now)s
cross join lateral (
    select array_agg(slot) as slots, array_agg(moment) as moments
    from (select s.slot, min(s.starts_at) as moment from session s
          where s.activity_id = a.activity_id and s.starts_at > %(now)s group by s.slot) as per_slot
) as next
order by a.activity_id
for no key update of a;

-- name: seats
-- Places that these holders have in these lines, in activities that still meet.
select a.library_id, a.kind, p.holder, p.activity_id, next.moment as next_at
from unnest(%(libraries)s::uuid[], %(kinds)s::text[], %(holders)s::uuid[]) as asked (library_id, kind, holder)
join place p on p.holder = asked.holder
join activity a on a.activity_id = p.activity_id and a.library_id = asked.library_id and a.kind = asked.kind
cross join lateral (select min(s.starts_at) as moment from session s
                    where s.activity_id = a.activity_id and s.starts_at > %(now)s) as next
where next.moment is not null;

-- name: known_needs
-- What became of these needs, as far as they were taken in before.
select need_id, state, place_number from need where need_id = any(%(need_ids)s::uuid[]);

-- name: lines_of_referrals
-- Whose lines must be locked before the needs of these referrals may change.
select distinct library_id, kind from need where referral_id = any(%(referral_ids)s::uuid[]);

-- name: needs_of_referrals
-- All needs of these referrals, and whether the last place that each had was declined.
select n.*,
       n.state = 'ended' and (select e.reason from enrolment e where e.need_id = n.need_id
                              order by e.placed_at desc limit 1) = 'declined' as declined
from need n
where n.referral_id = any(%(referral_ids)s::uuid[])
order by n.need_id;

-- name: change_facts
-- What matching looks at, as it is known now.
update need
set spoken_level = changed.spoken_level, literacy = changed.literacy, age_band = changed.age_band,
    municipality = changed.municipality, availability = changed.availability::text[], features = changed.features::text[]
from (values %s) as changed (need_id, spoken_level, literacy, age_band, municipality, availability, features)
where need.need_id = changed.need_id::uuid;

-- name: open_enrolments_of_needs
-- Places that these needs have, with what events tell about them; locked, in a fixed order.
select e.enrolment_id, e.need_id, n.referral_id, e.activity_id, n.library_id, n.kind, n.municipality, e.starts_at, e.state,
       e.holder
from enrolment e join need n using (need_id)
where e.need_id = any(%(need_ids)s::uuid[]) and e.state <> 'ended'
order by e.enrolment_id
for no key update of e;

-- name: leave
-- These needs are in no line and have no place any more.
update need set state = %(state)s, reasons = '{}' where need_id = any(%(need_ids)s::uuid[]);

-- name: needs_closed_before
-- Whose time is over, longest first. While another need of the referral goes on they stay: it may go to another library,
-- and what is closed must not come back there.
select need_id from need as n
where state = 'closed' and closed_at < %(before)s and need_id <> all(%(put_off)s::uuid[])
    and not exists (select from need as other where other.referral_id = n.referral_id and other.state <> 'closed')
order by closed_at limit %(most)s;

-- name: forget_needs
-- With the places that they had and gave up. One that has a place still cannot go: the database refuses.
with gone as (
    delete from enrolment where need_id = any(%(need_ids)s::uuid[]) and state = 'ended'
)
delete from need where need_id = any(%(need_ids)s::uuid[]);

-- name: in_line_of_holders
-- Needs without a place that would share one with these holders.
select n.*
from unnest(%(libraries)s::uuid[], %(kinds)s::text[], %(holders)s::uuid[]) as asked (library_id, kind, holder)
join need n on n.holder = asked.holder and n.library_id = asked.library_id and n.kind = asked.kind
where n.state in ('waiting', 'unplaced');

-- name: in_lines
-- Everyone without a place in these lines.
select n.*
from unnest(%(libraries)s::uuid[], %(kinds)s::text[]) as asked (library_id, kind)
join need n on n.library_id = asked.library_id and n.kind = asked.kind
where n.state in ('waiting', 'unplaced');

-- name: add_needs
-- Needs that came, or came back, each in the state that was decided for it.
insert into need (
    need_id, referral_id, participant_id, household_id, holder, library_id, kind, municipality, received_at,
    spoken_level, literacy, age_band, availability, features, place_number, state, reasons)
values %s
on conflict (need_id) do update
set library_id = excluded.library_id, municipality = excluded.municipality, spoken_level = excluded.spoken_level,
    literacy = excluded.literacy, age_band = excluded.age_band, availability = excluded.availability, features = excluded.features,
    place_number = excluded.place_number, state = excluded.state, reasons = excluded.reasons;

-- name: change_needs
-- Needs that were in line and now have a place, wait, or are lacking something else.
update need set state = changed.state, reasons = changed.reasons::text[]
from (values %s) as changed (need_id, state, reasons)
where need.need_id = changed.need_id::uuid;

-- name: add_places
-- A holder that has the place already shares it. Counting them is the trigger's work.
insert into place (activity_id, holder) values %s on conflict do nothing;

-- name: add_enrolments
-- Each is one need's place.
insert into enrolment (enrolment_id, need_id, activity_id, library_id, holder, state, starts_at, placed_at) values %s;

-- name: positions
-- Where these needs stand in their lines, counted from 1.
select need_id, position
from (select n.need_id, row_number() over (partition by n.library_id, n.kind order by n.received_at, n.need_id) as position
      from unnest(%(libraries)s::uuid[], %(kinds)s::text[]) as asked (library_id, kind)
      join need n on n.library_id = asked.library_id and n.kind = asked.kind and n.state = 'waiting') as line
where need_id = any(%(need_ids)s::uuid[]);

-- name: lines_of_enrolments
-- Whose lines must be locked before these enrolments may change.
select distinct n.library_id, n.kind
from enrolment e join need n using (need_id)
where e.enrolment_id = any(%(enrolment_ids)s::uuid[]);

-- name: enrolments_to_change
-- With what events tell about them; locked, in a fixed order.
select e.enrolment_id, e.need_id, n.referral_id, e.activity_id, n.library_id, n.kind, n.municipality, e.starts_at, e.state,
       e.holder
from enrolment e join need n using (need_id)
where e.enrolment_id = any(%(enrolment_ids)s::uuid[])
order by e.enrolment_id
for no key update of e;

-- name: make_final
-- The participant said yes.
update enrolment set state = 'final' where enrolment_id = any(%(enrolment_ids)s::uuid[]);

-- name: end_enrolments
-- With the need that they were for.
with ended as (
    update enrolment set state = 'ended', reason = %(reason)s
    where enrolment_id = any(%(enrolment_ids)s::uuid[])
    returning need_id
)
update need set state = 'ended' from ended where need.need_id = ended.need_id;

-- name: free_places
-- Places that no open enrolment shares any more.
delete from place
using unnest(%(activities)s::uuid[], %(holders)s::uuid[]) as left_by (activity_id, holder)
where place.activity_id = left_by.activity_id and place.holder = left_by.holder
  and not exists (select 1 from enrolment e
                  where e.activity_id = place.activity_id and e.open_holder = place.holder and e.state <> 'ended');

-- name: enrolments
-- A page of the enrolments of some libraries in one state, oldest first.
select e.enrolment_id, e.need_id, n.referral_id, e.activity_id, a.title, e.library_id, n.kind, n.municipality,
       e.state as status, e.reason, e.starts_at, e.placed_at
from enrolment e join need n using (need_id) join activity a using (activity_id)
where e.library_id = any(%(libraries)s::uuid[]) and e.state = %(status)s
  and (%(kind)s::text is null or n.kind = %(kind)s)
  and (%(after_time)s::timestamptz is null
       or (e.placed_at, e.enrolment_id) > (%(after_time)s::timestamptz, %(after_id)s::uuid))
order by e.placed_at, e.enrolment_id
limit %(limit)s;

-- name: waiting_list
-- A page of those who wait at some libraries, with their place in line.
select need_id, referral_id, library_id, kind, municipality, received_at, position
from (select n.*, row_number() over (partition by n.library_id, n.kind order by n.received_at, n.need_id) as position
      from need n
      where n.library_id = any(%(libraries)s::uuid[]) and n.state = 'waiting'
        and (%(kind)s::text is null or n.kind = %(kind)s)) as lines
where %(after_time)s::timestamptz is null
   or (received_at, need_id) > (%(after_time)s::timestamptz, %(after_id)s::uuid)
order by received_at, need_id
limit %(limit)s;

-- name: libraries_serving
-- Few hundred libraries in a country, so they are looked through.
select library_id, name from library
where exists (select from jsonb_array_elements(serves) as area
              where area ->> 'municipality' = %(municipality)s
                and (area -> 'kinds' = '[]' or area -> 'kinds' ? %(kind)s))
  and (%(library_id)s::uuid is null or library_id = %(library_id)s)
order by name, library_id;

-- name: what_is_open
-- What can be joined in these lines, as of now: for who only looks.
select a.activity_id, a.library_id, a.kind, a.municipality, a.home_visits, a.lowest_level, a.highest_level, a.literacy,
       a.age_bands, a.features, a.capacity - a.taken as free, next.slots, next.moments
from unnest(%(libraries)s::uuid[], %(kinds)s::text[]) as asked (library_id, kind)
join activity a on a.library_id = asked.library_id and a.kind = asked.kind
    and a.audience = 'participants' and a.joinable_until > %(now)s
cross join lateral (
    select array_agg(slot) as slots, array_agg(moment) as moments
    from (select s.slot, min(s.starts_at) as moment from session s
          where s.activity_id = a.activity_id and s.starts_at > %(now)s group by s.slot) as per_slot
) as next;

-- name: paces
-- How many wait in these lines, and how many got a place there since a moment; neither counted further than matters.
select asked.library_id,
       (select count(*) from (select from need n where n.library_id = asked.library_id and n.kind = asked.kind
                              and n.state = 'waiting' limit %(most)s) as line) as waiting,
       (select count(*) from (select from unnest('{held,final,ended}'::text[]) as each (state)
                              join enrolment e on e.library_id = asked.library_id and e.state = each.state and e.placed_at > %(since)s
                              join need n on n.need_id = e.need_id and n.kind = asked.kind limit %(most)s) as places) as given
from unnest(%(libraries)s::uuid[], %(kinds)s::text[]) as asked (library_id, kind);
