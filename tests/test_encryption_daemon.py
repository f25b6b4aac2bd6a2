"""Encryption in real processes: started anew, killed in the middle, asked on the command line."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from host.cli import main as history_main
from host.core.paths import HOME_VARIABLE
from host.storage.encryption import is_clear, looks_encrypted
from tests.makers import NOON
from tests.processes import Installation
from tests.upkeep.keyring_backends import FILE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these kill processes")

WORD = "Zwetschgenknoedel"
PASSPHRASE = "correct horse battery"  # noqa: S105 - of tests
MANY = 8_000


@pytest.fixture
def installation(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """An installation with a keyring of its own, in which nothing runs yet."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.upkeep.keyring_backends.FileBackend")
    monkeypatch.setenv(FILE_VARIABLE, str(short_path / "keyring.json"))
    monkeypatch.setenv(HOME_VARIABLE, str(short_path))
    made = Installation(short_path)
    yield made
    made.close()


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `ai-history encryption` with a line on its standard input."""

    def call(*arguments: str, line: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ai-history", "encryption", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(line + "\n"))
        with pytest.raises(SystemExit) as ended:
            history_main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return call


def _fill(installation: Installation, count: int) -> None:
    items = [
        {"url": f"https://{n}.example/", "title": f"{WORD} {n}", "last_visit_at": NOON, "visit_count": 1}
        for n in range(count)
    ]
    installation.connect().call("pages.import", items=items)


def _find_word(installation: Installation) -> list[str]:
    mark = WORD.encode()
    files = [file for file in installation.home.rglob("*") if file.is_file()]
    return [file.name for file in files if mark.lower() in file.read_bytes().lower()]


def test_a_kill_in_the_middle_of_encrypting_leaves_a_whole_history(installation: Installation) -> None:
    installation.start_daemon()
    _fill(installation, MANY)
    wire = installation.connect()
    wire.begin("encryption.enable")
    first = wire.others.get(timeout=20)
    assert first["params"]["value"]["share"] < 1
    installation.kill_daemon()
    installation.disconnect()
    database = installation.paths.database("tester")
    assert is_clear(database) or looks_encrypted(database)
    installation.start_daemon()
    wire = installation.connect()
    assert wire.call("store.stats")["pages"] == MANY
    # Nothing half made is left, and it goes through when it is asked for again.
    assert not list(database.parent.glob("recovery-*"))
    assert wire.call("encryption.enable")["state"]["encrypted"]
    assert wire.call("store.stats")["pages"] == MANY
    assert _find_word(installation) == []
    installation.kill_daemon()
    installation.disconnect()
    assert _find_word(installation) == []
    installation.start_daemon()
    # The keyring has the key, so nobody is asked anything.
    assert installation.connect().call("store.stats")["pages"] == MANY


def test_in_the_terminal_it_is_encrypted_unlocked_and_decrypted(
    installation: Installation, run: Callable[..., tuple[int, str, str]]
) -> None:
    installation.start_daemon()
    _fill(installation, 5)
    assert run("status")[1] == "The history is not encrypted.\n"
    code, _, err = run("enable", "--passphrase", line="short")
    assert (code, "characters" in err) == (2, True)
    assert run("enable", "--passphrase", line="")[0] == 2
    code, out, _ = run("enable", "--passphrase", line=PASSPHRASE)
    assert code == 0
    assert "a passphrase guards its key" in out
    assert PASSPHRASE not in out
    assert _find_word(installation) == []

    installation.kill_daemon()
    installation.disconnect()
    installation.start_daemon()
    assert "locked" in run("status")[1]
    code, _, err = run("unlock", line="incorrect horse")
    assert (code, "not the passphrase" in err) == (1, True)
    assert run("unlock", line=PASSPHRASE)[0] == 0
    assert installation.connect().call("store.stats")["pages"] == 5

    # From the passphrase to the keyring: the recovery key is shown.
    code, _, err = run("enable", line="incorrect horse")
    assert (code, "not the passphrase" in err) == (1, True)
    assert "Recovery key" in run("enable", line=PASSPHRASE)[1]
    assert "keyring" in run("status")[1]
    code, out, _ = run("disable")
    assert (code, out) == (0, "The history is not encrypted.\n")
    assert installation.connect().call("store.stats")["pages"] == 5


def test_no_log_holds_a_passphrase_or_a_key(installation: Installation) -> None:
    installation.start_daemon()
    _fill(installation, 5)
    wire = installation.connect()
    recovery_key = wire.call("encryption.enable")["recovery_key"]
    wire.call("encryption.enable", passphrase=PASSPHRASE)
    wire.ask("encryption.unlock", passphrase="incorrect horse")  # noqa: S106 - of tests
    logs = "".join(file.read_text(encoding="utf-8") for file in installation.paths.log.rglob("*.log"))
    assert "encrypted" in logs
    for secret in (PASSPHRASE, "incorrect horse", recovery_key, recovery_key.replace("-", "")):
        assert secret not in logs
