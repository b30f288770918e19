create table partner (partner_id uuid primary key, name text not null, status text not null, municipalities text[] not null);
create table served_area (
    library_id uuid not null, municipality text not null, kinds text[] not null, registered_at timestamptz not null,
    primary key (municipality, library_id)
);
create table participant (
    participant_id uuid primary key, library_id uuid, person jsonb not null, created_at timestamptz not null
);
create table referral (
    referral_id uuid primary key, participant_id uuid not null references participant, partner_id uuid not null references partner,
    library_id uuid, municipality text, postcode4 text, received_at timestamptz not null, version integer not null default 1,
    triage_reasons text[] not null, age_band text not null, spoken_level text not null, literacy text not null,
    digital_skill text not null, learner_track text not null, availability text[] not null, features text[] not null,
    civic_integration_duty text not null, target_group text not null, around jsonb not null
);
create index referral_by_partner on referral (partner_id, received_at desc, referral_id desc);
create index referral_by_library on referral (library_id, received_at desc, referral_id desc);
create index referral_by_participant on referral (participant_id);
create table need (
    need_id uuid primary key, referral_id uuid not null references referral, position smallint not null, goal text not null,
    kind text not null, phase text not null, enrolment_id uuid, starts_at timestamptz, unique (referral_id, position)
);
create table need_step (
    need_id uuid not null references need, step_id bigint generated always as identity, at timestamptz not null,
    what text not null, by text not null, phase text not null, primary key (need_id, step_id)
);
