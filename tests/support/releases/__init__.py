"""Releases of Meedoen that come after this one: the same source with a second version of a heavily used event.

`accepted` declares it, `tree` makes the whole source of such a release, as a developer would have changed it.
"""
