-- name: add_file
-- A file whose rows are about to follow.
insert into referral_file (referral_file_id, partner_id, format, status, wrapped_key, sealed_name, ignored_columns, rows, received_at, worked_at)
values (%(referral_file_id)s, %(partner_id)s, %(format)s, 'processing', %(wrapped_key)s, %(sealed_name)s, %(ignored_columns)s,
        %(rows)s, %(now)s, %(now)s);

-- name: add_file_rows
-- Sealed under the file's own key.
insert into referral_file_row (referral_file_id, row_number, sealed) values %s;

-- name: file
-- How far it is.
select referral_file_id, partner_id, sealed_name, format, status, ignored_columns, rows, taken_in, triage, repeated, refused,
       received_at, finished_at
from referral_file where referral_file_id = %(referral_file_id)s;

-- name: files
-- A partner's files, newest first.
select referral_file_id, partner_id, sealed_name, format, status, ignored_columns, rows, taken_in, triage, repeated, refused,
       received_at, finished_at
from referral_file
where partner_id = %(partner_id)s
  and (%(after_at)s::timestamptz is null or (received_at, referral_file_id) < (%(after_at)s, %(after_id)s::uuid))
order by received_at desc, referral_file_id desc limit %(limit)s;

-- name: next_file
-- Files take turns: the one that was worked on longest ago, so that a small file never waits for a large one.
select f.referral_file_id, f.partner_id, f.wrapped_key, f.rows, f.received_at, f.under_way, p.municipalities, p.purposes, p.legal_bases, p.legal_basis_text
from referral_file f join partner p using (partner_id)
where f.status = 'processing' order by f.worked_at, f.referral_file_id limit 1 for update of f;

-- name: file_was_worked_on
-- The others first, next time.
update referral_file set worked_at = %(now)s where referral_file_id = %(referral_file_id)s;

-- name: chunk_is_under_way
-- Begun in a transaction of its own before, ended in the one that takes the rows in.
update referral_file set under_way = %(under_way)s where referral_file_id = %(referral_file_id)s;

-- name: next_rows
-- In the order of the file; a row that failed before comes alone.
select row_number, sealed, attempts from referral_file_row
where referral_file_id = %(referral_file_id)s order by row_number limit %(limit)s;

-- name: count_attempt
-- Before a row is tried alone, in a transaction of its own: what kills the process is counted too. -1 takes it back.
update referral_file_row set attempts = attempts + %(count)s
where referral_file_id = %(referral_file_id)s and row_number = any(%(row_numbers)s);

-- name: drop_rows
-- What is done is gone.
delete from referral_file_row where referral_file_id = %(referral_file_id)s and row_number = any(%(row_numbers)s);

-- name: count_rows
-- What became of the rows just done.
update referral_file
set taken_in = taken_in + %(taken_in)s, triage = triage + %(triage)s, repeated = repeated + %(repeated)s, refused = refused + %(refused)s
where referral_file_id = %(referral_file_id)s;

-- name: finish_file
-- With the key goes all that was in it.
update referral_file set status = 'done', wrapped_key = null, finished_at = %(now)s
where referral_file_id = %(referral_file_id)s
returning partner_id, rows, taken_in, repeated, refused;

-- name: library_shares
-- What one file held for each library, as it was decided by rule when it came in.
select library_id, count(*) filter (where accepted_by = 'rule') as accepted, count(*) filter (where accepted_by is distinct from 'rule') as triage
from referral where referral_file_id = %(referral_file_id)s and library_id is not null group by library_id order by library_id;

-- name: add_problems
-- What is wrong in which row, never what stood there.
insert into referral_file_problem (referral_file_id, row_number, column_name, code, message, message_en) values %s;

-- name: problems
-- A page, in order of row.
select row_number as row, problem_id, column_name as column, code, message, message_en from referral_file_problem
where referral_file_id = %(referral_file_id)s
  and (%(after_row)s::integer is null or (row_number, problem_id) > (%(after_row)s, %(after_id)s::bigint))
order by row_number, problem_id limit %(limit)s;

-- name: forget_problems
-- Of the oldest ones those whose file was done long ago. Numbers were given in order of time.
with oldest as (
    select referral_file_id, row_number, problem_id from referral_file_problem order by problem_id limit %(most)s
)
delete from referral_file_problem p
using oldest o join referral_file f using (referral_file_id)
where (p.referral_file_id, p.row_number, p.problem_id) = (o.referral_file_id, o.row_number, o.problem_id)
  and f.finished_at < %(before)s;

-- name: forget_names_of_files
-- What they were called, and of columns that nobody read; how many rows became what stays.
update referral_file set sealed_name = null, ignored_columns = '{}' where referral_file_id in (
    select referral_file_id from referral_file where sealed_name is not null and finished_at < %(before)s
    order by finished_at limit %(most)s);

-- name: rows_taken_before
-- Which of these rows became a referral earlier, and of which household it is.
select t.row_index, r.household_id from taken_row t join referral r using (referral_id)
where t.partner_id = %(partner_id)s and t.row_index = any(%(row_indexes)s);

-- name: add_taken_rows
-- So that the same row makes nothing new.
insert into taken_row (partner_id, row_index, referral_id) values %s;
