"""What is sealed opens only with the same key, for the same purpose, in the same place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.sealing import Sealer, Unopenable

SEALER = Sealer(bytes(range(32)))
OTHER = Sealer(bytes(range(1, 33)))


@given(st.binary(max_size=2000), st.binary(max_size=50))
def test_it_opens_again(plain: bytes, context: bytes) -> None:
    sealed = SEALER.seal("a", plain, context)
    assert SEALER.unseal("a", sealed, context) == plain
    assert len(sealed) == len(plain) + 29


@pytest.mark.parametrize(
    ("sealer", "purpose", "context"), [(OTHER, "a", b"row-1"), (SEALER, "b", b"row-1"), (SEALER, "a", b"row-2")]
)
def test_with_anything_else_it_does_not(sealer: Sealer, purpose: str, context: bytes) -> None:
    sealed = SEALER.seal("a", b"plain", b"row-1")
    with pytest.raises(Unopenable):
        sealer.unseal(purpose, sealed, context)


@given(st.integers(0, 33), st.integers(1, 255))
def test_a_changed_byte_anywhere_is_noticed(position: int, change: int) -> None:
    sealed = bytearray(SEALER.seal("a", b"plain"))
    sealed[position] ^= change
    with pytest.raises(Unopenable):
        SEALER.unseal("a", bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 28, b"\x02" * 40])
def test_what_was_never_sealed_is_refused(sealed: bytes) -> None:
    with pytest.raises(Unopenable):
        SEALER.unseal("a", sealed)


def test_sealing_twice_gives_different_bytes() -> None:
    assert SEALER.seal("a", b"same") != SEALER.seal("a", b"same")


def test_a_data_key_opens_what_it_sealed_and_is_bound_to_its_owner() -> None:
    wrapped = SEALER.new_key(b"person-1")
    sealed = SEALER.under(wrapped, b"person-1").seal(b"Yasmin", b"given_name")
    assert SEALER.under(wrapped, b"person-1").unseal(sealed, b"given_name") == b"Yasmin"
    with pytest.raises(Unopenable):
        SEALER.under(wrapped, b"person-2")
    with pytest.raises(Unopenable):
        SEALER.under(SEALER.new_key(b"person-1"), b"person-1").unseal(sealed, b"given_name")


def test_a_blind_index_finds_the_same_text_and_tells_nothing_across_purposes_or_keys() -> None:
    index = SEALER.blind_index("email", "Yasmin@Example.org ")
    assert index == SEALER.blind_index("email", "yasmin@example.org")
    assert index != SEALER.blind_index("phone", "yasmin@example.org")
    assert index != OTHER.blind_index("email", "yasmin@example.org")
    assert len(index) == 32


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short")
