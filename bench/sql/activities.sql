-- What was offered before: the same offer again for every tenth copy of the referrals, over by now.
insert into activity (
    activity_id, programme_id, library_id, kind, audience, title, municipality, branch, home_visits, capacity, literacy,
    age_bands, features, starts_at, ends_at, joinable_until, asked, scheduled_at)
select pg_temp.alias(activity_id, n), programme_id, library_id, kind, audience, title, municipality, branch, home_visits,
    capacity, literacy, age_bands, features, starts_at - ago - past, ends_at - ago - past, joinable_until - ago - past,
    asked, scheduled_at - ago - past
from activity cross join copy cross join (values (interval '150 days')) as gone (past)
where n %% 10 = 0;

insert into session
select pg_temp.alias(activity_id, n), starts_at - ago - past, ends_at - ago - past, slot
from session cross join copy cross join (values (interval '150 days')) as gone (past)
where n %% 10 = 0 and activity_id in (select activity_id from activity where joinable_until > now());

insert into need
select pg_temp.alias(need_id, n), pg_temp.alias(referral_id, n), pg_temp.alias(participant_id, n), household_id,
    pg_temp.alias(holder, n), library_id, kind, municipality, received_at - ago, spoken_level, literacy, age_band,
    availability, features, state, reasons
from need cross join copy;

-- Copies before the tenth have their place in the offer of today.
insert into place
select case when n < 10 then activity_id else pg_temp.alias(activity_id, n / 10 * 10) end, pg_temp.alias(holder, n)
from place cross join copy;

insert into enrolment (enrolment_id, need_id, activity_id, library_id, holder, state, starts_at, placed_at)
select pg_temp.alias(enrolment_id, n), pg_temp.alias(need_id, n),
    case when n < 10 then activity_id else pg_temp.alias(activity_id, n / 10 * 10) end, library_id,
    pg_temp.alias(holder, n), state, starts_at - ago, placed_at - ago
from enrolment cross join copy;
