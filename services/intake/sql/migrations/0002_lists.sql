-- What coordinators look for most: referrals of their library that wait for them.
create index referral_to_decide on intake.referral (library_id, received_at desc, referral_id desc) where status = 'requested';

-- Those that no library has, for whoever may take them: few among very many.
create index referral_unrouted_by_id on intake.referral (referral_id) where library_id is null;
