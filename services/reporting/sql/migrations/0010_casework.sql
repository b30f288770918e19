-- Referrals are taken back, needs are ended without a place, and libraries are late.

alter table referral drop constraint referral_decision_check;
alter table referral add constraint referral_decision_check
    check (decision in ('in-triage', 'accepted', 'rejected', 'withdrawn'));
alter table referral add overdue boolean not null default false;
comment on column referral.overdue is 'Its library did not get in touch in time, once or more.';

-- Needs that their library ended, whatever became of their places.
create table need_closed (
    need_id uuid primary key
);

alter table counted
    add needs_withdrawn smallint not null default 0,
    add overdue boolean not null default false;
alter table cell
    add referrals_withdrawn integer not null default 0,
    add referrals_overdue integer not null default 0,
    add needs_withdrawn integer not null default 0,
    add check (least(referrals_withdrawn, referrals_overdue, needs_withdrawn) >= 0);
