"""The same path in the ordinary nameko way, to measure against. It loses events; bench/README.md says how."""
