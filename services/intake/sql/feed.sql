-- name: number_steps
-- A lot of committed lines gets the next numbers. Lines of one need are in order: its referral was locked when each was written.
with lot as (
    select need_id, step_id from need_step where position is null order by step_id limit %(limit)s
), numbered as (
    select lot.need_id, lot.step_id, r.partner_id, row_number() over (order by lot.step_id) as n
    from lot join need using (need_id) join referral r using (referral_id)
), head as (
    update feed_head set position = position + (select count(*) from numbered)
    returning position - (select count(*) from numbered) as before
)
update need_step s set position = head.before + numbered.n, partner_id = numbered.partner_id
from numbered, head where s.need_id = numbered.need_id and s.step_id = numbered.step_id;

-- name: feed_head
-- How far lines have a number.
select position from feed_head;

-- name: feed_gone
-- Up to which number lines have left the feed.
select gone from feed_head;

-- name: leave_feed
-- The oldest lines leave the feed, in the order of their numbers, up to the first one that is kept. Their timelines keep them.
with lot as (
    select need_id, step_id, position, at from need_step
    where partner_id is not null and position > (select gone from feed_head)
    order by position limit %(most)s
), leaving as (
    select need_id, step_id, position from lot
    where position < coalesce((select min(position) from lot where at >= %(before)s), position + 1)
), moved as (
    update feed_head set gone = (select max(position) from leaving) where exists (select from leaving)
)
update need_step s set partner_id = null
from leaving l where s.need_id = l.need_id and s.step_id = l.step_id;

-- name: feed
-- A partner's lines of these sorts, behind one number and up to another.
select s.position, s.step_id, s.at, s.what, s.by, s.phase, s.reasons, s.need_id, n.referral_id, n.kind
from need_step s join need n using (need_id)
where s.partner_id = %(partner_id)s and s.position > %(after)s and s.position <= %(head)s and s.what = any(%(what)s)
order by s.position
limit %(limit)s;
