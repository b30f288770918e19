"""Files of referrals: reading them safely, recognising their columns, and making referrals of their rows (ADR 0011)."""
