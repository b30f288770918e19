"""Faults that happen to the whole platform under load, and the accounts of what came of them (ADR 0018).

One file `fNN_….py` for each number of docs/reference/faults.md; the framework is in `harness/`.
"""
