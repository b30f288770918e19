-- Since when a need is closed, so that it can go when its time is over. Of those before it is not known: from now.
alter table need add closed_at timestamptz;
update need set closed_at = now() where state = 'closed';
create index need_closed on need (closed_at) where state = 'closed';

-- Set here, so that a release that does not know the column sets it too.
create function note_closing() returns trigger language plpgsql as $$
begin
    new.closed_at := case when new.state = 'closed' then coalesce(old.closed_at, now()) end;
    return new;
end
$$;
create trigger note_closing before update of state on need for each row execute function note_closing();
