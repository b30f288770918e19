-- What the accounts of a fault ask of the four databases.

-- name: activities_has_it
-- Every need of a referral is settled.
select count(*) = cardinality(%(needs)s::uuid[]) as so from need where need_id = any(%(needs)s::uuid[]);

-- name: notifications_has_it
-- The library was told of a referral and of every need of it.
select count(distinct coalesce(need_id, referral_id)) = 1 + cardinality(%(needs)s::uuid[]) as so
from notice where referral_id = %(referral_id)s;

-- name: reporting_has_it
-- A referral is counted, and none of its needs is still on its way.
select count(*) = 1 as so from counted
where referral_id = %(referral_id)s and kind = 'any' and decision = 'accepted' and needs_matching = 0
  and needs_waiting + needs_unplaced + needs_held + needs_placed = cardinality(%(needs)s::uuid[]);

-- name: referrals
-- Everything that was referred, with its needs.
select referral_id::text, array_agg(need_id::text) as needs from need group by referral_id;

-- name: settled_needs
-- What became of each need, and how many places it ever got.
select n.need_id::text, n.state, count(e.enrolment_id)::integer as enrolments
from need n left join enrolment e using (need_id) group by n.need_id;

-- name: taken
-- Places as counted beside places as they are: a difference is a place given or freed twice.
select a.activity_id::text from activity a
where a.taken <> (select count(*) from place p where p.activity_id = a.activity_id);

-- name: notices
-- How often a library was told the same of the same.
select referral_id::text, need_id::text, code, count(*)::integer as times
from notice where referral_id is not null group by referral_id, need_id, code;

-- name: mails
-- Mails of one referral, and whether one was given up. One that waits for its next try is as good as sent.
select referral_id::text, count(*)::integer as times, bool_or(status = 'failed') as failed
from mail where referral_id is not null group by referral_id;

-- name: counted
-- Each referral as it is counted now.
select referral_id::text, decision,
    needs_in_triage + needs_rejected + needs_matching + needs_waiting + needs_unplaced + needs_held + needs_placed
        + needs_ended as needs
from counted where kind = 'any';

-- name: sums
-- The sums that reports are made of.
select coalesce(sum(referrals_in_triage + referrals_accepted + referrals_rejected), 0)::integer as referrals,
    coalesce(sum(needs_in_triage + needs_rejected + needs_matching + needs_waiting + needs_unplaced + needs_held
        + needs_placed + needs_ended), 0)::integer as needs
from cell where kind = 'any';

-- name: told
-- Events told since a moment, in the order in which they went out, whether they are gone yet or not.
select event_id::text, type, subject, sequence, id from published where time >= %(since)s
union all
select event_id::text, type, subject, sequence, id from outbox where time >= %(since)s and not replay
order by id;

-- name: heads
-- Up to where each subject was told that something was told of since a moment.
select subject, last_sequence from stream_head where last_time >= %(since)s;

-- name: heard
-- Events taken since a moment, by their own time.
select event_id::text from inbox where event_time >= %(since)s;

-- name: in_hand
-- What is not settled: waiting to go out, tried again, or waiting for an operator.
select (select count(*) from outbox)::integer as outbox, (select count(*) from deferred)::integer as deferred,
    (select count(*) from parked)::integer as parked, (select count(*) from attempt)::integer as attempts;
