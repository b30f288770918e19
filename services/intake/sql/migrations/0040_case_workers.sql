-- What case workers look for: their own reference, and what asks for an answer of theirs.
alter table intake.referral add column reference_index bytea;
comment on column intake.referral.reference_index is 'Keyed blind index of the partner''s own reference; goes when the person is erased.';
create index referral_by_reference on intake.referral (partner_id, reference_index, received_at desc, referral_id desc)
    where reference_index is not null;
create index referral_asked on intake.referral (partner_id, received_at desc, referral_id desc) where question_id is not null;

-- The first meeting of a place has begun, as a rule found; whether anyone came is another matter.
alter table intake.need_place add column started_at timestamptz;
create index need_place_to_start on intake.need_place (starts_at) where what = 'enrolled' and started_at is null;
