-- One service's database: its role owns it, and no other role can connect. Run again it changes the password alone.
-- psql's variable `name` is the service; the password comes from the environment, so that no list of processes shows it.
\getenv password DATABASE_PASSWORD

select format('create role %I', :'name')
where not exists (select from pg_roles where rolname = :'name') \gexec

alter role :"name" login password :'password' nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

select format('create database %I owner %I template template0 encoding ''UTF8'' locale ''C.UTF-8''', :'name', :'name')
where not exists (select from pg_database where datname = :'name') \gexec

-- Every role may connect to every new database unless that is taken away; the owner keeps its own right.
revoke all on database :"name" from public;
