-- Fifty thousand needs, places, activities and sessions, nearly all of the past, at 150 libraries: five years of a province.
create temporary table history on commit drop as
select n,
       md5('library' || n % 150)::uuid as library_id,
       (array['language-group', 'language-cafe', 'digital-skills'])[1 + n / 150 % 3] as kind,
       md5('activity' || n)::uuid as activity_id,
       md5('need' || n)::uuid as need_id,
       md5('participant' || n)::uuid as holder,
       case when n % 50 = 0 then 'waiting' when n % 50 = 1 then 'unplaced' when n % 3 = 0 then 'ended' else 'placed' end as state,
       now() + interval '60 days' - n * interval '50 minutes' as starts_at
from generate_series(1, 50000) as n;

insert into library select distinct library_id, 'Invented library', '[]'::jsonb from history;
insert into programme
select distinct on (library_id, kind) md5(library_id || kind)::uuid, library_id, kind, 'Invented', 'participants', now()
from history;
insert into activity (
    activity_id, programme_id, library_id, kind, audience, title, municipality, branch, home_visits, capacity, literacy,
    age_bands, features, starts_at, ends_at, joinable_until, asked, scheduled_at)
select activity_id, md5(library_id || kind)::uuid, library_id, kind, 'participants', 'Invented', 'GM0153', 'Branch', false, 5,
       '{}', '{}', '{}', starts_at, starts_at + interval '1 hour', starts_at, '{}', now()
from history;
insert into session select activity_id, starts_at, starts_at + interval '1 hour', 'mon-morning' from history;
insert into line select distinct library_id, kind from history;
insert into need (
    need_id, referral_id, participant_id, holder, library_id, kind, municipality, received_at, spoken_level, literacy,
    age_band, availability, features, state, reasons)
select need_id, md5('referral' || n)::uuid, holder, holder, library_id, kind, 'GM0153', starts_at, 'A1', 'unknown', 'unknown',
       '{}', '{}', state, case when state = 'unplaced' then array['level-differs'] else '{}' end
from history;
insert into place select activity_id, holder from history where state = 'placed';
insert into enrolment (enrolment_id, need_id, activity_id, library_id, holder, state, reason, starts_at, placed_at)
select md5('enrolment' || n)::uuid, need_id, activity_id, library_id, holder,
       case when state = 'ended' then 'ended' when n % 20 = 2 then 'held' else 'final' end,
       case when state = 'ended' then 'declined' end, starts_at, starts_at
from history where state in ('placed', 'ended');
