"""What is asked on a terminal: a real one, of which the test is the other end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import ROOT
from tests.cli.stand_in import make_model
from tests.makers import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.stand_in import StandIn

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")


class Terminal:
    """A process on a terminal of its own."""

    def __init__(self, *arguments: str | Path, module: str = "host.classify_cli") -> None:
        import fcntl
        import pty
        import struct
        import termios

        self._end, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        os.set_blocking(self._end, False)
        self._seen = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=ROOT,
            stdin=other,
            stdout=other,
            stderr=other,
            env={**os.environ, "TERM": "xterm"},
        )
        os.close(other)

    @property
    def text(self) -> str:
        """Everything that was shown so far."""
        with contextlib.suppress(OSError):
            while part := os.read(self._end, 65536):
                self._seen += part
        return self._seen.decode("utf-8", "replace")

    def wait_for(self, words: str) -> None:
        """Wait until some words are shown."""
        wait_until(lambda: words in self.text, f"{words!r} is shown; so far: {self.text}")

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._end, f"{line}\n".encode())

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        wait_until(lambda: (self.text, self.process.poll())[1] is not None, "it ends")
        return self.process.returncode

    def close(self) -> None:
        """Let go."""
        self.process.kill()
        self.process.wait()
        os.close(self._end)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Terminals that are closed in the end."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def _open(terminals: list[Terminal], *arguments: str | Path) -> Terminal:
    terminals.append(Terminal(*arguments))
    return terminals[-1]


def test_a_model_is_asked_for_with_the_installed_ones_first_and_one_recommended(
    daemon: StandIn, project: Path, terminals: list[Terminal]
) -> None:
    daemon.models = {
        "far": daemon.models["far"],
        "mini": daemon.models["mini"],
        "talker": daemon.models["talker"],
    }
    daemon.models["giant"] = make_model(
        "giant", installed=False, state="available", fits=False, reason="needs 90 GB of memory"
    )
    terminal = _open(terminals, "-i", project)
    terminal.wait_for("Number")
    offered = [line.strip() for line in terminal.text.splitlines() if line.strip()[:1].isdigit()]
    assert [line.split()[1] for line in offered] == ["mini", "talker", "far", "giant"]
    assert "installed" in offered[0]
    assert "to download, 85.8 MiB" in offered[2]
    assert "needs 90 GB of memory" in offered[3]
    assert "recommended" in offered[3]
    terminal.type("2")
    assert terminal.end() == 0
    assert "src/main.py" in terminal.text
    assert "confidence" in terminal.text
    assert {params for params, _ in daemon.asked} == set()
    assert daemon.batches


def test_a_large_download_is_asked_about_first(
    daemon: StandIn, project: Path, terminals: list[Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AI_HISTORY_OFFLINE")
    daemon.models["far"] = make_model("far", installed=False, state="available", size=2_000_000_000)
    terminal = _open(terminals, "-i", project, "--model=far")
    terminal.wait_for("Download 1.9 GiB?")
    terminal.type("n")
    assert terminal.end() == 1
    assert daemon.asked == []
    terminal = _open(terminals, "-i", project, "--model=far", "--yes")
    assert terminal.end() == 0
    assert "Download 1.9 GiB?" not in terminal.text
    assert len(daemon.asked) == 1


def test_progress_is_shown_on_a_terminal(daemon: StandIn, project: Path, terminals: list[Terminal]) -> None:
    (project / "[red]odd.py").write_text("x = 1", encoding="utf-8")
    terminal = _open(terminals, "-i", project, "--model=mini")
    assert terminal.end() == 0
    assert "Loading mini" in terminal.text
    assert "Classifying" in terminal.text
    assert "[red]odd.py" in terminal.text


def test_removing_asks_first(daemon: StandIn, terminals: list[Terminal]) -> None:
    terminal = _open(terminals, "model", "remove", "mini")
    terminal.wait_for("Remove mini (85.8 MiB)?")
    terminal.type("n")
    assert terminal.end() == 1
    assert daemon.asked == []
    terminal = _open(terminals, "model", "remove", "mini", "--yes")
    assert terminal.end() == 0
    assert len(daemon.asked) == 1
