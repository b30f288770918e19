-- What has to be done next about each referral, so that a list of work comes off an index in order, and its counts too.
alter table intake.referral
    add todo text,
    add intake_at timestamptz;
comment on column intake.referral.todo is
    'The next thing to do (services/intake/domain/todo.py), as it follows from the needs; none when the referral is over.';
comment on column intake.referral.intake_at is 'When the intake talk will be, or should have been, until it is recorded.';

-- What was there before it was kept. A referral that the release before still changes says this at its next change.
update intake.referral r
set todo = case
        when r.question_id is not null then 'answer'
        when r.accepted_by is null then 'decide'
        when r.contact = 'to-contact' then 'contact'
        when exists (select from intake.need n where n.referral_id = r.referral_id and n.phase in ('held', 'offered')) then 'place'
        when r.contact = 'intake-planned' then 'talk'
        when exists (select from intake.need n where n.referral_id = r.referral_id and n.phase = 'matching' and n.turn = 'unplaced') then 'search'
        else 'follow'
    end
where r.status in ('requested', 'on-hold', 'accepted', 'in-progress');

-- The day on which something is due: to get in touch, or of a talk that is planned; far away where nothing is.
create function intake.due_on(contact_by date, intake_at timestamptz) returns date language sql immutable as $$
    select coalesce(contact_by, (intake_at at time zone 'Europe/Amsterdam')::date, date '9999-12-31')
$$;

create index referral_queue
    on intake.referral (library_id, intake.due_on(contact_by, intake_at), received_at, referral_id)
    where todo <> 'follow';
create index referral_queue_by_todo
    on intake.referral (library_id, todo, intake.due_on(contact_by, intake_at), received_at, referral_id)
    where todo is not null;
