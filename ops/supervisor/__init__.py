"""Runs all processes of a local installation: starts them in order by health, restarts what dies, stops in order.

One supervisor per `var` directory. `python -m ops.supervisor VAR` is its process; it tells how things are in
`VAR/supervisor.json`, which `meedoen up` and `meedoen status` read.
"""
