-- What takes the process with it is known by what was under way: rows of such a chunk are tried alone from then on.
alter table intake.referral_file add column under_way boolean not null default false;
comment on column intake.referral_file.under_way is 'A chunk of its rows was begun and not ended.';
