"""The demo: invented libraries, partners and files, taken through the running platform over its own HTTP APIs."""
