-- Organisations.

-- name: register_libraries
-- Where mail for a library goes, in which language; what was said last counts.
insert into library as known (library_id, name, mailbox, language, contact_within_days, closed_days, sequence)
select library_id::uuid, name, mailbox, language, contact_within_days, closed_days::date[], sequence
from (values %s) as told (library_id, name, mailbox, language, contact_within_days, closed_days, sequence)
on conflict (library_id) do update set
    name = excluded.name, mailbox = excluded.mailbox, language = excluded.language,
    contact_within_days = excluded.contact_within_days, closed_days = excluded.closed_days, sequence = excluded.sequence
where known.sequence < excluded.sequence;

-- name: terms_of_libraries
-- Until when each gets in touch.
select library_id, contact_within_days, closed_days from library where library_id = any(%(libraries)s::uuid[]);

-- name: name_partners
-- A mail says which partner it is about; what was said last counts.
insert into partner as known (partner_id, name, sequence)
values %s
on conflict (partner_id) do update set name = excluded.name, sequence = excluded.sequence
where known.sequence < excluded.sequence;

-- Notices.

-- name: remember_referrals
-- Which library each is with, for events that do not say.
insert into referral as known (referral_id, library_id, from_file, sequence)
values %s
on conflict (referral_id) do update
set library_id = excluded.library_id, sequence = excluded.sequence, heard_at = excluded.heard_at
where known.sequence < excluded.sequence;

-- name: libraries_of_referrals
-- Which library heard of these referrals so far.
select referral_id, library_id from referral where referral_id = any(%(referrals)s::uuid[]) and library_id is not null;

-- name: add_notices
-- Keep notices, each once, and with those that are mailed at once their mail.
with given (
    notice_id, library_id, code, event_id, at, heard_at, referral_id, need_id, enrolment_id, referral_file_id,
    partner_id, facts, mail, mail_id
) as (
    values %s
), added as (
    insert into notice (
        notice_id, library_id, code, event_id, at, heard_at, referral_id, need_id, enrolment_id, referral_file_id,
        partner_id, facts, mail, mail_id
    )
    select
        notice_id::uuid, library_id::uuid, code, event_id::uuid, at, heard_at, referral_id::uuid, need_id::uuid,
        enrolment_id::uuid, referral_file_id::uuid, partner_id::uuid, facts::jsonb, mail, mail_id::uuid
    from given
    on conflict do nothing
    returning *
)
insert into mail (mail_id, template, library_id, partner_id, referral_id, facts, made_at, due_at)
select mail_id, code, library_id, partner_id, referral_id, facts, heard_at, heard_at
from added
where mail = 'mailed'
returning mail_id;

-- name: forget_gathering
-- A need that found a place, or stands in line, is no reason for a mail any more.
update notice set mail = 'none' where mail = 'gather' and need_id = any(%(needs)s::uuid[]);

-- name: forget_gathering_of_referrals
-- Nor is a need whose referral was taken back.
update notice set mail = 'none' where mail = 'gather' and referral_id = any(%(referrals)s::uuid[]);

-- name: leave_files_out
-- Needs of a pushed file were told of in the one mail about that file.
update notice set mail = 'none'
from referral
where notice.mail = 'gather' and referral.referral_id = notice.referral_id and referral.from_file;

-- name: gather
-- One mail for each library whose oldest notice has waited long enough for company, about all that wait there. A notice
-- whose referral was not heard of yet waits for that.
with ripe as (
    select notice.library_id
    from notice
    join referral using (referral_id)
    where notice.mail = 'gather' and not referral.from_file
    group by notice.library_id
    having min(notice.heard_at) <= %(heard_before)s
    order by min(notice.heard_at)
    limit %(most)s
), mailed as (
    select library_id, gen_random_uuid() as mail_id from ripe
), taken as (
    update notice set mail = 'mailed', mail_id = mailed.mail_id
    from mailed, referral
    where notice.library_id = mailed.library_id
        and notice.mail = 'gather'
        and referral.referral_id = notice.referral_id
        and not referral.from_file
    returning notice.library_id, notice.mail_id, notice.need_id, notice.referral_id
)
insert into mail (mail_id, template, library_id, referral_id, facts, made_at, due_at)
select
    mail_id, 'need-unplaced', library_id,
    case when count(distinct referral_id) = 1 then (array_agg(referral_id))[1] end,
    jsonb_build_object('needs', count(distinct need_id)),
    %(now)s, %(now)s
from taken
group by mail_id, library_id;

-- name: notices
-- The notices of some libraries, newest first.
select notice.*, partner.name as partner_name
from notice
left join partner using (partner_id)
where notice.library_id = any(%(libraries)s::uuid[])
    and (not %(unread)s or notice.read_at is null)
    and (%(code)s is null or notice.code = %(code)s)
    and (%(after)s is null or (notice.at, notice.notice_id) < %(after)s)
order by notice.at desc, notice.notice_id desc
limit %(limit)s;

-- name: read_notice
-- Mark one notice as read or unread; the first reading keeps its moment.
update notice set read_at = case when %(read)s then coalesce(read_at, %(now)s) end
where notice_id = %(notice_id)s and library_id = any(%(libraries)s::uuid[])
returning *, (select name from partner where partner.partner_id = notice.partner_id) as partner_name;

-- name: forget_notices
-- Old notices go, a lot at a time; what they were about is kept where it belongs.
delete from notice
where notice_id in (select notice_id from notice where heard_at < %(before)s order by heard_at limit %(most)s);

-- name: forget_referrals
-- Referrals of which nothing was heard for as long as notices are kept go too, a lot at a time.
delete from referral
where referral_id in (
    select referral_id from referral as known
    where heard_at < %(before)s and not exists (select from notice where notice.referral_id = known.referral_id)
    order by heard_at
    limit %(most)s
);

-- name: forget_mails
-- Mails that ended long ago go, a lot at a time.
delete from mail
where mail_id in (
    select mail_id from mail where status <> 'waiting' and ended_at < %(before)s order by ended_at limit %(most)s
);

-- Sending.

-- name: server
-- There is a row only while the mail server is away.
select try_again_at <= %(now)s as may_try from mail_server;

-- name: due_mails
-- Mails whose turn it is and whose library is known, longest due first.
select mail.mail_id
from mail
join library using (library_id)
where mail.status = 'waiting' and mail.due_at <= %(now)s
order by mail.due_at, mail.mail_id
limit %(most)s;

-- name: claim_mail
-- Begin an attempt: it is counted, and the mail not due again until nobody can be at it any more, whatever dies now.
update mail set attempts = mail.attempts + 1, due_at = %(not_before)s
from library
where mail.mail_id = %(mail_id)s
    and mail.status = 'waiting'
    and mail.due_at <= %(now)s
    and library.library_id = mail.library_id
returning
    mail.*, library.name as library_name, library.mailbox, library.language,
    (select name from partner where partner.partner_id = mail.partner_id) as partner_name;

-- name: end_mail
-- The mail server took it, or never will.
update mail set status = %(status)s, last_error = %(error)s, ended_at = %(now)s where mail_id = %(mail_id)s;

-- name: postpone_mail
-- Not now: why, and when it is due again.
update mail set last_error = %(error)s, due_at = %(due_at)s where mail_id = %(mail_id)s;

-- name: server_is_away
-- Nobody tries the server again before then; how often it was away in a row.
insert into mail_server as known (failures, reason, away_since, try_again_at)
values (1, %(reason)s, %(now)s, %(now)s)
on conflict (one) do update set failures = known.failures + 1, reason = excluded.reason
returning failures, away_since;

-- name: try_server_at
-- When the server that is away is tried again.
update mail_server set try_again_at = %(try_again_at)s;

-- name: server_is_back
-- The mail server answers again.
delete from mail_server;

-- name: mails
-- What became of mails, newest first, for operators: no text and no address.
select mail_id, template, library_id, referral_id, status, attempts, last_error, made_at, due_at, ended_at
from mail
where (%(status)s is null or status = %(status)s)
    and (%(after)s is null or (made_at, mail_id) < %(after)s)
order by made_at desc, mail_id desc
limit %(limit)s;

-- name: mail_depth
-- What waits, and since when, for the metrics.
select
    count(*) as waiting,
    coalesce(extract(epoch from %(now)s - min(made_at)), 0) as oldest_seconds,
    exists (select from mail_server) as server_away
from mail
where status = 'waiting';
