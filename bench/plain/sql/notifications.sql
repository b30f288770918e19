create table library (library_id uuid primary key, name text not null, mailbox text not null, language text not null);
create table referral (referral_id uuid primary key, library_id uuid);
create table mail (
    mail_id uuid primary key, template text not null, library_id uuid not null, referral_id uuid,
    made_at timestamptz not null, status text not null, facts jsonb not null
);
create index mail_made on mail (made_at desc, mail_id desc);
create table notice (
    notice_id uuid primary key, library_id uuid not null, code text not null, at timestamptz not null,
    heard_at timestamptz not null, referral_id uuid, need_id uuid, enrolment_id uuid, partner_id uuid, facts jsonb not null,
    mail_id uuid, read_at timestamptz
);
create index notice_of_library on notice (library_id, at desc, notice_id desc);
create index notice_unread on notice (library_id, at desc, notice_id desc) where read_at is null;
create index notice_heard on notice (heard_at);
