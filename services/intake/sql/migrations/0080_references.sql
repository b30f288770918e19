-- References from before 0040 are sealed, so intake itself has to index them: a timer walks through all referrals, once.
create table intake.reference_walk (
    one boolean primary key default true check (one),
    after uuid not null,
    done_at timestamptz
);
comment on column intake.reference_walk.after is 'How far it has come, in the order of ids.';
insert into intake.reference_walk (after) values ('00000000-0000-0000-0000-000000000000');
