-- Facts: each is set by the event with the highest sequence of its subject, whenever that arrives.

-- name: receive
-- How far each subject was heard without a gap; in the same transaction as what the events changed. What comes is what
-- there is to know when nothing was heard before; what comes next to what is known, as nearly always, needs no sorting.
insert into flow_receipt as known (source, subject, contiguous_to, beyond)
values %s
on conflict (source, subject) do update set (contiguous_to, beyond) = (
    select
        case when next.comes then known.contiguous_to + next.many else now.contiguous_to end,
        case when next.comes then '{}' else now.beyond end
    from (
        select
            known.beyond = '{}' and excluded.contiguous_to = 0 and excluded.beyond[1] = known.contiguous_to + 1
                and excluded.beyond[cardinality(excluded.beyond)] = known.contiguous_to + cardinality(excluded.beyond),
            cardinality(excluded.beyond)
    ) as next (comes, many)
    left join lateral count_on(
        greatest(known.contiguous_to, excluded.contiguous_to), known.beyond || excluded.beyond
    ) as now on not next.comes
);

-- name: name_libraries
-- A row of aggregates is read by name; the newest name counts.
insert into library as known (library_id, name, sequence)
values %s
on conflict (library_id) do update set name = excluded.name, sequence = excluded.sequence
where known.sequence < excluded.sequence;

-- name: name_partners
-- A row of aggregates is read by name; the newest name counts.
insert into partner as known (partner_id, name, sequence)
values %s
on conflict (partner_id) do update set name = excluded.name, sequence = excluded.sequence
where known.sequence < excluded.sequence;

-- name: describe_referrals
-- What a referral is: by whom, from where, for which library, when.
insert into referral as known (
    referral_id, described, participant_id, partner_id, library_id, municipality, received_at
)
values %s
on conflict (referral_id) do update set
    described = excluded.described,
    participant_id = excluded.participant_id,
    partner_id = excluded.partner_id,
    library_id = excluded.library_id,
    municipality = excluded.municipality,
    received_at = excluded.received_at
where known.described < excluded.described;

-- name: describe_needs
-- Which needs a referral has, by that same description.
insert into need as known (need_id, referral_id, described, kind)
values %s
on conflict (need_id) do update set described = excluded.described, kind = excluded.kind
where known.described < excluded.described;

-- name: decide_referrals
-- What was decided of a referral; its description may come later.
insert into referral as known (referral_id, decided, decision)
values %s
on conflict (referral_id) do update set decided = excluded.decided, decision = excluded.decision
where known.decided < excluded.decided;

-- name: note_overdue
-- A library was late; the referral's description may come later.
insert into referral as known (referral_id, overdue)
values %s
on conflict (referral_id) do update set overdue = true;

-- name: close_needs
-- Needs that their library ended.
insert into need_closed (need_id) values %s on conflict (need_id) do nothing;

-- name: record_enrolments
-- What became of a place; its referral may come later.
insert into enrolment as known (enrolment_id, need_id, sequence, status, told_at)
values %s
on conflict (enrolment_id) do update set
    sequence = excluded.sequence, status = excluded.status, told_at = excluded.told_at
where known.sequence < excluded.sequence;

-- name: record_needs_without_place
-- Why a need has no place; its referral may come later.
insert into need_without_place as known (need_id, sequence, status, told_at)
values %s
on conflict (need_id) do update set
    sequence = excluded.sequence, status = excluded.status, told_at = excluded.told_at
where known.sequence < excluded.sequence;

-- name: link_participants
-- Two participants that are counted as one person; or one that is counted as itself again.
insert into participant_link as known (participant_id, same_as, sequence)
values %s
on conflict (participant_id) do update set same_as = excluded.same_as, sequence = excluded.sequence
where known.sequence < excluded.sequence;

-- name: mark
-- What the changed facts concern has to be counted again.
insert into recount (referral_id, participant_id)
values %s;

-- Counting: the timer alone writes `counted` and `cell`, a lot of referrals per transaction.

-- name: see_one_moment
-- Every statement of a count must see the same facts: whose counts can change is asked before they are made.
set transaction isolation level repeatable read;

-- name: take_marks
-- A lot of referrals to count again. Marks whose transaction commits later stay for the next lot.
with taken as (
    delete from recount
    where recount_id in (select recount_id from recount order by recount_id limit %(most)s)
    returning referral_id, participant_id
)
select referral_id from taken where referral_id is not null
union
select referral.referral_id from taken join referral on referral.participant_id = taken.participant_id
order by 1;

-- name: marks_waiting
-- Whether counts are behind the facts.
select exists (select from recount) as waiting;

-- name: persons_of
-- Whose counts can change: those under whom the referrals are counted now, and those under whom they will be.
select person_id from counted where referral_id = any(%(referrals)s::uuid[])
union
select coalesce(link.same_as, referral.participant_id)
from referral
left join participant_link as link on link.participant_id = referral.participant_id
where referral.referral_id = any(%(referrals)s::uuid[]) and referral.described > 0;

-- name: change_persons_here_only
-- Take those who do not roam out of their cells before the change (`sign` -1) or add them after it (1).
update cell set persons_here_only = cell.persons_here_only + %(sign)s * here.persons
from (
    select kind, month, municipality, library_id, partner_id, count(distinct person_id) as persons
    from counted
    where person_id = any(%(persons)s::uuid[]) and not roams
    group by kind, month, municipality, library_id, partner_id
) as here
where (cell.kind, cell.month, cell.municipality, cell.library_id, cell.partner_id)
    = (here.kind, here.month, here.municipality, here.library_id, here.partner_id);

-- name: uncount
-- Take the referrals out of their cells as they were counted.
with gone as (
    delete from counted where referral_id = any(%(referrals)s::uuid[]) returning *
), less as (
    select
        kind, month, municipality, library_id, partner_id,
        count(*) filter (where decision = 'in-triage') as referrals_in_triage,
        count(*) filter (where decision = 'accepted') as referrals_accepted,
        count(*) filter (where decision = 'rejected') as referrals_rejected,
        count(*) filter (where decision = 'withdrawn') as referrals_withdrawn,
        count(*) filter (where overdue) as referrals_overdue,
        sum(needs_in_triage) as needs_in_triage,
        sum(needs_rejected) as needs_rejected,
        sum(needs_withdrawn) as needs_withdrawn,
        sum(needs_matching) as needs_matching,
        sum(needs_waiting) as needs_waiting,
        sum(needs_unplaced) as needs_unplaced,
        sum(needs_held) as needs_held,
        sum(needs_placed) as needs_placed,
        sum(needs_ended) as needs_ended
    from gone
    group by kind, month, municipality, library_id, partner_id
)
update cell set
    referrals_in_triage = cell.referrals_in_triage - less.referrals_in_triage,
    referrals_accepted = cell.referrals_accepted - less.referrals_accepted,
    referrals_rejected = cell.referrals_rejected - less.referrals_rejected,
    referrals_withdrawn = cell.referrals_withdrawn - less.referrals_withdrawn,
    referrals_overdue = cell.referrals_overdue - less.referrals_overdue,
    needs_in_triage = cell.needs_in_triage - less.needs_in_triage,
    needs_rejected = cell.needs_rejected - less.needs_rejected,
    needs_withdrawn = cell.needs_withdrawn - less.needs_withdrawn,
    needs_matching = cell.needs_matching - less.needs_matching,
    needs_waiting = cell.needs_waiting - less.needs_waiting,
    needs_unplaced = cell.needs_unplaced - less.needs_unplaced,
    needs_held = cell.needs_held - less.needs_held,
    needs_placed = cell.needs_placed - less.needs_placed,
    needs_ended = cell.needs_ended - less.needs_ended
from less
where (cell.kind, cell.month, cell.municipality, cell.library_id, cell.partner_id)
    = (less.kind, less.month, less.municipality, less.library_id, less.partner_id);

-- name: count
-- Count the referrals as the facts are now: under each kind, and under `any`.
with state_of_need as (
    select
        referral.referral_id,
        need.kind,
        date_trunc('month', referral.received_at at time zone 'Europe/Amsterdam')::date as month,
        coalesce(referral.municipality, '') as municipality,
        coalesce(referral.library_id, '00000000-0000-0000-0000-000000000000') as library_id,
        referral.partner_id,
        coalesce(link.same_as, referral.participant_id) as person_id,
        referral.decision,
        referral.overdue,
        case
            when referral.decision <> 'accepted' then referral.decision
            when closed.need_id is not null then 'ended'
            else coalesce(last.status, 'matching')
        end as state
    from referral
    join need on need.referral_id = referral.referral_id and need.described = referral.described
    left join need_closed as closed on closed.need_id = need.need_id
    left join participant_link as link on link.participant_id = referral.participant_id
    -- A place that stands says more than anything else; otherwise what was told last, and of what was told in one
    -- moment, that the need has no place: who gives a place up joins the line in the same transaction.
    left join lateral (
        select told.status
        from (
            select status, told_at, case status when 'placed' then 3 when 'held' then 2 else 1 end as rank, 0 as later
            from enrolment where enrolment.need_id = need.need_id
            union all
            select status, told_at, 1, 1 from need_without_place as without where without.need_id = need.need_id
        ) as told
        order by told.rank desc, told.told_at desc, told.later desc
        limit 1
    ) as last on true
    where referral.referral_id = any(%(referrals)s::uuid[])
), fresh as (
    select
        referral_id, coalesce(kind, 'any') as kind, month, municipality, library_id, partner_id, person_id, decision, overdue,
        count(*) filter (where state = 'in-triage') as needs_in_triage,
        count(*) filter (where state = 'rejected') as needs_rejected,
        count(*) filter (where state = 'withdrawn') as needs_withdrawn,
        count(*) filter (where state = 'matching') as needs_matching,
        count(*) filter (where state = 'waiting') as needs_waiting,
        count(*) filter (where state = 'unplaced') as needs_unplaced,
        count(*) filter (where state = 'held') as needs_held,
        count(*) filter (where state = 'placed') as needs_placed,
        count(*) filter (where state = 'ended') as needs_ended
    from state_of_need
    group by grouping sets (
        (referral_id, month, municipality, library_id, partner_id, person_id, decision, overdue),
        (referral_id, month, municipality, library_id, partner_id, person_id, decision, overdue, kind)
    )
), kept as (
    insert into counted (
        referral_id, kind, month, municipality, library_id, partner_id, person_id, decision, overdue, needs_in_triage,
        needs_rejected, needs_withdrawn, needs_matching, needs_waiting, needs_unplaced, needs_held, needs_placed, needs_ended
    )
    select
        referral_id, kind, month, municipality, library_id, partner_id, person_id, decision, overdue, needs_in_triage,
        needs_rejected, needs_withdrawn, needs_matching, needs_waiting, needs_unplaced, needs_held, needs_placed, needs_ended
    from fresh
)
insert into cell as known (
    kind, month, municipality, library_id, partner_id, referrals_in_triage, referrals_accepted, referrals_rejected,
    referrals_withdrawn, referrals_overdue, needs_in_triage, needs_rejected, needs_withdrawn, needs_matching, needs_waiting, needs_unplaced, needs_held, needs_placed, needs_ended
)
select
    kind, month, municipality, library_id, partner_id,
    count(*) filter (where decision = 'in-triage'),
    count(*) filter (where decision = 'accepted'),
    count(*) filter (where decision = 'rejected'),
    count(*) filter (where decision = 'withdrawn'),
    count(*) filter (where overdue),
    sum(needs_in_triage), sum(needs_rejected), sum(needs_withdrawn), sum(needs_matching), sum(needs_waiting),
    sum(needs_unplaced), sum(needs_held), sum(needs_placed), sum(needs_ended)
from fresh
group by kind, month, municipality, library_id, partner_id
on conflict (kind, month, municipality, library_id, partner_id) do update set
    referrals_in_triage = known.referrals_in_triage + excluded.referrals_in_triage,
    referrals_accepted = known.referrals_accepted + excluded.referrals_accepted,
    referrals_rejected = known.referrals_rejected + excluded.referrals_rejected,
    referrals_withdrawn = known.referrals_withdrawn + excluded.referrals_withdrawn,
    referrals_overdue = known.referrals_overdue + excluded.referrals_overdue,
    needs_in_triage = known.needs_in_triage + excluded.needs_in_triage,
    needs_rejected = known.needs_rejected + excluded.needs_rejected,
    needs_withdrawn = known.needs_withdrawn + excluded.needs_withdrawn,
    needs_matching = known.needs_matching + excluded.needs_matching,
    needs_waiting = known.needs_waiting + excluded.needs_waiting,
    needs_unplaced = known.needs_unplaced + excluded.needs_unplaced,
    needs_held = known.needs_held + excluded.needs_held,
    needs_placed = known.needs_placed + excluded.needs_placed,
    needs_ended = known.needs_ended + excluded.needs_ended;

-- name: see_who_roams
-- Who is counted in more than one cell of a kind is counted distinct when asked, everyone else by addition.
update counted set roams = now.roams
from (
    select person_id, kind, count(distinct (month, municipality, library_id, partner_id)) > 1 as roams
    from counted
    where person_id = any(%(persons)s::uuid[])
    group by person_id, kind
) as now
where (counted.person_id, counted.kind) = (now.person_id, now.kind) and counted.roams <> now.roams;

-- Answers.

-- name: aggregates
-- Sums by the asked dimensions in the order of their keys, where a dimension that was not asked is an empty text. Persons
-- are those who are counted in one cell only, by addition, and the roaming ones, each once.
with sums as (
    select
        case when %(by_month)s then to_char(month, 'YYYY-MM') else '' end collate "C" as month,
        case when %(by_municipality)s then municipality else '' end collate "C" as municipality,
        case when %(by_library)s then library_id::text else '' end collate "C" as library_id,
        case when %(by_partner)s then partner_id::text else '' end collate "C" as partner_id,
        case when %(by_kind)s then kind else '' end collate "C" as kind,
        sum(referrals_in_triage) as referrals_in_triage,
        sum(referrals_accepted) as referrals_accepted,
        sum(referrals_rejected) as referrals_rejected,
        sum(referrals_withdrawn) as referrals_withdrawn,
        sum(referrals_overdue) as referrals_overdue,
        sum(needs_in_triage) as needs_in_triage,
        sum(needs_rejected) as needs_rejected,
        sum(needs_withdrawn) as needs_withdrawn,
        sum(needs_matching) as needs_matching,
        sum(needs_waiting) as needs_waiting,
        sum(needs_unplaced) as needs_unplaced,
        sum(needs_held) as needs_held,
        sum(needs_placed) as needs_placed,
        sum(needs_ended) as needs_ended,
        sum(persons_here_only) as persons_here_only
    from cell
    where (kind = %(kind)s or (%(kind)s is null and kind <> 'any'))
        and (%(month)s::date is null or month = %(month)s)
        and (%(municipalities)s::text[] is null or municipality = any(%(municipalities)s))
        and (%(libraries)s::uuid[] is null or library_id = any(%(libraries)s::uuid[]))
        and (%(partner_id)s::uuid is null or partner_id = %(partner_id)s)
    group by 1, 2, 3, 4, 5
    having sum(referrals_in_triage + referrals_accepted + referrals_rejected + referrals_withdrawn) > 0
), page as (
    select * from sums
    where %(after)s is null or (month, municipality, library_id, partner_id, kind) > %(after)s
    order by month, municipality, library_id, partner_id, kind
    limit %(limit)s
), roaming as (
    -- Distinct first, then counted: both by hashing, which count(distinct …) would do by sorting.
    select month, municipality, library_id, partner_id, kind, count(*) as persons
    from (
        select distinct
            case when %(by_month)s then to_char(month, 'YYYY-MM') else '' end collate "C" as month,
            case when %(by_municipality)s then municipality else '' end collate "C" as municipality,
            case when %(by_library)s then library_id::text else '' end collate "C" as library_id,
            case when %(by_partner)s then partner_id::text else '' end collate "C" as partner_id,
            case when %(by_kind)s then kind else '' end collate "C" as kind,
            person_id
        from counted
        where roams
            and (kind = %(kind)s or (%(kind)s is null and kind <> 'any'))
            and (%(month)s::date is null or month = %(month)s)
            and (%(municipalities)s::text[] is null or municipality = any(%(municipalities)s))
            and (%(libraries)s::uuid[] is null or library_id = any(%(libraries)s::uuid[]))
            and (%(partner_id)s::uuid is null or partner_id = %(partner_id)s)
    ) as person
    group by month, municipality, library_id, partner_id, kind
)
select
    page.*,
    page.persons_here_only + coalesce(roaming.persons, 0) as persons,
    library.name as library_name,
    partner.name as partner_name
from page
left join roaming using (month, municipality, library_id, partner_id, kind)
left join library on library.library_id::text = page.library_id
left join partner on partner.partner_id::text = page.partner_id
order by page.month, page.municipality, page.library_id, page.partner_id, page.kind;

-- name: receipts
-- What was heard, subject by subject, so that it can be laid beside what each service says it told.
select source, subject, contiguous_to, beyond
from flow_receipt
where (%(after)s is null or (source, subject) > %(after)s)
    and (%(source)s is null or source = %(source)s)
    and (not %(gaps_only)s or beyond <> '{}')
order by source, subject
limit %(limit)s;
