"""The relay: carries a service's outbox to the broker. A process of its own, plain pika, no eventlet (ADR 0003).

`run` holds the lock and begins again after every trouble, `session` is one connection to the broker, `ledger` the
outbox as the relay sees it, `stopping` turns signals into something a loop can wait for.
"""
