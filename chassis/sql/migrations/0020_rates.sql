-- How often each partner asked in the window that runs (ADR 0025). Unlogged: it costs no wait for the disk, and after a crash the
-- windows begin anew.
create unlogged table chassis.request_count (
    counted text primary key,
    requests integer not null,
    ends_at timestamptz not null
) with (fillfactor = 50);
