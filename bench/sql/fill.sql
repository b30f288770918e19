-- What the other files of this folder use: a row's further copies, and the ids and moments that a copy has.
create temporary table copy as
select n, n * interval '730 days' / %(copies)s as ago from generate_series(1, %(copies)s - 1) as n;

create function pg_temp.alias(id uuid, n bigint) returns uuid language sql immutable as
$$ select md5(id::text || '/' || n)::uuid $$;

create function pg_temp.alias(subject text, n bigint) returns text language sql immutable as
$$ select split_part(subject, '/', 1) || '/' || pg_temp.alias(split_part(subject, '/', 2)::uuid, n) $$;
