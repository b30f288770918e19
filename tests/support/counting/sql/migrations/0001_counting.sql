create table activities.applied (
    place bigint generated always as identity,
    event_id uuid not null,
    partition_key text not null,
    sequence bigint not null,
    batch bigint not null default txid_current()
);
create table activities.counter (partition_key text primary key, events bigint not null);
-- How often it went wrong is counted by a sequence, because no rollback takes that back.
create table activities.misbehaviour (
    event_id uuid primary key, how text not null, times integer not null, gone_wrong regclass not null
);
