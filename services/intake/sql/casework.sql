-- name: add_casework
-- What somebody did about a referral, and what they wrote, sealed.
insert into casework (casework_id, referral_id, what, at, recorded_at, by, actor, facts, sealed)
values (%(casework_id)s, %(referral_id)s, %(what)s, %(at)s, %(now)s, %(by)s, %(actor)s, %(facts)s, %(sealed)s);

-- name: casework
-- One of them.
select casework_id, referral_id, what, at, recorded_at, by, actor, facts, sealed from casework where casework_id = %(casework_id)s;

-- name: page_of_casework
-- Newest first, of these sorts.
select casework_id, referral_id, what, at, recorded_at, by, actor, facts, sealed
from casework
where referral_id = %(referral_id)s and what = any(%(what)s)
  and (%(after_at)s::timestamptz is null or (recorded_at, casework_id) < (%(after_at)s, %(after_id)s::uuid))
order by recorded_at desc, casework_id desc
limit %(limit)s;

-- name: put_on_hold
-- Until the partner answers; nobody has to get in touch meanwhile.
update referral set question_id = %(question_id)s, contact_by = null, try_on = null where referral_id = %(referral_id)s;

-- name: take_off_hold
-- It was answered: the library has its days again.
update referral set question_id = null, contact_by = %(contact_by)s, overdue_at = null, try_on = null where referral_id = %(referral_id)s;

-- name: change_contact
-- Somebody tried, or spoke with the participant: that deadline is met. A talk that is planned has a moment, and after an
-- attempt in vain there is a day to try again.
update referral
set contact = %(contact)s, contact_by = null, try_on = %(try_on)s,
    intake_at = case when %(contact)s = 'intake-planned' then coalesce(%(intake_at)s, intake_at) end
where referral_id = %(referral_id)s;

-- name: change_facts
-- What is known: what matching and counting look at, how it was found, and what came with the referral, sealed.
update referral
set postcode4 = %(postcode4)s, spoken_level = %(spoken_level)s, spoken_level_how = %(spoken_level_how)s,
    spoken_level_on = %(spoken_level_on)s, literacy = %(literacy)s, literacy_how = %(literacy_how)s, literacy_on = %(literacy_on)s,
    digital_skill = %(digital_skill)s, learner_track = %(learner_track)s, availability = %(availability)s, features = %(features)s,
    civic_integration_duty = %(civic_integration_duty)s, target_group = %(target_group)s, informed_how = %(informed_how)s,
    sealed = %(sealed)s
where referral_id = %(referral_id)s;

-- name: change_person
-- What is known of a participant by name, as it is now.
update participant set sealed = %(sealed)s where participant_id = %(participant_id)s;

-- name: end_referral
-- Nothing is owed any more.
update referral set question_id = null, contact_by = null, try_on = null, triage_reasons = '{}' where referral_id = %(referral_id)s;

-- name: transfer_referral
-- Another library is the controller, and decides anew.
update referral
set library_id = %(library_id)s, triage_reasons = %(triage_reasons)s, accepted_by = null, decided_at = null, contact = 'to-contact',
    question_id = null, contact_by = %(contact_by)s, overdue_at = null, intake_at = null, try_on = null
where referral_id = %(referral_id)s;

-- name: lock_known
-- By which names a library knows this participant first. Who is just referred there under one of them waits.
select person_index from known_person where library_id = %(library_id)s and participant_id = %(participant_id)s for update;

-- name: lock_linked
-- The participant who leaves, and those who are counted as that one, the earliest first.
select participant_id, same_as from participant
where participant_id = %(participant_id)s or same_as = %(participant_id)s
order by participant_id <> %(participant_id)s, created_at, participant_id for update;

-- name: forget_known
-- Whoever left a library is not known there any more; a later referral there is of somebody known first.
delete from known_person where library_id = %(library_id)s and participant_id = %(participant_id)s;

-- name: know_instead
-- Unless there is another referral of the same person: that one is known first from now on.
update known_person set participant_id = %(instead)s where library_id = %(library_id)s and participant_id = %(participant_id)s;

-- name: unlink_participants
-- Nor the same as somebody who stays; and who is known first is nobody else.
update participant set same_as = null where participant_id = any(%(participant_ids)s::uuid[]);

-- name: past_deadline
-- Referrals, locked, whose library did not get in touch in time and of which that was not told yet.
select referral_id, partner_id, library_id, municipality, received_at, contact_by, accepted_by, question_id, contact
from referral
where contact_by < %(today)s and overdue_at is null and referral_id <> all(%(put_off)s::uuid[])
order by contact_by limit %(limit)s for update skip locked;

-- name: note_overdue
-- It is told once for each deadline.
update referral set overdue_at = %(now)s where referral_id = any(%(referral_ids)s::uuid[]);

-- name: owe_nothing
-- These are over, so nobody has to get in touch.
update referral set contact_by = null where referral_id = any(%(referral_ids)s::uuid[]);
