-- name: library_by_id
-- A library with its rows of the routing table.
select l.library_id, l.name, l.mailbox, l.language, l.contact_within_days, l.closures, l.registered_at, l.changed_at, l.version,
       coalesce((select jsonb_agg(jsonb_build_object('municipality', s.municipality, 'kinds', s.kinds) order by s.municipality)
                 from served_area s where s.library_id = l.library_id), '[]') as serves
from library l where l.library_id = %(library_id)s;

-- name: library_id_by_name
-- Names are unique but for case.
select library_id from library where lower(name) = lower(%(name)s);

-- name: libraries
-- A page of libraries in the order of their registration.
select l.library_id, l.name, l.mailbox, l.language, l.contact_within_days, l.closures, l.registered_at, l.changed_at, l.version,
       coalesce((select jsonb_agg(jsonb_build_object('municipality', s.municipality, 'kinds', s.kinds) order by s.municipality)
                 from served_area s where s.library_id = l.library_id), '[]') as serves
from library l
where (%(name)s::text is null or lower(l.name) = lower(%(name)s))
  and (%(after_at)s::timestamptz is null or (l.registered_at, l.library_id) > (%(after_at)s, %(after_id)s::uuid))
order by l.registered_at, l.library_id
limit %(limit)s;

-- name: libraries_by_name
-- A page of libraries as people look for them: by name, of one municipality where that is asked.
select l.library_id, l.name, lower(l.name) as sorted_by, l.mailbox, l.language, l.contact_within_days, l.closures, l.registered_at, l.changed_at, l.version,
       coalesce((select jsonb_agg(jsonb_build_object('municipality', s.municipality, 'kinds', s.kinds) order by s.municipality)
                 from served_area s where s.library_id = l.library_id), '[]') as serves
from library l
where (%(name)s::text is null or position(lower(%(name)s) in lower(l.name)) > 0)
  and (%(municipality)s::text is null
       or exists (select from served_area a where a.municipality = %(municipality)s and a.library_id = l.library_id))
  and (%(after)s::text is null or lower(l.name) > %(after)s)
order by lower(l.name)
limit %(limit)s;

-- name: lock_organisations
-- Registrations, of staff too, are rare and take turns, so that "the same again" sees what the other just made.
select pg_advisory_xact_lock(hashtextextended('organisations', 0));

-- name: add_library
-- The library itself; its served area follows.
insert into library (library_id, name, mailbox, language, contact_within_days, closures, registered_at, changed_at)
values (%(library_id)s, %(name)s, %(mailbox)s, %(language)s, %(contact_within_days)s, %(closures)s::jsonb, %(now)s, %(now)s);

-- name: change_library
-- Everything that can change at once; the version tells two who change at the same time.
update library
set name = %(name)s, mailbox = %(mailbox)s, language = %(language)s, contact_within_days = %(contact_within_days)s,
    closures = %(closures)s::jsonb, changed_at = %(now)s, version = version + 1
where library_id = %(library_id)s;

-- name: clear_served_area
-- The new area takes the place of the old one as a whole.
delete from served_area where library_id = %(library_id)s;

-- name: add_served_areas
-- Rows of the routing table.
insert into served_area (library_id, municipality, kinds) values %s;

-- name: routing
-- Who serves these municipalities: libraries in the order of registration, so that routing gives the same answer every time.
select s.library_id, s.municipality, s.kinds, l.name, l.contact_within_days, l.closures
from served_area s join library l using (library_id)
where s.municipality = any(%(municipalities)s)
order by l.registered_at, l.library_id;

-- name: served_municipalities
-- For which some library works, whatever the kinds.
select distinct municipality from served_area;

-- name: municipalities_of
-- For which these libraries work, whatever the kinds.
select distinct municipality from served_area where library_id = any(%(library_ids)s::uuid[]);

-- name: contact_terms
-- Until when these libraries get in touch.
select library_id, contact_within_days, closures from library where library_id = any(%(library_ids)s::uuid[]);

-- name: partner_by_id
-- A partner as it is now.
select partner_id, name, status, municipalities, purposes, legal_bases, legal_basis_text, feedback, tokens_valid_from,
       registered_at, changed_at, version
from partner where partner_id = %(partner_id)s;

-- name: lock_partner
-- Before anything about a partner or its secrets changes. Tokens that are being given out are waited for (hold_client);
-- referrals that are being taken in only refer to the partner, and neither wait nor are waited for.
select partner_id, name, status, municipalities, purposes, legal_bases, legal_basis_text, feedback, tokens_valid_from,
       registered_at, changed_at, version
from partner where partner_id = %(partner_id)s for no key update;

-- name: partner_id_by_name
-- Names are unique but for case.
select partner_id from partner where lower(name) = lower(%(name)s);

-- name: partners
-- A page of partners in the order of their registration.
select partner_id, name, status, municipalities, purposes, legal_bases, legal_basis_text, feedback, tokens_valid_from,
       registered_at, changed_at, version
from partner
where (%(status)s::text is null or status = %(status)s)
  and (%(name)s::text is null or lower(name) = lower(%(name)s))
  and (%(after_at)s::timestamptz is null or (registered_at, partner_id) > (%(after_at)s, %(after_id)s::uuid))
order by registered_at, partner_id
limit %(limit)s;

-- name: partners_by_name
-- A page of partners as people look for them: by name, of those that refer from one municipality where that is asked.
select partner_id, name, lower(name) as sorted_by, status, municipalities, purposes, legal_bases, legal_basis_text, feedback,
       tokens_valid_from, registered_at, changed_at, version
from partner
where (%(status)s::text is null or status = %(status)s)
  and (%(name)s::text is null or position(lower(%(name)s) in lower(name)) > 0)
  and (%(municipality)s::text is null or municipalities = '{}' or %(municipality)s = any(municipalities))
  and (%(after)s::text is null or lower(name) > %(after)s)
order by lower(name)
limit %(limit)s;

-- name: add_partner
-- A partner that may refer at once.
insert into partner (partner_id, name, status, municipalities, purposes, legal_bases, legal_basis_text, feedback, tokens_valid_from,
                     registered_at, changed_at)
values (%(partner_id)s, %(name)s, 'active', %(municipalities)s, %(purposes)s, %(legal_bases)s, %(legal_basis_text)s, %(feedback)s,
        %(tokens_valid_from)s, %(now)s, %(now)s);

-- name: change_partner
-- Everything that can change at once.
update partner
set name = %(name)s, status = %(status)s, municipalities = %(municipalities)s, purposes = %(purposes)s,
    legal_bases = %(legal_bases)s, legal_basis_text = %(legal_basis_text)s, feedback = %(feedback)s, tokens_valid_from = %(tokens_valid_from)s, changed_at = %(now)s, version = version + 1
where partner_id = %(partner_id)s;

-- name: secrets_of
-- The secrets of these partners, oldest first; never the hash.
select partner_id, secret_id, created_at, last_used_at from client_secret
where partner_id = any(%(partner_ids)s::uuid[]) order by created_at, secret_id;

-- name: secret_of_active_client
-- What a client secret is checked against; a suspended partner has nothing to check against.
select s.secret_id, s.argon2_hash, s.last_used_at, p.municipalities, p.tokens_valid_from
from client_secret s join partner p using (partner_id)
where s.partner_id = %(partner_id)s and s.secret_id = %(secret_id)s and p.status = 'active';

-- name: hold_client
-- Until its token is told nobody stops this client; no row when somebody did since its secret was read.
select partner_id from partner
where partner_id = %(partner_id)s and status = 'active' and tokens_valid_from = %(tokens_valid_from)s for share;

-- name: add_secret
-- A further secret beside the one in use.
insert into client_secret (secret_id, partner_id, argon2_hash, created_at)
values (%(secret_id)s, %(partner_id)s, %(argon2_hash)s, %(now)s);

-- name: keep_newest_secrets
-- Only the newest few stay valid.
delete from client_secret where partner_id = %(partner_id)s and secret_id not in (
    select secret_id from client_secret where partner_id = %(partner_id)s order by created_at desc, secret_id limit %(keep)s);

-- name: drop_secrets
-- Revocation: nothing that was handed out works any more.
delete from client_secret where partner_id = %(partner_id)s;

-- name: drop_secret
-- One of the two is not needed any more.
delete from client_secret where partner_id = %(partner_id)s and secret_id = %(secret_id)s;

-- name: secret_was_used
-- Once a minute is precise enough for who wants to know whether a secret can go.
update client_secret set last_used_at = %(now)s
where secret_id = %(secret_id)s and (last_used_at is null or last_used_at < %(now)s - interval '1 minute');
