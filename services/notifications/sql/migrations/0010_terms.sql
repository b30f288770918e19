-- Until when each library gets in touch, as it set it at intake.
alter table library
    add contact_within_days smallint not null default 5,
    add closed_days date[] not null default '{}';
comment on column library.closed_days is 'When it is closed: from, through, from, through; both ends included.';
