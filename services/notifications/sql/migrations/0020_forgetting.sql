-- A referral of which nothing was heard for as long as notices are kept is known no longer.
alter table referral add heard_at timestamptz not null default now();
create index referral_heard on referral (heard_at);
create index notice_of_referral on notice (referral_id) where referral_id is not null;
