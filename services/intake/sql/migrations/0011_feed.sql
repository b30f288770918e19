-- A partner follows all its referrals by one feed: the lines of their timelines, in the order in which they got a number.
-- One timer numbers what it sees committed, so that no line gets a number behind which a reader has gone already.
alter table intake.need_step
    add partner_id uuid,
    add position bigint;
comment on column intake.need_step.position is 'Its place in the feed; none until the timer has seen it committed.';
create index need_step_to_number on intake.need_step (step_id) where position is null;
create unique index need_step_in_feed on intake.need_step (partner_id, position) where position is not null;

create table intake.feed_head (
    one boolean primary key default true check (one),
    position bigint not null
);
insert into intake.feed_head (position) values (0);
