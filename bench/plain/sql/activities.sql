create table activity (
    activity_id uuid primary key, library_id uuid not null, kind text not null, municipality text not null,
    home_visits boolean not null, capacity integer not null, taken integer not null default 0, lowest_level text,
    highest_level text, literacy text[] not null, age_bands text[] not null, features text[] not null,
    joinable_until timestamptz not null, check (taken between 0 and capacity)
);
create index activity_joinable on activity (library_id, kind, joinable_until);
create table session (
    activity_id uuid not null references activity, starts_at timestamptz not null, slot text not null,
    primary key (activity_id, starts_at) include (slot)
);
create table need (
    need_id uuid primary key, referral_id uuid not null, participant_id uuid not null, household_id uuid, holder uuid not null,
    library_id uuid not null, kind text not null, municipality text not null, received_at timestamptz not null,
    spoken_level text not null, literacy text not null, age_band text not null, availability text[] not null,
    features text[] not null, place_number integer not null, state text not null, reasons text[] not null
);
create index need_in_line on need (library_id, kind, state, received_at, need_id) where state in ('waiting', 'unplaced');
create table place (activity_id uuid not null references activity, holder uuid not null, primary key (activity_id, holder));
create index place_of_holder on place (holder);
create table enrolment (
    enrolment_id uuid primary key, need_id uuid not null references need, activity_id uuid not null references activity,
    library_id uuid not null, holder uuid not null, state text not null, starts_at timestamptz not null,
    placed_at timestamptz not null
);
create unique index a_need_is_enrolled_once on enrolment (need_id) where state <> 'ended';
create index enrolment_of_library on enrolment (library_id, state, placed_at, enrolment_id);
