-- Facts of two years, each a copy of a real one under other ids, and the counts made from them.
insert into referral
select pg_temp.alias(referral_id, n), described, pg_temp.alias(participant_id, n), partner_id, library_id, municipality,
    received_at - ago, decided, decision
from referral cross join copy;

insert into need
select pg_temp.alias(need_id, n), pg_temp.alias(referral_id, n), described, kind from need cross join copy;

insert into enrolment
select pg_temp.alias(enrolment_id, n), pg_temp.alias(need_id, n), sequence, status, told_at - ago
from enrolment cross join copy;

insert into flow_receipt
select source, pg_temp.alias(subject, n), contiguous_to, beyond
from flow_receipt cross join copy
where subject ~ '^(referral|enrolment|mail|need)/';

insert into counted
select pg_temp.alias(referral_id, n), kind, date_trunc('month', month - ago)::date, municipality, library_id, partner_id,
    pg_temp.alias(person_id, n), roams, decision, needs_in_triage, needs_rejected, needs_matching, needs_waiting,
    needs_unplaced, needs_held, needs_placed, needs_ended
from counted cross join copy;

truncate cell;

insert into cell
select kind, month, municipality, library_id, partner_id,
    count(*) filter (where decision = 'in-triage'), count(*) filter (where decision = 'accepted'),
    count(*) filter (where decision = 'rejected'), sum(needs_in_triage), sum(needs_rejected), sum(needs_matching),
    sum(needs_waiting), sum(needs_unplaced), sum(needs_held), sum(needs_placed), sum(needs_ended),
    count(*) filter (where not roams)
from counted
group by kind, month, municipality, library_id, partner_id;
