"""The rules of planning and placing, pure: no database, no broker, no clock of their own.

- :mod:`.series`: local dates and a rule become sessions
- :mod:`.matching`: does this activity suit this need, and if not, what does it lack
- :mod:`.placing`: who gets which place, and who waits
- :mod:`.answers`: what a participant's yes or no does to a place
"""
