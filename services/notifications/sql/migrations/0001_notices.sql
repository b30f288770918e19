-- What notifications knows: where libraries have their mailbox, what was noticed for them, and which mails go out.

create table library (
    library_id uuid primary key,
    name text not null,
    mailbox text not null,
    language text not null check (language in ('nl', 'en')),
    sequence bigint not null
);
comment on column library.mailbox is 'A functional address, never a person''s.';

create table partner (
    partner_id uuid primary key,
    name text not null,
    sequence bigint not null
);

-- Which library a referral is with, and whether it came in a file: other events about it do not say.
create table referral (
    referral_id uuid primary key,
    library_id uuid,
    from_file boolean not null,
    sequence bigint not null
);

-- Mails that go out or went out; a sender works them off. The text is made when it is sent.
create table mail (
    mail_id uuid primary key,
    template text not null,
    library_id uuid not null,
    partner_id uuid,
    referral_id uuid,
    facts jsonb not null,
    made_at timestamptz not null,
    status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed')),
    attempts integer not null default 0,
    due_at timestamptz not null,
    last_error text,
    ended_at timestamptz,
    check ((status = 'waiting') = (ended_at is null))
) with (fillfactor = 80);
comment on column mail.last_error is 'A code of ours with the server''s reply code; never its text, which may quote an address.';
create index mail_due on mail (due_at, mail_id) where status = 'waiting';
create index mail_made on mail (made_at desc, mail_id desc);
create index mail_ended on mail (ended_at) where status <> 'waiting';

-- What a library should know. `mail` says whether it is mailed: `none`, `gather` (with others of the library, soon), or
-- `mailed` in `mail_id`.
create table notice (
    notice_id uuid primary key,
    library_id uuid not null,
    code text not null,
    event_id uuid not null,
    at timestamptz not null,
    heard_at timestamptz not null,
    referral_id uuid,
    need_id uuid,
    enrolment_id uuid,
    referral_file_id uuid,
    partner_id uuid,
    facts jsonb not null,
    mail text not null check (mail in ('none', 'gather', 'mailed')),
    mail_id uuid,
    read_at timestamptz,
    check ((mail = 'mailed') = (mail_id is not null)),
    unique (event_id, library_id)
) with (fillfactor = 80);
create unique index notice_once_per_file on notice (referral_file_id, library_id) where code = 'referral-file-processed';
create index notice_of_library on notice (library_id, at desc, notice_id desc);
create index notice_unread on notice (library_id, at desc, notice_id desc) where read_at is null;
create index notice_to_gather on notice (library_id, heard_at) where mail = 'gather';
create index notice_gather_need on notice (need_id) where mail = 'gather';
create index notice_heard on notice (heard_at);

-- The mail server, when it was away the last time it was tried.
create table mail_server (
    one boolean primary key default true check (one),
    failures integer not null,
    reason text not null,
    away_since timestamptz not null,
    try_again_at timestamptz not null
);
