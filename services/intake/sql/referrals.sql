-- name: add_households
-- The same key of the same partner is the same household, also when two requests bring it at once.
insert into household_key (partner_id, key_index, household_id, created_at) values %s on conflict (partner_id, key_index) do nothing;

-- name: households
-- Which household stands for which key.
select household_id, key_index from household_key where partner_id = %(partner_id)s and key_index = any(%(key_indexes)s);

-- name: add_participants
-- New people: nothing legible.
insert into participant (participant_id, library_id, household_id, wrapped_key, sealed, created_at) values %s;

-- name: know_persons
-- Whoever comes first is the one known; a transaction that brings the same person meanwhile waits here.
insert into known_person (library_id, person_index, participant_id) values %s on conflict (library_id, person_index) do nothing
returning library_id, person_index;

-- name: known_persons
-- Who was known first, for these people. If that one is just leaving the library, wait who is then.
select k.library_id, k.person_index, k.participant_id
from known_person k
join unnest(%(library_ids)s::uuid[], %(person_indexes)s::bytea[]) as w (library_id, person_index)
  on k.library_id = w.library_id and k.person_index = w.person_index
for share of k;

-- name: link_participants
-- Probably one person; both stay.
update participant p set same_as = v.same_as::uuid from (values %s) as v (participant_id, same_as)
where p.participant_id = v.participant_id::uuid;

-- name: give_participant_library
-- From now on this library is the controller.
update participant set library_id = %(library_id)s where participant_id = %(participant_id)s;

-- name: draw_numbers
-- For as many referrals; those of a transaction that comes to nothing are given to nobody.
select nextval('referral_number') as number from generate_series(1, %(count)s);

-- name: add_referrals
-- New referrals, whatever became of them.
insert into referral (
    referral_id, participant_id, household_id, partner_id, library_id, municipality, postcode4, referral_file_id, row_number,
    received_at, status, triage_reasons, accepted_by, decided_at, legal_basis, informed_on, informed_how, age_band,
    spoken_level, spoken_level_how, spoken_level_on, literacy, literacy_how, literacy_on, digital_skill, learner_track,
    availability, features, civic_integration_duty, target_group, purpose, guardian_missing, sealed, contact_by, number, todo,
    reference_index) values %s;

-- name: add_explicit_consents
-- Apart from the referral: consent for what special data it may reveal stands and falls by itself, and can be given anew.
insert into explicit_consent (referral_id, given_on, how, given_by, recorded_at) values %s
on conflict (referral_id) do update
set given_on = excluded.given_on, how = excluded.how, given_by = excluded.given_by, recorded_at = excluded.recorded_at, withdrawn_at = null;

-- name: explicit_consent
-- As it stands now.
select given_on as "on", how, given_by from explicit_consent where referral_id = %(referral_id)s and withdrawn_at is null;

-- name: add_needs
-- Each with a state of its own.
insert into need (need_id, referral_id, position, goal, kind, phase) values %s;

-- name: add_need_steps
-- What happened, in the order given.
insert into need_step (need_id, at, what, by, phase, reasons, actor) values %s;

-- name: referral
-- One referral, and what its library is called; who may see it is decided by its partner and library.
select r.*, p.wrapped_key, l.name as library_name
from referral r join participant p using (participant_id) left join library l on l.library_id = r.library_id
where r.referral_id = %(referral_id)s;

-- name: lock_referral
-- Before anything about it changes: its row orders its events.
select r.*, p.wrapped_key from referral r join participant p using (participant_id)
where r.referral_id = %(referral_id)s for update of r;

-- name: lock_referrals
-- Several at once, always in the same order, so that two transactions never wait for each other.
select referral_id, accepted_by, question_id, contact from referral
where referral_id = any(%(referral_ids)s::uuid[]) order by referral_id for update;

-- name: page_of_partner
-- Newest first; one filter or several.
select r.*, p.wrapped_key
from referral r join participant p using (participant_id)
where r.partner_id = %(partner_id)s
  and (%(assigned)s::text[] is null
       or coalesce(r.municipality = any(%(assigned)s::text[]), cardinality(%(assigned)s::text[]) > 0))
  and (%(status)s::text is null or r.status = %(status)s)
  and (%(municipality)s::text is null or r.municipality = %(municipality)s)
  and (%(referral_file_id)s::uuid is null or r.referral_file_id = %(referral_file_id)s)
  and (%(participant_id)s::uuid is null or r.participant_id = %(participant_id)s)
  and (%(reference_index)s::bytea is null or r.reference_index = %(reference_index)s)
  and (%(asked)s::boolean is null or r.question_id is not null)
  and (%(after_at)s::timestamptz is null or (r.received_at, r.referral_id) < (%(after_at)s, %(after_id)s::uuid))
order by r.received_at desc, r.referral_id desc
limit %(limit)s;

-- name: asked_of_partner
-- How many wait for an answer of the partner, counted up to a limit.
select count(*) from (
    select from referral r
    where r.partner_id = %(partner_id)s and r.question_id is not null
      and (%(assigned)s::text[] is null
           or coalesce(r.municipality = any(%(assigned)s::text[]), cardinality(%(assigned)s::text[]) > 0))
    limit %(most)s) asked;

-- name: reference_walk
-- How far the walk has come that makes own references of before findable.
select after, done_at from reference_walk;

-- name: to_index
-- The next on it, in the order of ids, locked.
select r.referral_id, r.participant_id, r.partner_id, r.sealed, p.wrapped_key
from referral r join participant p using (participant_id)
where r.referral_id > %(after)s order by r.referral_id limit %(limit)s for update of r;

-- name: put_reference_indexes
-- By these they are found from now on.
update referral r set reference_index = v.reference_index from (values %s) as v (referral_id, reference_index)
where r.referral_id = v.referral_id::uuid;

-- name: walk_on
-- So far, or to the end.
update reference_walk set after = %(after)s, done_at = %(done_at)s;

-- name: page_of_libraries
-- The newest of each library and of those that no library has: each comes off its own index, in order.
select * from (
    select found.* from unnest(%(library_ids)s::uuid[]) as own (library_id) cross join lateral (
        select * from referral r
        where r.library_id = own.library_id
          and (%(status)s::text is null or r.status = %(status)s)
          and (%(municipality)s::text is null or r.municipality = %(municipality)s)
          and (%(referral_file_id)s::uuid is null or r.referral_file_id = %(referral_file_id)s)
          and (%(participant_id)s::uuid is null or r.participant_id = %(participant_id)s)
          and (%(after_at)s::timestamptz is null or (r.received_at, r.referral_id) < (%(after_at)s, %(after_id)s::uuid))
        order by r.received_at desc, r.referral_id desc
        limit %(limit)s) found
    union all (
        select * from unrouted_for(%(library_ids)s::uuid[]) r
        where cardinality(%(library_ids)s::uuid[]) > 0
          and (%(status)s::text is null or r.status = %(status)s)
          and (%(municipality)s::text is null or r.municipality = %(municipality)s)
          and (%(referral_file_id)s::uuid is null or r.referral_file_id = %(referral_file_id)s)
          and (%(participant_id)s::uuid is null or r.participant_id = %(participant_id)s)
          and (%(after_at)s::timestamptz is null or (r.received_at, r.referral_id) < (%(after_at)s, %(after_id)s::uuid))
        order by r.received_at desc, r.referral_id desc
        limit %(limit)s)
) page
order by received_at desc, referral_id desc
limit %(limit)s;

-- name: is_unrouted_for
-- Whether staff of these libraries may decide about a referral that no library has yet.
select cardinality(%(library_ids)s::uuid[]) > 0
   and exists (select from unrouted_for(%(library_ids)s::uuid[]) where referral_id = %(referral_id)s);

-- name: needs_of
-- In the order in which the partner gave them.
select need_id, referral_id, position, goal, kind, phase, enrolment_id, starts_at, reasons, turn, turn_sequence, turn_at,
       turn_reasons
from need
where referral_id = any(%(referral_ids)s::uuid[]) order by referral_id, position;

-- name: places_of
-- What planning said last of each of their places, and what the participant said about it.
select p.need_id, p.enrolment_id, p.what, p.sequence, p.at, p.starts_at, p.reason, p.started_at, a.answer
from need n
join need_place p on p.need_id = n.need_id
left join placement_answer a on a.need_id = p.need_id and a.enrolment_id = p.enrolment_id
where n.referral_id = any(%(referral_ids)s::uuid[]);

-- name: put_places
-- The caller has found that this is the last so far.
insert into need_place (need_id, enrolment_id, what, sequence, at, starts_at, reason) values %s
on conflict (need_id, enrolment_id) do update
set what = excluded.what, sequence = excluded.sequence, at = excluded.at, starts_at = excluded.starts_at, reason = excluded.reason,
    started_at = case when need_place.starts_at = excluded.starts_at then need_place.started_at end;

-- name: starting
-- Final places whose first meeting has begun, not written down yet. Soonest first.
select p.need_id, p.enrolment_id, n.referral_id
from need_place p join need n using (need_id)
where p.what = 'enrolled' and p.started_at is null and p.starts_at <= %(now)s and n.referral_id <> all(%(put_off)s::uuid[])
order by p.starts_at limit %(limit)s;

-- name: put_started
-- With their referrals locked: those of which it is still so.
update need_place p set started_at = v.now::timestamptz
from (values %s) as v (need_id, enrolment_id, now), need n
where p.need_id = v.need_id::uuid and p.enrolment_id = v.enrolment_id::uuid and n.need_id = p.need_id
  and p.what = 'enrolled' and p.started_at is null and p.starts_at <= v.now::timestamptz
returning p.need_id, p.enrolment_id, p.starts_at, n.referral_id;

-- name: steps_of
-- The timelines, oldest first.
select s.need_id, s.at, s.what, s.by, s.phase, s.reasons, s.actor
from need n join need_step s using (need_id) where n.referral_id = %(referral_id)s order by s.step_id;

-- name: change_needs
-- New states of several needs at once.
update need n
set phase = v.phase, enrolment_id = v.enrolment_id::uuid, starts_at = v.starts_at::timestamptz, reasons = v.reasons::text[],
    turn = v.turn, turn_sequence = v.turn_sequence::bigint, turn_at = v.turn_at::timestamptz, turn_reasons = v.turn_reasons::text[]
from (values %s) as v (need_id, phase, enrolment_id, starts_at, reasons, turn, turn_sequence, turn_at, turn_reasons)
where n.need_id = v.need_id::uuid;

-- name: change_statuses
-- The status and what to do next, which follow from the needs; the version tells two coordinators who write at the same time.
update referral r set status = v.status, todo = v.todo, version = version + 1 from (values %s) as v (referral_id, status, todo)
where r.referral_id = v.referral_id::uuid;

-- name: route_referral
-- A library was found; other reasons keep it waiting for a person.
update referral
set library_id = %(library_id)s, triage_reasons = %(triage_reasons)s, contact_by = %(contact_by)s, version = version + 1
where referral_id = %(referral_id)s;

-- name: accept_referral
-- With what the coordinator supplied.
update referral
set library_id = %(library_id)s, municipality = %(municipality)s, legal_basis = %(legal_basis)s, informed_on = %(informed_on)s,
    informed_how = %(informed_how)s, guardian_missing = %(guardian_missing)s, sealed = %(sealed)s, triage_reasons = '{}', accepted_by = %(accepted_by)s, decided_at = %(now)s,
    question_id = null, contact_by = %(contact_by)s
where referral_id = %(referral_id)s;

-- name: reject_referral
-- By a person, with a reason.
update referral
set rejection_reason = %(reason)s, triage_reasons = '{}', decided_at = %(now)s, question_id = null, contact_by = null
where referral_id = %(referral_id)s;

-- name: referral_with_number
-- By which people speak of it.
select referral_id, partner_id, library_id, municipality from referral where number = %(number)s;

-- name: add_answer
-- Who said it, how and when.
insert into placement_answer (need_id, enrolment_id, answer, answered_by, channel, answered_at, recorded_at, recorded_by)
values (%(need_id)s, %(enrolment_id)s, %(answer)s, %(answered_by)s, %(channel)s, %(answered_at)s, %(now)s, %(recorded_by)s);

-- name: duplicates_of
-- Other referrals at the same library of what is probably the same person.
select r.referral_id
from participant p
join participant o on coalesce(o.same_as, o.participant_id) = coalesce(p.same_as, p.participant_id)
join referral r on r.participant_id = o.participant_id
where p.participant_id = %(participant_id)s and r.referral_id <> %(referral_id)s and r.library_id = p.library_id
order by r.received_at, r.referral_id limit 50;

-- name: referred_before
-- Referrals by this partner of who is known to the library by this index, newest first: no other partner's.
select r.referral_id, r.number, r.received_at, r.municipality, r.partner_id
from known_person k
join participant p on p.participant_id = k.participant_id or p.same_as = k.participant_id
join referral r on r.participant_id = p.participant_id
where k.library_id = %(library_id)s and k.person_index = %(person_index)s and r.partner_id = %(partner_id)s
order by r.received_at desc, r.referral_id desc limit %(limit)s;

-- name: note_sent
-- What a case worker sent by hand, beside the rows of files: the same form is known again after the button Back.
insert into taken_row (partner_id, row_index, referral_id) values (%(partner_id)s, %(row_index)s, %(referral_id)s)
on conflict (partner_id, row_index) do update set referral_id = excluded.referral_id;

-- name: sent_before
-- The last referral that was made of the same form.
select r.referral_id, r.number, r.received_at, r.municipality, r.partner_id
from taken_row t join referral r using (referral_id)
where t.partner_id = %(partner_id)s and t.row_index = %(row_index)s;

-- name: numbers_of
-- By which people speak of these referrals.
select referral_id, number from referral where referral_id = any(%(referral_ids)s::uuid[]);

-- name: participant
-- Sealed; who may open it is decided by its library.
select participant_id, household_id, library_id, wrapped_key, sealed, same_as from participant
where participant_id = %(participant_id)s;

-- name: latest_referral_of
-- What came with the last referral of this person.
select referral_id, sealed from referral where participant_id = %(participant_id)s order by received_at desc, referral_id desc limit 1;

-- name: log_look
-- One line of the processing log.
insert into processing_log (trace_id, span_id, status_code, name, start_time, end_time, processing_activity_id,
                            sealed_data_subject_id, data_subject_id_type, sealed_user_id)
values (%(trace_id)s, %(span_id)s, 1, %(name)s, %(now)s, clock_timestamp(), %(processing_activity_id)s,
        %(sealed_data_subject_id)s, %(data_subject_id_type)s, %(sealed_user_id)s);

-- name: forget_looks
-- Along the primary key, oldest first; by where they stand, as nobody changes a line.
delete from processing_log where ctid = any(array(
    select ctid from processing_log where start_time < %(before)s order by start_time, log_id limit %(most)s));

-- name: waiting_for_library
-- Referrals that no library served when they came, from where one serves now.
select r.referral_id from referral r
where r.library_id is null and r.status = 'requested' and r.referral_id <> all(%(put_off)s::uuid[])
  and exists (select from served_area s join need n on n.referral_id = r.referral_id
              where s.municipality = r.municipality and (cardinality(s.kinds) = 0 or n.kind = any(s.kinds)))
order by r.received_at limit %(limit)s for update of r skip locked;
