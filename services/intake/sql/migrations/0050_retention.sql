-- What is kept no longer than it is of use: lines in the feed, and staff who were taken out.

-- Up to which number lines have left the feed. They stay in the timelines of their needs.
alter table intake.feed_head add gone bigint not null default 0;
create unique index need_step_kept_in_feed on intake.need_step (partner_id, position) where partner_id is not null;
create index need_step_leaving_feed on intake.need_step (position) where partner_id is not null;
drop index intake.need_step_in_feed;
comment on column intake.need_step.partner_id is 'In whose feed it is; none before it has a number, and after it left the feed.';

create index staff_member_taken_out on intake.staff_member (changed_at) where status = 'taken-out';
create index staff_session_of_member on intake.staff_session (staff_id);
