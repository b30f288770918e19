-- Everything that intake owns. Columns named `sealed` hold personal data, encrypted; no other column holds any.

create table intake.library (
    library_id uuid primary key,
    name text not null,
    mailbox text not null,
    language text not null,
    registered_at timestamptz not null,
    changed_at timestamptz not null,
    version integer not null default 1
);
create unique index library_by_name on intake.library (lower(name));
create index library_by_registration on intake.library (registered_at, library_id);

-- The routing table: which library takes which kinds from which municipality. No kinds means every kind.
create table intake.served_area (
    library_id uuid not null references intake.library,
    municipality text not null,
    kinds text[] not null,
    primary key (municipality, library_id)
);
create index served_area_by_library on intake.served_area (library_id);

create table intake.partner (
    partner_id uuid primary key,
    name text not null,
    status text not null check (status in ('active', 'suspended')),
    municipalities text[] not null,
    feedback text[] not null,
    tokens_valid_from timestamptz not null,
    registered_at timestamptz not null,
    changed_at timestamptz not null,
    version integer not null default 1
);
create unique index partner_by_name on intake.partner (lower(name));
create index partner_by_registration on intake.partner (registered_at, partner_id);

-- At most two per partner, so that a secret can be replaced without a moment in which none works.
create table intake.client_secret (
    secret_id text primary key,
    partner_id uuid not null references intake.partner,
    argon2_hash text not null,
    created_at timestamptz not null,
    last_used_at timestamptz
);
create index client_secret_by_partner on intake.client_secret (partner_id, created_at);

-- A household is an id that its members share. Several keys can stand for one: each file numbers households anew.
create table intake.household_key (
    partner_id uuid not null references intake.partner,
    key_index bytea not null,
    household_id uuid not null,
    created_at timestamptz not null,
    primary key (partner_id, key_index)
);
create index household_key_by_household on intake.household_key (household_id);
comment on column intake.household_key.key_index is 'Keyed blind index of the partner''s own key of the household.';

create table intake.participant (
    participant_id uuid primary key,
    library_id uuid references intake.library,
    household_id uuid,
    wrapped_key bytea not null,
    sealed bytea not null,
    same_as uuid references intake.participant,
    created_at timestamptz not null
);
create index participant_by_household on intake.participant (household_id) where household_id is not null;
create index participant_by_same on intake.participant (same_as) where same_as is not null;
comment on column intake.participant.wrapped_key is 'The participant''s own data key; destroying it erases the person.';
comment on column intake.participant.library_id is 'The controller; none as long as no library serves the municipality.';

-- Who was known first, per library. The key decides between two transactions that bring the same person at once.
create table intake.known_person (
    library_id uuid not null references intake.library,
    person_index bytea not null,
    participant_id uuid not null references intake.participant,
    primary key (library_id, person_index)
);
create index known_person_by_participant on intake.known_person (participant_id);
comment on column intake.known_person.person_index is 'Keyed blind index of name and birth date.';

create table intake.referral_file (
    referral_file_id uuid primary key,
    partner_id uuid not null references intake.partner,
    format text not null,
    status text not null check (status in ('processing', 'done')),
    wrapped_key bytea,
    sealed_name bytea,
    ignored_columns text[] not null,
    rows integer not null,
    taken_in integer not null default 0,
    triage integer not null default 0,
    repeated integer not null default 0,
    refused integer not null default 0,
    received_at timestamptz not null,
    worked_at timestamptz not null,
    finished_at timestamptz
);
create index referral_file_open on intake.referral_file (worked_at) where status = 'processing';
create index referral_file_by_partner on intake.referral_file (partner_id, received_at desc, referral_file_id desc);
comment on column intake.referral_file.wrapped_key is 'Opens the raw rows; destroyed when the file is done.';

create table intake.referral_file_row (
    referral_file_id uuid not null references intake.referral_file,
    row_number integer not null,
    sealed bytea not null,
    attempts integer not null default 0,
    primary key (referral_file_id, row_number)
);

create table intake.referral_file_problem (
    problem_id bigint generated always as identity,
    referral_file_id uuid not null references intake.referral_file,
    row_number integer not null,
    column_name text,
    code text not null,
    message text not null,
    message_en text not null,
    primary key (referral_file_id, row_number, problem_id)
);

create table intake.referral (
    referral_id uuid primary key,
    participant_id uuid not null references intake.participant,
    household_id uuid,
    partner_id uuid not null references intake.partner,
    library_id uuid references intake.library,
    municipality text,
    postcode4 text,
    referral_file_id uuid references intake.referral_file,
    row_number integer,
    received_at timestamptz not null,
    status text not null,
    version integer not null default 1,
    triage_reasons text[] not null,
    accepted_by text,
    rejection_reason text,
    decided_at timestamptz,
    legal_basis text,
    informed_on date,
    informed_how text,
    age_band text not null,
    spoken_level text not null,
    spoken_level_how text,
    spoken_level_on date,
    literacy text not null,
    literacy_how text,
    literacy_on date,
    digital_skill text not null,
    learner_track text not null,
    availability text[] not null,
    features text[] not null,
    civic_integration_duty text not null,
    target_group text not null,
    sealed bytea not null
);
create index referral_by_partner on intake.referral (partner_id, received_at desc, referral_id desc);
create index referral_by_library on intake.referral (library_id, received_at desc, referral_id desc);
create index referral_by_file on intake.referral (referral_file_id, received_at desc, referral_id desc)
    where referral_file_id is not null;
create index referral_by_participant on intake.referral (participant_id);
create index referral_unrouted on intake.referral (municipality, received_at) where library_id is null;
comment on column intake.referral.sealed is
    'Under the participant''s key: case worker, remarks, the partner''s own reference, language in which was informed.';

create table intake.need (
    need_id uuid primary key,
    referral_id uuid not null references intake.referral,
    position smallint not null,
    goal text not null,
    kind text not null,
    phase text not null,
    enrolment_id uuid,
    starts_at timestamptz,
    reasons text[] not null default '{}',
    unique (referral_id, position)
);

-- What happened to each need, in the words of its steps.
create table intake.need_step (
    need_id uuid not null references intake.need,
    step_id bigint generated always as identity,
    at timestamptz not null,
    what text not null,
    by text not null,
    phase text not null,
    reasons text[] not null default '{}',
    primary key (need_id, step_id)
);

-- The participant's yes or no about a place.
create table intake.placement_answer (
    need_id uuid not null references intake.need,
    enrolment_id uuid not null,
    answer text not null,
    answered_by text not null,
    channel text not null,
    answered_at timestamptz not null,
    recorded_at timestamptz not null,
    recorded_by text not null,
    primary key (need_id, enrolment_id)
);

-- Rows of files that became a referral: the same row in a later file makes nothing new.
create table intake.taken_row (
    partner_id uuid not null references intake.partner,
    row_index bytea not null,
    referral_id uuid not null references intake.referral,
    primary key (partner_id, row_index)
);
create index taken_row_by_referral on intake.taken_row (referral_id);

-- One line per look at a person, with the fields of the Dutch standard Logboek Dataverwerkingen (names: OpenTelemetry's).
create table intake.processing_log (
    log_id bigint generated always as identity,
    trace_id text not null,
    span_id text not null,
    status_code smallint not null,
    name text not null,
    start_time timestamptz not null,
    end_time timestamptz not null,
    processing_activity_id text not null,
    sealed_data_subject_id bytea not null,
    data_subject_id_type text not null,
    sealed_user_id bytea not null,
    primary key (start_time, log_id)
);

-- Referrals that no library has yet belong to nobody, and somebody must decide about them: coordinators of the libraries
-- in the municipality, or else of those where the partner works (everywhere when it works everywhere).
create function intake.unrouted_for(libraries uuid[]) returns table (referral_id uuid) language sql stable as $$
    select r.referral_id
    from intake.referral r
    join intake.partner p using (partner_id)
    where r.library_id is null
      and (exists (select from intake.served_area s
                   where s.library_id = any(libraries)
                     and (s.municipality = r.municipality or s.municipality = any(p.municipalities)))
           or cardinality(p.municipalities) = 0)
$$;
