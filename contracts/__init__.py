"""What the services say to each other: one file per publisher, one class per event and version.

Start at :mod:`contracts.catalogue` (who tells what, who hears it) and :mod:`contracts.envelope` (the form on the wire).
"""
