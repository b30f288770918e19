-- Notices and mails of two years, each a copy of a real one under other ids.
insert into referral
select pg_temp.alias(referral_id, n), library_id, from_file, sequence from referral cross join copy;

insert into mail
select pg_temp.alias(mail_id, n), template, library_id, partner_id, pg_temp.alias(referral_id, n), facts, made_at - ago,
    status, attempts, due_at - ago, last_error, ended_at - ago
from mail cross join copy
where ago < interval '400 days';

insert into notice
select pg_temp.alias(notice_id, n), library_id, code, pg_temp.alias(event_id, n), at - ago, heard_at - ago,
    pg_temp.alias(referral_id, n), pg_temp.alias(need_id, n), pg_temp.alias(enrolment_id, n), referral_file_id,
    partner_id, facts, mail, pg_temp.alias(mail_id, n), read_at
from notice cross join copy
where ago < interval '400 days';
