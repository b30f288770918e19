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
