"""The fixtures themselves: each test gets a database and a vhost of its own."""

from __future__ import annotations

from contextlib import closing

import pika
import psycopg2


def test_database_is_empty_and_ours(database: str) -> None:
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert cursor.fetchone() == (0,)


def test_vhost_takes_our_user(amqp_uri: str) -> None:
    with closing(pika.BlockingConnection(pika.URLParameters(amqp_uri))) as connection:
        assert connection.channel().queue_declare("", exclusive=True).method.queue
