"""What people do about a referral, one file per concern; each works on a `Case`, whose row is locked (ADR 0023)."""
