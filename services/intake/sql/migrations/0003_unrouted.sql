-- The same answer from one look at the routing table instead of one per referral, and with it the referrals themselves.
drop function intake.unrouted_for(uuid[]);
create function intake.unrouted_for(libraries uuid[]) returns setof intake.referral language sql stable as $$
    with area as materialized (
        select coalesce(array_agg(distinct municipality), '{}') as codes
        from intake.served_area where library_id = any(libraries)
    )
    select r.*
    from area, intake.referral r
    join intake.partner p using (partner_id)
    where r.library_id is null
      and (r.municipality = any(area.codes) or p.municipalities && area.codes or cardinality(p.municipalities) = 0)
$$;
