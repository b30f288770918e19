-- What was put aside is paged by when it was and by its place in line; the former indexes had the event's id for that.

create index deferred_by_page on chassis.deferred (deferred_at, arrival);
create index parked_by_page on chassis.parked (parked_at, arrival);
drop index chassis.deferred_by_age;
drop index chassis.parked_by_age;
