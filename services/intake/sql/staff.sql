-- name: staff_by_person
-- Locked, as a sign-in writes what the provider says now.
select staff_id, provider, person_index, sealed, roles, library_ids::text[] as library_ids, municipalities, partner_id, status, signed_in_at, changed_at, version
from staff_member where person_index = %(person_index)s for update;

-- name: staff_by_email
-- Assigned before the first sign-in; who has signed in is known by person, not by an address that may change hands.
select staff_id, provider, person_index, sealed, roles, library_ids::text[] as library_ids, municipalities, partner_id, status, signed_in_at, changed_at, version
from staff_member where email_index = %(email_index)s and person_index is null order by created_at limit 1 for update;

-- name: staff_with_email
-- Whether an address is among the staff already.
select staff_id from staff_member where email_index = %(email_index)s limit 1;

-- name: add_staff
-- By whoever signs in first, or by operations.
insert into staff_member (staff_id, provider, person_index, email_index, sealed, roles, library_ids, municipalities, partner_id,
                          status, signed_in_at, created_at, changed_at)
values (%(staff_id)s, %(provider)s, %(person_index)s, %(email_index)s, %(sealed)s, %(roles)s, %(library_ids)s::uuid[],
        %(municipalities)s, %(partner_id)s, 'active', %(signed_in_at)s, %(now)s, %(now)s);

-- name: staff_signed_in
-- What the provider says of somebody now.
update staff_member set person_index = %(person_index)s, email_index = %(email_index)s, sealed = %(sealed)s, signed_in_at = %(now)s
where staff_id = %(staff_id)s;

-- name: staff_member
-- One of them.
select staff_id, provider, sealed, roles, library_ids::text[] as library_ids, municipalities, partner_id, status, signed_in_at, created_at, changed_at, version
from staff_member where staff_id = %(staff_id)s;

-- name: lock_staff_member
-- Before anything about somebody changes.
select staff_id, provider, sealed, roles, library_ids::text[] as library_ids, municipalities, partner_id, status, signed_in_at, created_at, changed_at, version
from staff_member where staff_id = %(staff_id)s for update;

-- name: staff_page
-- Newest first.
select staff_id, provider, sealed, roles, library_ids::text[] as library_ids, municipalities, partner_id, status, signed_in_at, created_at, changed_at, version
from staff_member
where (%(role)s::text is null or %(role)s = any(roles)) and (%(status)s::text is null or status = %(status)s)
  and (%(partner_id)s::uuid is null or partner_id = %(partner_id)s)
  and (%(email_indexes)s::bytea[] is null or email_index = any(%(email_indexes)s::bytea[]))
  and (%(after_at)s::timestamptz is null or (created_at, staff_id) < (%(after_at)s, %(after_id)s::uuid))
order by created_at desc, staff_id desc
limit %(limit)s;

-- name: count_staff_of_partner
-- How many refer for a partner; beyond so many it does not matter.
select count(*) from (
    select from staff_member where partner_id = %(partner_id)s and status = 'active' limit %(most)s
) as found;

-- name: assign_staff
-- Everything that operations settle, at once.
update staff_member
set roles = %(roles)s, library_ids = %(library_ids)s::uuid[], municipalities = %(municipalities)s, partner_id = %(partner_id)s,
    status = %(status)s, changed_at = %(now)s, version = version + 1
where staff_id = %(staff_id)s;

-- name: is_taken_out
-- Asked at every request with a token of staff: one look at a unique index.
select exists (select from staff_member where person_index = %(person_index)s and status = 'taken-out');

-- name: forget_staff
-- Who was taken out long ago and has no session left, is not known any more.
delete from staff_member where staff_id in (
    select staff_id from staff_member m
    where status = 'taken-out' and changed_at < %(before)s and not exists (select from staff_session s where s.staff_id = m.staff_id)
    order by changed_at limit %(most)s);

-- name: begin_session
-- One row per sign-in.
insert into staff_session (session_id, staff_id, sealed_id_token, began_at)
values (%(session_id)s, %(staff_id)s, %(sealed_id_token)s, %(now)s);

-- name: sealed_member_of_session
-- Who is signed in, to fill in their address for them.
select m.sealed from staff_session s join staff_member m using (staff_id) where s.session_id = %(session_id)s;

-- name: session_counts
-- Asked at every page: one look at a primary key.
select exists (select from staff_session where session_id = %(session_id)s and ended_at is null);

-- name: end_session
-- Signed out.
update staff_session set ended_at = %(now)s where session_id = %(session_id)s and ended_at is null
returning sealed_id_token;

-- name: end_sessions_of
-- Rights changed or gone: the next page asks to sign in again.
update staff_session set ended_at = %(now)s where staff_id = %(staff_id)s and ended_at is null;

-- name: forget_sessions
-- No session lives longer than a day.
delete from staff_session where session_id in (select session_id from staff_session where began_at <= %(before)s limit %(most)s);

-- name: names_of_partners
-- What the partners on a page are called.
select partner_id, name from partner where partner_id = any(%(partner_ids)s::uuid[]);

-- name: names_of_libraries
-- What the libraries on a page are called.
select library_id, name from library where library_id = any(%(library_ids)s::uuid[]) order by name;

-- name: libraries_to_choose
-- For which libraries somebody can work, or where a referral can go.
select library_id, name from (
    (select library_id, name from library order by lower(name) limit %(most)s)
    union
    select library_id, name from library where library_id = any(%(besides)s::uuid[])) chosen
order by lower(name);

-- name: partners_to_choose
-- For whom a case worker can refer.
select partner_id, name from (
    (select partner_id, name from partner order by lower(name) limit %(most)s)
    union
    select partner_id, name from partner where partner_id = any(%(besides)s::uuid[])) chosen
order by lower(name);
