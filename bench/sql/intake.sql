-- Referrals of two years, each a copy of a real one under other ids.
insert into intake.participant (participant_id, library_id, wrapped_key, sealed, created_at)
select pg_temp.alias(participant_id, n), library_id, wrapped_key, sealed, created_at - ago
from intake.participant cross join copy;

insert into intake.known_person
select library_id, sha256(person_index || n::text::bytea), pg_temp.alias(participant_id, n)
from intake.known_person cross join copy;

insert into intake.referral (
    referral_id, participant_id, partner_id, library_id, municipality, postcode4, received_at, status, version,
    triage_reasons, accepted_by, decided_at, legal_basis, informed_on, informed_how, age_band, spoken_level,
    spoken_level_how, literacy, digital_skill, learner_track, availability, features, civic_integration_duty,
    target_group, sealed)
select
    pg_temp.alias(referral_id, n), pg_temp.alias(participant_id, n), partner_id, library_id, municipality, postcode4,
    received_at - ago, status, version, triage_reasons, accepted_by, decided_at - ago, legal_basis, informed_on,
    informed_how, age_band, spoken_level, spoken_level_how, literacy, digital_skill, learner_track, availability,
    features, civic_integration_duty, target_group, sealed
from intake.referral cross join copy;

insert into intake.need (need_id, referral_id, position, goal, kind, phase, enrolment_id, starts_at, reasons)
select pg_temp.alias(need_id, n), pg_temp.alias(referral_id, n), position, goal, kind, phase,
    pg_temp.alias(enrolment_id, n), starts_at - ago, reasons
from intake.need cross join copy;

-- With their numbers in the feed, which lines leave after 90 days: otherwise the timer that numbers would be measured.
with line as (
    select pg_temp.alias(s.need_id, n) as need_id, s.at - ago as at, s.what, s.by, s.phase, s.reasons, r.partner_id
    from intake.need_step s join intake.need using (need_id) join intake.referral r using (referral_id) cross join copy
), numbered as (
    select line.*, row_number() over (order by at) as place from line
), head as (
    update intake.feed_head set position = position + (select count(*) from numbered)
    returning position - (select count(*) from numbered) as before
)
insert into intake.need_step (need_id, at, what, by, phase, reasons, partner_id, position)
select
    need_id, at, what, by, phase, reasons, case when at > now() - interval '90 days' then partner_id end, before + place
from numbered cross join head;

-- Nothing here is from before own references were indexed.
update intake.reference_walk set done_at = now();
