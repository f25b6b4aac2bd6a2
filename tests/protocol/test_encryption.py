"""Encryption over the wire: what a page is told, and what a locked history answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import keyring
import pytest

from host.protocol.dispatch import Session
from host.protocol.handlers.encryption import tell_opened
from tests.makers import NOON
from tests.upkeep.keyring_backends import MemoryBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.core.paths import Paths
    from host.history.profiles import Profiles
    from host.protocol.handlers.services import Services
    from tests.wire import Wire

PASSPHRASE = "correct horse battery"  # noqa: S105 - of tests


@pytest.fixture(autouse=True)
def backend(monkeypatch: pytest.MonkeyPatch) -> MemoryBackend:
    """The system's keyring."""
    made = MemoryBackend()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    return made


def _lock(services: Services) -> None:
    """As after a start: nothing is open, and no key in memory."""
    profiles = services.profiles
    for profile in profiles.opened():
        services.encryption._keys._held.pop(profile.database.path)
        profile.database.close()
    profiles._open.clear()


def _visit(wire: Wire, name: str) -> dict[str, object]:
    return wire.ask("pages.visit", url=f"https://{name}.example/", visited_at=NOON)


def test_a_page_can_encrypt_and_decrypt_and_is_told_how_far_it_is(wire: Wire) -> None:
    assert wire.call("encryption.state") == {
        "encrypted": False,
        "locked": False,
        "key_in": None,
        "keyring": "Test keyring",
        "clear_backups": 0,
    }
    _visit(wire, "a")
    done = wire.call("encryption.enable")
    assert done["state"]["encrypted"]
    assert done["state"]["key_in"] == "keyring"
    assert len(done["recovery_key"]) == 64
    messages = [wire.others.get_nowait() for _ in range(wire.others.qsize())]
    shares = [m["params"]["value"]["share"] for m in messages if m["method"] == "$/progress"]
    assert shares[-1] == 1
    assert "encryption.changed" in [m["method"] for m in messages]
    assert wire.call("store.stats")["pages"] == 1
    # The recovery key is told once.
    assert done["recovery_key"] not in json.dumps(wire.call("encryption.state"))
    assert wire.call("encryption.disable")["state"]["encrypted"] is False
    assert wire.call("store.stats")["pages"] == 1


def test_a_locked_history_answers_hello_and_says_of_all_else_that_it_is_locked(
    services: tuple[Services, object], connect: Callable[[], Wire], wire: Wire
) -> None:
    _visit(wire, "a")
    wire.call("encryption.enable", passphrase=PASSPHRASE)
    _lock(services[0])
    other = connect()
    hello = other.hello()
    assert hello["database"]["locked"] is True
    assert "encryption.unlock" in hello["capabilities"]
    for method, params in (
        ("pages.visit", {"url": "https://b.example/", "visited_at": NOON}),
        ("search.query", {"query": "a"}),
        ("settings.get", {}),
        ("store.stats", {}),
    ):
        error = other.ask(method, **params)["error"]
        assert error["data"]["kind"] == "database_locked", method
        assert error["code"] == -32014
        assert "unlock" in error["data"]["fix"]
    failed = [check for check in other.call("doctor")["checks"] if not check["ok"]]
    assert [check["name"] for check in failed] == ["Database"]
    assert other.call("encryption.state")["locked"] is True


def test_the_passphrase_opens_it_for_every_page_at_once(
    services: tuple[Services, object], connect: Callable[[], Wire], wire: Wire
) -> None:
    _visit(wire, "a")
    wire.call("encryption.enable", passphrase=PASSPHRASE)
    _lock(services[0])
    other = connect()
    other.hello()
    wrong = other.ask("encryption.unlock", passphrase="incorrect horse")  # noqa: S106 - of tests
    assert wrong["error"]["data"]["kind"] == "invalid_input"
    assert wire.ask("store.stats")["error"]["data"]["kind"] == "database_locked"
    while wire.others.qsize():
        wire.others.get_nowait()
    assert other.call("encryption.unlock", passphrase=PASSPHRASE)["locked"] is False
    assert wire.call("store.stats")["pages"] == 1
    told = [wire.others.get_nowait() for _ in range(wire.others.qsize())]
    assert {"encrypted": True, "locked": False} in [message["params"] for message in told]


def test_whoever_met_it_locked_is_told_when_it_opens_by_itself(profiles: Profiles) -> None:
    """As when the keyring answers only after a while."""
    told: list[tuple[str, dict[str, Any]]] = []
    sessions = [
        Session(profile_id="tester", notify=lambda method, params: told.append((method, params))),
        Session(profile_id="other", notify=lambda *_: told.append(("another's", {}))),
    ]
    profile = profiles.open("tester")
    tell_opened(sessions, profile)
    assert told == []
    profile.database.key = bytes(32)
    tell_opened(sessions, profile)
    assert told == [("encryption.changed", {"encrypted": True, "locked": False})]
    profile.database.key = None


def test_a_passphrase_that_is_too_short_is_refused_before_anything_is_written(
    wire: Wire, home: Paths
) -> None:
    answer = wire.ask("encryption.enable", passphrase="short")  # noqa: S106 - of tests
    assert answer["error"]["code"] == -32602
    assert not list(home.data.rglob("*.key.json"))


def test_no_passphrase_and_no_key_reaches_the_log_of_statements(
    services: tuple[Services, object], wire: Wire
) -> None:
    log = services[0].profiles.open("tester").database.statements
    log.keep_values()
    done = wire.call("encryption.enable")
    wire.call("store.stats")
    seen = repr([(entry.sql, entry.values) for entry in log.read()])
    assert "pages" in seen
    assert "hexkey" not in seen.lower()
    assert done["recovery_key"].replace("-", "") not in seen


def test_whatever_is_done_with_the_whole_of_it_an_encrypted_history_stays_encrypted(
    wire: Wire, home: Paths
) -> None:
    word = "Zwetschgenknoedel"
    wire.call("pages.visit", url="https://a.example/", title=word, visited_at=NOON)
    count = "SELECT count(*) FROM pages"
    assert wire.call("sql.run", sql=count)["rows"] == [[1]]
    wire.call("encryption.enable")

    def stays(pages: int) -> None:
        assert wire.call("store.stats")["pages"] == pages
        assert wire.call("sql.run", sql=count)["rows"] == [[pages]]
        files = [file for file in home.data.rglob("*") if file.is_file()]
        assert [file.name for file in files if word.lower().encode() in file.read_bytes().lower()] == []

    stays(1)
    backup = wire.call("store.backup")["backup"]["name"]
    stays(1)
    wire.call("pages.visit", url="https://b.example/", title=word, visited_at=NOON)
    assert wire.call("store.check")["ok"]
    wire.call("store.vacuum")
    stays(2)
    wire.call("store.restore", name=backup)
    stays(1)
    wire.call("store.clear")
    stays(0)
    assert wire.call("encryption.state")["encrypted"]
    wire.call("encryption.disable")
    assert wire.call("sql.run", sql=count)["rows"] == [[0]]
