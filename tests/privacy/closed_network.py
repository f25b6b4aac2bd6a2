"""An installation whose processes can reach nothing but this computer, and a list of what they tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.processes import Installation

_GUARD = Path(__file__).parent / "guard"
LOG_VARIABLE = "AI_HISTORY_TEST_NETWORK_LOG"
_OFFLINE = ("AI_HISTORY_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def build_shim(folder: Path) -> Path | None:
    """Compile what refuses native code its sockets; None where that cannot be done or loaded."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    shim = folder / "guard.so"
    source = str(_GUARD / "guard.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(shim), source, "-ldl"], check=True)
    return shim


class ClosedInstallation(Installation):
    """Processes that are refused every socket beyond loopback, and told nothing of being offline.

    Attributes:
        log: a line for each process that is guarded, and for each try.
        shim: what guards native code, where there is a compiler (Linux).
    """

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.log = home / "network.log"
        self.shim = build_shim(home)

    @property
    def environment(self) -> dict[str, str]:
        """With the guard, and without what would keep a library from trying."""
        found = {name: value for name, value in super().environment.items() if name not in _OFFLINE}
        found["PYTHONPATH"] = os.pathsep.join((str(_GUARD), found["PYTHONPATH"]))
        found[LOG_VARIABLE] = str(self.log)
        if self.shim is not None:
            found["LD_PRELOAD"] = str(self.shim)
        return found

    @property
    def tries(self) -> list[str]:
        """What was tried and refused."""
        return [line for line in self._lines() if " tried " in line]

    @property
    def guarded(self) -> str:
        """The command lines of the guarded processes."""
        return "\n".join(line for line in self._lines() if line.startswith("guarded "))

    def run(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run some Python in a process of this installation."""
        return subprocess.run(
            [sys.executable, "-c", code], env=self.environment, capture_output=True, text=True, check=False
        )

    def _lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
