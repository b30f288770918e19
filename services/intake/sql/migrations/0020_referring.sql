-- The number by which people speak of a referral is made of this count (domain/reference_numbers.py).
create sequence intake.referral_number as bigint minvalue 0 start 0;

alter table intake.referral
    add column number bigint not null default nextval('intake.referral_number'),
    add column purpose text not null default 'guidance-to-activities',
    add column guardian_missing boolean not null default false;
alter sequence intake.referral_number owned by intake.referral.number;
create unique index referral_by_number on intake.referral (number);
comment on column intake.referral.guardian_missing is 'A child under 16, and no parent or guardian is named.';

-- Consent apart from the legal basis: for constraints from which belief or health could be guessed.
create table intake.explicit_consent (
    referral_id uuid primary key references intake.referral,
    given_on date not null,
    how text not null,
    given_by text not null,
    recorded_at timestamptz not null,
    withdrawn_at timestamptz
);

-- What was agreed with a partner: for what and on which legal bases it refers. Those of before referred on any of three.
alter table intake.partner
    add column purposes text[] not null default '{guidance-to-activities}',
    add column legal_bases text[] not null default '{consent,public-task,agreement}',
    add column legal_basis_text text;
