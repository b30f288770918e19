-- Who of the staff may do what, where their identity provider does not say it, and their sessions in a browser.

create table intake.staff_member (
    staff_id uuid primary key,
    provider text not null,
    person_index bytea unique,
    email_index bytea,
    sealed bytea not null,
    roles text[] not null,
    library_ids uuid[] not null,
    municipalities text[] not null,
    partner_id uuid references intake.partner,
    status text not null check (status in ('active', 'taken-out')),
    signed_in_at timestamptz,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    version integer not null default 1
);
create index staff_member_by_creation on intake.staff_member (created_at desc, staff_id desc);
create index staff_member_by_email on intake.staff_member (email_index) where email_index is not null;
create index staff_member_by_partner on intake.staff_member (partner_id) where partner_id is not null;
comment on column intake.staff_member.sealed is 'Name and e-mail address.';
comment on column intake.staff_member.person_index is
    'Keyed blind index of issuer and subject; none until who was assigned by e-mail address has signed in.';
comment on column intake.staff_member.email_index is 'Keyed blind index of provider and e-mail address.';

create table intake.staff_session (
    session_id text primary key,
    staff_id uuid not null references intake.staff_member,
    sealed_id_token bytea not null,
    began_at timestamptz not null,
    ended_at timestamptz
);
create index staff_session_open on intake.staff_session (staff_id) where ended_at is null;
create index staff_session_by_age on intake.staff_session (began_at);
comment on column intake.staff_session.sealed_id_token is 'Sent along when somebody signs out at the provider too.';
