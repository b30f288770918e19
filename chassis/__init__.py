"""How any service runs; knows no library words (the "microservice chassis" pattern)."""

from chassis.shims import quiet_eventlet

quiet_eventlet()
