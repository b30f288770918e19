-- name: revoke_client
-- The later moment wins: events may repeat an earlier one.
insert into chassis.revoked_client (client_id, issued_before)
values (%(client_id)s, %(issued_before)s)
on conflict (client_id) do update
set issued_before = greatest(revoked_client.issued_before, excluded.issued_before);

-- name: client_revoked_before
-- One row by its key, asked at most every few seconds per client.
select issued_before from chassis.revoked_client where client_id = %(client_id)s;
