from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import InvalidInput
from host.upkeep.passphrases import (
    MOST_WORK,
    is_checked,
    make_check,
    read_spelled_key,
    spell_key,
    unwrap_key,
    wrap_key,
)

KEY = bytes(range(32))
QUICK = 1 << 4


def test_only_the_passphrase_opens_what_it_wrapped() -> None:
    wrapped = wrap_key(KEY, "correct horse", QUICK)
    assert unwrap_key(wrapped, "correct horse") == KEY
    assert unwrap_key(wrapped, "correct horse ") is None
    assert unwrap_key(wrapped, "") is None


def test_nothing_of_the_key_can_be_read_from_what_is_stored() -> None:
    wrapped = wrap_key(KEY, "correct horse", QUICK)
    again = wrap_key(KEY, "correct horse", QUICK)
    assert KEY[:8] not in wrapped.sealed
    # The same key and passphrase look different each time.
    assert {wrapped.salt, wrapped.nonce, wrapped.sealed}.isdisjoint({again.salt, again.nonce, again.sealed})


def test_a_passphrase_typed_on_another_keyboard_is_the_same() -> None:
    composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"
    assert unwrap_key(wrap_key(KEY, composed, QUICK), decomposed) == KEY


def test_what_was_changed_in_the_file_does_not_open() -> None:
    wrapped = wrap_key(KEY, "correct horse", QUICK)
    changed = replace(wrapped, sealed=bytes([wrapped.sealed[0] ^ 1]) + wrapped.sealed[1:])
    assert unwrap_key(changed, "correct horse") is None


@pytest.mark.parametrize("work", [0, 1, 3, MOST_WORK * 2, -8])
def test_a_forged_file_cannot_ask_for_all_memory(work: int) -> None:
    wrapped = replace(wrap_key(KEY, "correct horse", QUICK), work=work)
    with pytest.raises(InvalidInput):
        unwrap_key(wrapped, "correct horse")


@given(st.binary(min_size=32, max_size=32))
def test_every_key_can_be_written_down_and_typed_again(key: bytes) -> None:
    spelled = spell_key(key)
    assert len(spelled.split("-")) == 13
    assert read_spelled_key(spelled) == key
    assert read_spelled_key(spelled.lower().replace("-", " ")) == key
    assert read_spelled_key(spelled.replace("O", "0").replace("I", "1").replace("B", "8")) == key


@pytest.mark.parametrize("text", ["", "correct horse", "ABCD-EFGH", "A" * 51, "A" * 60, "é" * 52])
def test_other_words_are_no_key(text: str) -> None:
    assert read_spelled_key(text) is None


def test_a_key_is_known_by_its_mark() -> None:
    assert is_checked(KEY, make_check(KEY))
    assert not is_checked(KEY[::-1], make_check(KEY))
