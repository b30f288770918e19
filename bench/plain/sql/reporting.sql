create table referral (
    referral_id uuid primary key, participant_id uuid not null, partner_id uuid not null, library_id uuid,
    municipality text, received_at timestamptz not null
);
create index referral_participant on referral (participant_id);
create table need (need_id uuid primary key, referral_id uuid not null, kind text not null);
create index need_referral on need (referral_id);
create table decision (referral_id uuid primary key, decision text not null);
create table enrolment (
    enrolment_id uuid primary key, need_id uuid not null, referral_id uuid not null, status text not null,
    told_at timestamptz not null
);
create index enrolment_need on enrolment (need_id);
create index enrolment_referral on enrolment (referral_id);
create table delivered (mail_id uuid primary key, referral_id uuid not null);
create table cell (
    kind text not null, month date not null, municipality text not null, library_id uuid not null, partner_id uuid not null,
    referrals_received integer not null default 0, referrals_accepted integer not null default 0,
    needs_received integer not null default 0, needs_held integer not null default 0, needs_placed integer not null default 0,
    primary key (kind, month, municipality, library_id, partner_id)
) with (fillfactor = 70);
create index cell_library on cell (kind, library_id, month);
create index cell_municipality on cell (kind, municipality, month);
