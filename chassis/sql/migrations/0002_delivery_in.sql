-- The incoming half of delivery: what was taken, what waits, what nobody could handle.

-- One row per event that was taken over (applied, deferred or parked). Partitioned by the event's own time, so that a
-- repetition always meets the row of its first arrival and old partitions can be dropped whole. No ids of persons here.
create table chassis.inbox (
    event_id uuid not null,
    event_time timestamptz not null,
    taken_at timestamptz not null default now(),
    primary key (event_id, event_time)
) partition by range (event_time);

-- Takes what no day's partition exists for yet, so that a late housekeeping stops nothing.
create table chassis.inbox_default partition of chassis.inbox default;

-- The order of arrival, over deferred and parked together: within a partition key it is the order to apply in.
create sequence chassis.arrival as bigint;

-- Events that failed, and later ones of the same partition key in line behind them.
create table chassis.deferred (
    event_id uuid primary key,
    arrival bigint not null,
    partition_key text not null,
    event_type text not null,
    source text not null,
    subject text not null,
    event_time timestamptz not null,
    raw bytea not null,
    queue text not null,
    deferred_at timestamptz not null default now(),
    attempts integer not null default 0,
    -- Where an operator had a parked event tried again; otherwise the setting says how many.
    attempts_allowed integer,
    next_attempt_at timestamptz not null default now(),
    error jsonb
);
create index deferred_by_key on chassis.deferred (partition_key, arrival);
create index deferred_by_due on chassis.deferred (next_attempt_at);
create index deferred_by_age on chassis.deferred (deferred_at, event_id);

-- Events that somebody must decide about. One with a partition key blocks what arrived after it with that key.
create table chassis.parked (
    event_id uuid primary key,
    arrival bigint not null,
    partition_key text,
    event_type text,
    source text,
    subject text,
    event_time timestamptz,
    raw bytea not null,
    queue text not null,
    reason text not null,
    error jsonb,
    attempts integer not null default 0,
    parked_at timestamptz not null default now()
);
create index parked_by_key on chassis.parked (partition_key, arrival) where partition_key is not null;
create index parked_by_age on chassis.parked (parked_at, event_id);

-- What was thrown away, by whom and why: without the event's bytes, so that nothing personal stays behind.
create table chassis.discarded (
    event_id uuid primary key,
    event_type text,
    source text,
    subject text,
    parked_reason text not null,
    error jsonb,
    discarded_by text not null,
    reason text not null,
    discarded_at timestamptz not null default now()
);

-- How often an event was begun after the broker had delivered it twice in vain: what kills the process is parked.
create table chassis.attempt (
    event_id uuid primary key,
    attempts integer not null,
    last_at timestamptz not null default now()
);
