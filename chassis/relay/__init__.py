"""The relay: carries a service's outbox to the broker. A process of its own, plain pika, no eventlet (ADR 0003).

`run` holds the lock and begins again after every trouble; `session` is the work on one connection, `link` that
connection, `declaring` the topology on it, `window` what is not yet confirmed; `ledger` is the outbox as the relay sees
it; `stopping` turns signals into something a loop can wait for; `monitor` answers health and metrics.
"""
