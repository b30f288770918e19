-- What was wrong in the rows of files goes with time, oldest first, and what the files were called.
create index referral_file_problem_by_age on intake.referral_file_problem (problem_id);
create index referral_file_with_name on intake.referral_file (finished_at) where sealed_name is not null;
