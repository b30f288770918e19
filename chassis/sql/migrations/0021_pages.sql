-- What pages keep: forms that were sent when a sign-in had lapsed.

create table chassis.kept_form (
    kept_id text primary key,
    sealed text not null,
    kept_at timestamptz not null
);
comment on table chassis.kept_form is 'Sealed with the owner in it; kept for two hours, until that person has signed in again.';
create index kept_form_kept_at on chassis.kept_form (kept_at);
