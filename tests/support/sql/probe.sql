-- name: add_note
-- One note.
insert into probe.note (note_id, text, made_at) values (%(note_id)s, %(text)s, %(now)s)
returning note_id, text, made_at, version;

-- name: notes_after
-- In the order of the cursor.
select note_id, text, made_at, version from probe.note
where %(made_at)s::timestamptz is null or (made_at, note_id) > (%(made_at)s, %(note_id)s)
order by made_at, note_id limit %(most)s;

-- name: note
-- By its key.
select note_id, text, made_at, version from probe.note where note_id = %(note_id)s for update;

-- name: change_note
-- Counts versions.
update probe.note set text = %(text)s, version = version + 1 where note_id = %(note_id)s
returning note_id, text, made_at, version;

-- name: wait_in_database
-- Holds a connection.
select pg_sleep(%(seconds)s);

-- name: be_hurried
-- As if the half minute that a statement may take were over at once.
set local statement_timeout = 20;
