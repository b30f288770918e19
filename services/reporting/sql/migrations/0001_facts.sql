-- What reporting knows: facts that events told (each the latest by its own subject's sequence, so that neither order nor
-- repetition matters), the counts made from them, and what was heard from whom.

create table library (
    library_id uuid primary key,
    name text not null,
    sequence bigint not null
);

create table partner (
    partner_id uuid primary key,
    name text not null,
    sequence bigint not null
);

-- A referral has two facts of its own, each with the sequence of the event it comes from: what it is (`described`) and
-- what was decided of it (`decided`). A row without a description is not counted yet.
create table referral (
    referral_id uuid primary key,
    described bigint not null default 0,
    participant_id uuid,
    partner_id uuid,
    library_id uuid,
    municipality text,
    received_at timestamptz,
    decided bigint not null default 0,
    decision text not null default 'in-triage' check (decision in ('in-triage', 'accepted', 'rejected')),
    check (described = 0 or (participant_id is not null and partner_id is not null and received_at is not null))
);
create index referral_participant on referral (participant_id);

-- Needs of a referral as one description of it named them; those of an older description are not counted.
create table need (
    need_id uuid primary key,
    referral_id uuid not null,
    described bigint not null,
    kind text not null
);
create index need_referral on need (referral_id);

-- What became of each place.
create table enrolment (
    enrolment_id uuid primary key,
    need_id uuid not null,
    sequence bigint not null,
    status text not null check (status in ('held', 'placed', 'ended')),
    told_at timestamptz not null
);
create index enrolment_need on enrolment (need_id);

-- What activities last said of a need that has no place.
create table need_without_place (
    need_id uuid primary key,
    sequence bigint not null,
    status text not null check (status in ('waiting', 'unplaced')),
    told_at timestamptz not null
);

-- Which participants are counted as one person.
create table participant_link (
    participant_id uuid primary key,
    same_as uuid not null,
    sequence bigint not null
);

-- What has to be counted again: a referral, or all referrals of a participant. Rows are only ever added and taken away,
-- so that a mark is never missed by a count that is under way.
create table recount (
    recount_id bigint generated always as identity primary key,
    referral_id uuid,
    participant_id uuid,
    check (num_nonnulls(referral_id, participant_id) = 1)
) with (
    autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0.0, autovacuum_vacuum_insert_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.0, autovacuum_analyze_threshold = 10000
);

-- How each referral is counted now: once under each kind of its needs, and once under `any`. Unknown is the nil UUID or
-- an empty text, so that every row is comparable. `roams`: this person is counted under this kind in more cells than one.
create table counted (
    referral_id uuid not null,
    kind text collate "C" not null,
    month date not null,
    municipality text collate "C" not null,
    library_id uuid not null,
    partner_id uuid not null,
    person_id uuid not null,
    roams boolean not null default false,
    decision text not null,
    needs_in_triage smallint not null,
    needs_rejected smallint not null,
    needs_matching smallint not null,
    needs_waiting smallint not null,
    needs_unplaced smallint not null,
    needs_held smallint not null,
    needs_placed smallint not null,
    needs_ended smallint not null,
    primary key (referral_id, kind)
) with (fillfactor = 80);
create index counted_person on counted (person_id, kind);
create index counted_roaming on counted (kind, library_id, municipality, month, partner_id, person_id) where roams;

-- The sums of `counted`, one row per cell that holds anything. `persons_here_only` counts those who do not roam; with the
-- distinct roaming ones they are the persons of any set of cells.
create table cell (
    kind text collate "C" not null,
    month date not null,
    municipality text collate "C" not null,
    library_id uuid not null,
    partner_id uuid not null,
    referrals_in_triage integer not null default 0,
    referrals_accepted integer not null default 0,
    referrals_rejected integer not null default 0,
    needs_in_triage integer not null default 0,
    needs_rejected integer not null default 0,
    needs_matching integer not null default 0,
    needs_waiting integer not null default 0,
    needs_unplaced integer not null default 0,
    needs_held integer not null default 0,
    needs_placed integer not null default 0,
    needs_ended integer not null default 0,
    persons_here_only integer not null default 0,
    primary key (kind, month, municipality, library_id, partner_id),
    check (least(referrals_in_triage, referrals_accepted, referrals_rejected, needs_in_triage, needs_rejected,
        needs_matching, needs_waiting, needs_unplaced, needs_held, needs_placed, needs_ended, persons_here_only) >= 0)
) with (fillfactor = 70);
create index cell_library on cell (kind, library_id, month);
create index cell_municipality on cell (kind, municipality, month);

-- What was heard of each subject: everything up to `contiguous_to`, and these beyond it.
create table flow_receipt (
    source text collate "C" not null,
    subject text collate "C" not null,
    contiguous_to bigint not null,
    beyond bigint[] not null default '{}',
    primary key (source, subject)
) with (fillfactor = 80);
create index flow_receipt_gap on flow_receipt (source, subject) where beyond <> '{}';

-- How far one can count on without a gap from `contiguous` through the sequences in `heard`, and what lies beyond.
create function count_on(contiguous bigint, heard bigint[], out contiguous_to bigint, out beyond bigint[])
language sql immutable parallel safe as $$
    with ahead as (
        select s, row_number() over (order by s) as step
        from (select distinct unnest(heard) as s) as once
        where s > contiguous
    )
    select
        coalesce(max(s) filter (where s = contiguous + step), contiguous),
        coalesce(array_agg(s order by s) filter (where s <> contiguous + step), '{}')
    from ahead
$$;
