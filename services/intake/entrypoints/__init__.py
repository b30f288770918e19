"""What comes in from outside: HTTP, events and timers, one file per concept. Thin: the work is done below."""
