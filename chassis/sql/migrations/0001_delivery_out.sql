-- What a service tells: the heads of its subjects, the events that wait for the broker, and those that went out.

create table chassis.stream_head (
    subject text collate "C" primary key,
    last_sequence bigint not null check (last_sequence > 0),
    last_time timestamptz not null
) with (fillfactor = 80);
comment on table chassis.stream_head is
    'Last sequence per subject that this service told; its row lock orders the events of a subject.';

create table chassis.outbox (
    id bigint generated always as identity,
    lane smallint not null check (lane in (0, 1)),
    event_id uuid not null unique,
    type text not null,
    subject text collate "C" not null,
    sequence bigint not null,
    partition_key text not null,
    time timestamptz not null,
    body text not null,
    replay boolean not null default false,
    primary key (lane, id)
) with (
    -- Rows live for milliseconds: dead ones must be cleared away long before the usual share of the table.
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_insert_scale_factor = 0.0,
    autovacuum_vacuum_insert_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.0,
    autovacuum_analyze_threshold = 10000
);
comment on table chassis.outbox is
    'Events that wait to be confirmed by the broker. Lane 0 is interactive, 1 is bulk; replayed rows are published already.';
create index outbox_partition_key on chassis.outbox (partition_key);

create table chassis.published (
    id bigint not null,
    published_at timestamptz not null,
    event_id uuid not null,
    type text not null,
    subject text collate "C" not null,
    sequence bigint not null,
    partition_key text not null,
    time timestamptz not null,
    body text not null
) partition by range (published_at);
comment on table chassis.published is
    'Events that the broker confirmed, by day, kept so that they can be published again.';
create index published_subject on chassis.published (subject, sequence);
create index published_id on chassis.published (id);
create table chassis.published_default partition of chassis.published default;
