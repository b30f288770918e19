-- A hundred thousand referrals at 150 libraries by 60 partners, nearly all decided: some years of the country.
create temporary table history on commit drop as
select n,
       md5('library' || n % 150)::uuid as library_id,
       'GM' || to_char(1000 + n % 150, 'FM0000') as municipality,
       md5('partner' || n % 60)::uuid as partner_id,
       md5('participant' || n)::uuid as participant_id,
       md5('referral' || n)::uuid as referral_id,
       md5('file' || n / 500)::uuid as referral_file_id,
       case when n % 200 = 0 then 'requested' when n % 3 = 0 then 'completed' else 'accepted' end as status,
       n % 1000 = 0 as unrouted,
       now() - n * interval '20 minutes' as at
from generate_series(1, 100000) as n;

insert into library (library_id, name, mailbox, language, registered_at, changed_at)
select distinct library_id, 'Invented ' || library_id, 'taalhuis@example.org', 'nl', now(), now() from history;
insert into served_area select distinct library_id, municipality, '{}'::text[] from history;
insert into partner select distinct partner_id, 'Invented ' || partner_id, 'active', array['GM1000'], array['placed'], now(), now(), now() from history;
insert into client_secret select md5('secret' || partner_id), partner_id, 'x', now() from (select distinct partner_id from history) p;
insert into household_key select partner_id, convert_to(md5('key' || n), 'utf8'), md5('household' || n)::uuid, at from history where n % 4 = 0;
insert into participant (participant_id, library_id, household_id, wrapped_key, sealed, same_as, created_at)
select participant_id, case when not unrouted then library_id end, case when n % 4 = 0 then md5('household' || n)::uuid end,
       '', '', case when n % 10 = 0 and n > 10 then md5('participant' || (n - 10))::uuid end, at
from history;
insert into known_person select library_id, convert_to(md5('person' || n), 'utf8'), participant_id from history where n % 10 <> 0;
insert into referral_file (referral_file_id, partner_id, format, status, sealed_name, ignored_columns, rows, received_at, worked_at)
select distinct on (referral_file_id) referral_file_id, partner_id, 'csv', case when n < 2000 then 'processing' else 'done' end, '', '{}'::text[], 500, at, at
from history;
insert into referral_file_row select referral_file_id, n, '', 0 from history where n < 20000;
insert into referral_file_problem (referral_file_id, row_number, code, message, message_en)
select referral_file_id, n, 'required', '', '' from history where n % 20 = 0;
insert into referral (
    referral_id, participant_id, partner_id, library_id, municipality, referral_file_id, row_number, received_at, status,
    triage_reasons, age_band, spoken_level, literacy, digital_skill, learner_track, availability, features,
    civic_integration_duty, target_group, sealed, contact_by, overdue_at, todo)
select referral_id, participant_id, partner_id, case when not unrouted then library_id end,
       case when not unrouted then municipality when n % 2000 = 0 then 'GM9999' end, referral_file_id, n, at, status, '{}', 'unknown', 'unknown', 'unknown',
       'unknown', 'unknown', '{}', '{}', 'unknown', 'unknown', '',
       current_date + case when at < now() - interval '60 days' then -30 else 5 end,
       case when at < now() - interval '60 days' then now() end,
       -- Of what is open, something is to do with five in seven, and the others go by themselves.
       case status when 'requested' then 'decide' when 'accepted' then
           (array['follow', 'contact', 'place', 'talk', 'search', 'answer', 'follow'])[1 + n % 7] end
from history;
insert into need (need_id, referral_id, position, goal, kind, phase)
select md5('need' || n)::uuid, referral_id, 0, 'speaking', 'language-cafe', 'matching' from history;
insert into need_step (need_id, at, what, by, phase)
select md5('need' || n)::uuid, at, what, 'partner', 'matching' from history, unnest(array['received', 'accepted']) as what;
insert into taken_row select partner_id, convert_to(md5('row' || n), 'utf8'), referral_id from history;
insert into placement_answer select md5('need' || n)::uuid, md5('e' || n)::uuid, 'agreed', 'participant', 'call', at, at, 'x' from history where n % 5 = 0;
insert into processing_log (trace_id, span_id, status_code, name, start_time, end_time, processing_activity_id, sealed_data_subject_id, data_subject_id_type, sealed_user_id)
select '', '', 1, '', at, at, '', '', '', '' from history where n % 5 = 0;
insert into need_place (need_id, enrolment_id, what, sequence, at) select md5('need' || n)::uuid, md5('e' || n)::uuid, 'enrolled', 2, at from history where n % 2 = 0;
insert into casework (casework_id, referral_id, what, at, recorded_at, by, actor, facts)
select md5('casework' || n)::uuid, referral_id, 'contact-attempted', at, at, 'coordinator', 'x', '{}' from history where n % 2 = 0;
-- References of their own that partners look for, a question now and then, and places that have begun but for a few.
update referral r set reference_index = convert_to(md5('reference' || h.n), 'utf8') from history h where h.referral_id = r.referral_id;
update referral r set question_id = md5('question' || h.n)::uuid from history h where h.referral_id = r.referral_id and h.n % 3000 = 1;
update need_place set starts_at = at + interval '9 days', started_at = case when at < now() - interval '10 days' then at + interval '9 days' end;
-- All but the last lines are in the feed.
update need_step s set position = p.n, partner_id = p.partner_id
from (select step_id, s.need_id, r.partner_id, row_number() over (order by step_id) as n
      from need_step s join need using (need_id) join referral r using (referral_id) where r.received_at < now() - interval '1 day') p
where s.need_id = p.need_id and s.step_id = p.step_id;
update feed_head set position = (select max(position) from need_step);
