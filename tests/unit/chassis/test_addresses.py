"""The addresses of a broker of several nodes."""

from __future__ import annotations

import pytest

from chassis import parsers
from chassis.addresses import Addresses, addresses
from chassis.topology import parameters

ONE, TWO, THREE = (f"amqp://meedoen:secret@{host}:5672/%2F" for host in ("one", "two", "three"))


def test_one_address_is_one_node() -> None:
    assert addresses(ONE) == [ONE]
    assert [Addresses(ONE).turn() for _ in range(2)] == [[ONE], [ONE]]


def test_blanks_and_an_end_without_address_are_no_nodes() -> None:
    assert addresses(f" {ONE} ;{TWO}; ") == [ONE, TWO]
    assert parsers.amqp_uri(f" {ONE} ; {TWO};") == f"{ONE};{TWO}"


def test_each_turn_begins_with_the_next_and_tries_all() -> None:
    found = Addresses(f"{ONE};{TWO};{THREE}")
    turns = [found.turn() for _ in range(3)]
    assert {turn[0] for turn in turns} == {ONE, TWO, THREE}
    assert all(sorted(turn) == sorted([ONE, TWO, THREE]) for turn in turns)
    assert found.turn() == turns[0]


def test_processes_spread_over_the_nodes() -> None:
    assert {Addresses(f"{ONE};{TWO}").turn()[0] for _ in range(100)} == {ONE, TWO}


@pytest.mark.parametrize("text", ["", ";", f"{ONE};http://two", f"{ONE};amqp:///vhost", "amqp://one;two"])
def test_each_must_be_an_address(text: str) -> None:
    with pytest.raises(ValueError, match="amqp"):
        parsers.amqp_uri(text)


def test_each_is_connected_to_as_ever() -> None:
    assert [parameters(address).host for address in addresses(f"{ONE};{TWO}")] == ["one", "two"]
