-- What people do about a referral between receipt and its end, and what planning said of each need, each thing once.

-- Working days within which a library gets in touch, and days on which it is closed.
alter table intake.library
    add contact_within_days smallint not null default 5,
    add closures jsonb not null default '[]';
comment on column intake.library.closures is '[{from, through}]: days that do not count, both ends included.';

alter table intake.referral
    add contact text not null default 'to-contact' check (contact in ('to-contact', 'intake-planned', 'done')),
    add question_id uuid,
    add contact_by date,
    add overdue_at timestamptz;
comment on column intake.referral.contact is 'How far the library is with speaking to the participant.';
comment on column intake.referral.question_id is 'The question to the partner that waits for an answer: on hold.';
comment on column intake.referral.contact_by is
    'The last day to get in touch; none when somebody tried, when the partner has to answer first, or when it is over.';
comment on column intake.referral.overdue_at is 'When it was told that this deadline, or one before it, had passed.';
create index referral_to_contact on intake.referral (contact_by) where contact_by is not null and overdue_at is null;

-- The last that planning said of a need without a place. Its number decides which is the last, not when it was heard.
alter table intake.need
    add turn text,
    add turn_sequence bigint,
    add turn_at timestamptz,
    add turn_reasons text[] not null default '{}';

-- The last that planning said of each place that a need had.
create table intake.need_place (
    need_id uuid not null references intake.need,
    enrolment_id uuid not null,
    what text not null,
    sequence bigint not null,
    at timestamptz not null,
    starts_at timestamptz,
    reason text,
    primary key (need_id, enrolment_id)
);

-- What was heard before it was kept so: whatever comes next has a higher number.
insert into intake.need_place (need_id, enrolment_id, what, sequence, at, starts_at, reason)
select need_id, enrolment_id,
       case when phase in ('held', 'agreed') then 'place-held' when phase = 'scheduled' then 'enrolled' else 'ended' end,
       0, coalesce((select max(s.at) from intake.need_step s where s.need_id = n.need_id), now()), starts_at,
       case when phase not in ('held', 'agreed', 'scheduled') then reasons[1] end
from intake.need n where enrolment_id is not null;
update intake.need
set turn = case when phase = 'waitlisted' then 'waitlisted' else 'unplaced' end, turn_sequence = 0, turn_reasons = reasons,
    turn_at = coalesce((select max(s.at) from intake.need_step s where s.need_id = need.need_id), now())
where phase = 'waitlisted' or (phase = 'matching' and reasons <> '{}');

-- Whoever did a step: the subject of their token; none for rules and for what was heard.
alter table intake.need_step add actor text;

-- Questions, answers, attempts, talks, changes and endings, one row each. What was written is sealed.
create table intake.casework (
    casework_id uuid primary key,
    referral_id uuid not null references intake.referral,
    what text not null,
    at timestamptz not null,
    recorded_at timestamptz not null,
    by text not null,
    actor text not null,
    facts jsonb not null,
    sealed bytea
);
create index casework_of_referral on intake.casework (referral_id, recorded_at desc, casework_id desc);
comment on column intake.casework.facts is 'Codes, counts and moments; never what names a person.';
comment on column intake.casework.sealed is 'What was written, under the participant''s key.';
