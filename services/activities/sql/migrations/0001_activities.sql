-- What libraries offer, who has a place in it, and who waits. No row names a person: ids are pseudonymous.

create table library (
    library_id uuid primary key,
    name text not null,
    serves jsonb not null
);
comment on table library is 'Libraries as intake told them. serves: [{municipality, kinds}]; no kinds means every kind.';

create table programme (
    programme_id uuid primary key,
    library_id uuid not null references library,
    kind text not null,
    title text not null,
    audience text not null check (audience in ('participants', 'staff')),
    published_at timestamptz not null
);
comment on table programme is 'What a library offers, of a kind.';
create index programme_of_library on programme (library_id, published_at, programme_id);

create table activity (
    activity_id uuid primary key,
    programme_id uuid not null references programme,
    library_id uuid not null references library,
    kind text not null,
    audience text not null check (audience in ('participants', 'staff')),
    title text not null,
    municipality text not null,
    branch text,
    home_visits boolean not null,
    capacity integer not null check (capacity >= 1),
    taken integer not null default 0,
    lowest_level text,
    highest_level text,
    literacy text[] not null,
    age_bands text[] not null,
    features text[] not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    joinable_until timestamptz not null,
    asked jsonb not null,
    scheduled_at timestamptz not null,
    check (home_visits = (branch is null)),
    -- The last word on capacity, whatever the code above it does.
    constraint capacity_is_never_exceeded check (taken between 0 and capacity)
);
comment on column activity.taken is 'Rows of place, counted by triggers.';
comment on column activity.joinable_until is
    'Start of the last session that lets someone join: the last one of a drop-in kind, otherwise the first.';
comment on column activity.asked is 'The request as it came, to tell a repetition from another request.';
-- Placing reads what can still be joined in a line; what is over lies behind it in the index.
create index activity_joinable on activity (library_id, kind, joinable_until) where audience = 'participants';
create index activity_of_library on activity (library_id, starts_at, activity_id);

create table session (
    activity_id uuid not null references activity,
    starts_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > starts_at),
    slot text not null,
    primary key (activity_id, starts_at) include (slot)
);
comment on column session.slot is 'Weekday and daypart in Amsterdam, as in mon-evening.';

create table line (
    library_id uuid not null,
    kind text not null,
    primary key (library_id, kind)
);
comment on table line is
    'One library''s places of one kind. Its row is locked by whoever gives places, takes them back or adds them, so that '
    'no place is given twice and no need overlooks an activity that is being scheduled.';

create table need (
    need_id uuid primary key,
    referral_id uuid not null,
    participant_id uuid not null,
    household_id uuid,
    holder uuid not null,
    library_id uuid not null,
    kind text not null,
    municipality text not null,
    received_at timestamptz not null,
    spoken_level text not null,
    literacy text not null,
    age_band text not null,
    availability text[] not null,
    features text[] not null,
    state text not null check (state in ('waiting', 'unplaced', 'placed', 'ended')),
    reasons text[] not null default '{}',
    check ((state = 'unplaced') = (reasons <> '{}'))
);
comment on column need.holder is 'Who takes its place: the household for kinds that visit households, or the participant.';
comment on column need.reasons is 'Why nothing suits: what the best activities lacked.';
-- The lines hold only those without a place, so their cost does not grow with history.
create index need_in_line on need (library_id, kind, state, received_at, need_id) where state in ('waiting', 'unplaced');
create index need_in_line_of_holder on need (holder) where state in ('waiting', 'unplaced');

create table place (
    activity_id uuid not null references activity,
    holder uuid not null,
    primary key (activity_id, holder)
);
comment on table place is 'One place that is taken, by a participant or a household, for as long as an enrolment is open.';
create index place_of_holder on place (holder);

create table enrolment (
    enrolment_id uuid primary key,
    need_id uuid not null references need,
    activity_id uuid not null references activity,
    library_id uuid not null,
    holder uuid not null,
    state text not null check (state in ('held', 'final', 'ended')),
    reason text,
    starts_at timestamptz not null,
    placed_at timestamptz not null,
    open_holder uuid generated always as (case when state <> 'ended' then holder end) stored,
    check ((state = 'ended') = (reason is not null)),
    constraint an_open_enrolment_has_a_place foreign key (activity_id, open_holder) references place
);
create unique index a_need_is_enrolled_once on enrolment (need_id) where state <> 'ended';
create index enrolment_of_library on enrolment (library_id, state, placed_at, enrolment_id);
create index enrolment_of_place on enrolment (activity_id, open_holder) where state <> 'ended';

create function count_taken() returns trigger language plpgsql set search_path from current as $$
begin
    update activity set taken = taken + case tg_op when 'INSERT' then changed.places else -changed.places end
    from (select activity_id, count(*)::integer as places from these group by activity_id) as changed
    where activity.activity_id = changed.activity_id;
    return null;
end
$$;
create trigger count_taken after insert on place
    referencing new table as these for each statement execute function count_taken();
create trigger count_freed after delete on place
    referencing old table as these for each statement execute function count_taken();
