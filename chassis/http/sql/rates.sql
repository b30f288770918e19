-- name: count_request
-- One more in the window that runs, or the first of the next one.
insert into chassis.request_count as c (counted, requests, ends_at)
values (%(key)s, %(amount)s, %(now)s + %(seconds)s * interval '1 second')
on conflict (counted) do update
set requests = case when c.ends_at <= %(now)s then excluded.requests else c.requests + excluded.requests end,
    ends_at = case when c.ends_at <= %(now)s then excluded.ends_at else c.ends_at end
returning requests, ends_at;

-- name: requests_counted
-- What was counted in the window that runs.
select requests from chassis.request_count where counted = %(key)s and ends_at > %(now)s;

-- name: clear_requests
-- Begin anew for one.
delete from chassis.request_count where counted = %(key)s;

-- name: clear_all_requests
-- Begin anew for all.
delete from chassis.request_count;
