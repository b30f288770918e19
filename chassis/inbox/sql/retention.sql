-- name: forget_old_default
-- What has no partition of its own ages like all others.
delete from chassis.inbox_default where event_time < %(before)s

-- name: forget_old_attempts
-- Counts of events that never came back.
delete from chassis.attempt where last_at < %(before)s
