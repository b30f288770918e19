-- What HTTP keeps: answers to requests that may be repeated, and clients whose tokens no longer count.

create table chassis.idempotency (
    key bytea primary key,
    request bytea not null,
    answer bytea not null,
    about text,
    kept_at timestamptz not null
);
comment on table chassis.idempotency is
    'Answers to requests with an Idempotency-Key: key and request as HMAC, the answer sealed. Kept for 7 days.';
create index idempotency_kept_at on chassis.idempotency (kept_at);
create index idempotency_about on chassis.idempotency (about) where about is not null;

create table chassis.revoked_client (
    client_id text primary key,
    issued_before timestamptz not null
);
comment on table chassis.revoked_client is 'Tokens of this client that were issued before this moment are refused.';
