-- After an attempt in vain somebody tries again, from a day on: until then it is no work, and then it is not forgotten.
alter table intake.referral add try_on date;
comment on column intake.referral.try_on is
    'From which day on it makes sense to try again to reach the participant, after an attempt in vain; none when nobody has to.';

-- Whom somebody tried to reach in vain before this was kept: today is a good day.
update intake.referral set try_on = (now() at time zone 'Europe/Amsterdam')::date
where todo = 'contact' and contact_by is null and library_id is not null;

-- The day on which something is due: to get in touch, of a talk that is planned, or to try again; far away where nothing is.
create function intake.due_on(contact_by date, intake_at timestamptz, try_on date) returns date language sql immutable as $$
    select coalesce(contact_by, (intake_at at time zone 'Europe/Amsterdam')::date, try_on, date '9999-12-31')
$$;

-- Those of the release before go with the next one: it may still run, and reads by them.
create index referral_work
    on intake.referral (library_id, intake.due_on(contact_by, intake_at, try_on), received_at, referral_id)
    where todo <> 'follow';
create index referral_work_by_todo
    on intake.referral (library_id, todo, intake.due_on(contact_by, intake_at, try_on), received_at, referral_id)
    where todo is not null;
