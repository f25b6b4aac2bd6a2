from __future__ import annotations

import os
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring

from host.core.errors import StorageError
from host.upkeep.keyrings import Keyring, SystemKeyring
from tests.upkeep.keyring_backends import MemoryBackend
from tests.upkeep.memory_keyring import MemoryKeyring

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

KEY = bytes(range(32))


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> MemoryBackend:
    """What the `keyring` library finds on this system."""
    made = MemoryBackend()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    return made


@pytest.fixture(params=["system", "stand-in"])
def kept_in(request: pytest.FixtureRequest, backend: MemoryBackend) -> Keyring:
    return SystemKeyring() if request.param == "system" and backend else MemoryKeyring()


def test_a_key_is_found_again_until_it_is_dropped(kept_in: Keyring) -> None:
    assert kept_in.find_name()
    assert kept_in.read("a") is None
    kept_in.store("a", KEY)
    kept_in.store("b", KEY[::-1])
    assert kept_in.read("a") == KEY
    kept_in.drop("a")
    assert kept_in.read("a") is None
    assert kept_in.read("b") == KEY[::-1]
    kept_in.drop("a")


@pytest.mark.parametrize("which", ["system", "stand-in"])
def test_without_a_real_keyring_nothing_is_kept(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", FailKeyring)
    none: Keyring = SystemKeyring() if which == "system" else MemoryKeyring(None)
    assert none.find_name() is None
    with pytest.raises(StorageError):
        none.store("a", KEY)
    assert none.read("a") is None
    none.drop("a")


class _PlainFile(MemoryBackend):
    """As weak as one that keeps passwords in a file in clear; the library gives those less than 1."""

    priority = 0.5  # type: ignore[assignment]


@pytest.mark.parametrize("weak", [NullKeyring, FailKeyring, _PlainFile])
def test_a_keyring_that_keeps_nothing_safely_does_not_count(
    weak: type[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", weak)
    assert SystemKeyring().find_name() is None


def test_among_several_the_first_real_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    real = MemoryBackend()
    monkeypatch.setattr(ChainerBackend, "backends", [_PlainFile(), real])
    monkeypatch.setattr(keyring, "get_keyring", ChainerBackend)
    SystemKeyring().store("a", KEY)
    assert list(real.kept.values()) == [KEY.hex()]


def test_a_keyring_that_forgets_at_once_has_not_kept_the_key(backend: MemoryBackend) -> None:
    backend.forgets = True
    with pytest.raises(StorageError):
        SystemKeyring().store("a", KEY)


def test_a_keyring_that_fails_is_as_good_as_none(backend: MemoryBackend) -> None:
    SystemKeyring().store("a", KEY)
    backend.refuses = True
    assert SystemKeyring().read("a") is None


def test_a_keyring_that_hangs_is_waited_for_only_so_long_and_never_asked_twice(
    backend: MemoryBackend,
) -> None:
    kept_in = SystemKeyring(read_s=0.05)
    kept_in.store("a", KEY)
    backend.answers.clear()
    before = backend.questions
    assert kept_in.read("a") is None
    assert kept_in.read("a") is None
    assert backend.questions == before + 1
    backend.answers.set()
    # Its owner has answered at last.
    assert SystemKeyring.read(_patient(kept_in), "a") == KEY


def test_what_stands_for_a_key_and_is_none_is_not_taken(backend: MemoryBackend) -> None:
    kept_in = SystemKeyring()
    kept_in.store("a", KEY)
    for place in backend.kept:
        backend.kept[place] = "not a key" + os.sep
    assert kept_in.read("a") is None


def _patient(kept_in: SystemKeyring) -> SystemKeyring:
    kept_in._read_s = 20.0
    return kept_in
