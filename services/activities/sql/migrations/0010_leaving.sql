-- Referrals change, move to another library, and leave: a need can come back to a line, and have a place again.

alter table need drop constraint need_state_check;
alter table need add constraint need_state_check check (state in ('waiting', 'unplaced', 'placed', 'ended', 'left', 'closed'));
alter table need add place_number integer not null default 1;
comment on column need.state is
    'Without a place in line: ended (it was declined), left (with its referral, to another library), closed (for good).';
comment on column need.place_number is 'Which place of this need it has, or would get: each has an id of its own.';
create index need_of_referral on need (referral_id);
create index enrolment_of_need on enrolment (need_id, placed_at desc);
