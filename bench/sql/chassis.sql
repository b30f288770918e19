-- What was told and heard: heads for ever, published events and inbox rows for as long as they are kept.
insert into chassis.stream_head
select pg_temp.alias(subject, n), last_sequence, last_time - ago
from chassis.stream_head cross join copy
where subject ~ '^(referral|enrolment|mail|need)/';

insert into chassis.published (id, published_at, event_id, type, subject, sequence, partition_key, time, body)
select id, published_at - ago, pg_temp.alias(event_id, n), type, pg_temp.alias(subject, n), sequence,
    pg_temp.alias(partition_key::uuid, n)::text, time - ago, body
from chassis.published cross join copy
where subject ~ '^(referral|enrolment|mail|need)/' and ago < interval '35 days';

insert into chassis.inbox
select pg_temp.alias(event_id, n), event_time - ago, taken_at - ago
from chassis.inbox cross join copy
where ago < interval '42 days';

insert into chassis.idempotency
select sha256(key || n::text::bytea), request, answer, pg_temp.alias(about::uuid, n)::text, kept_at - ago
from chassis.idempotency cross join copy
where ago < interval '7 days';
