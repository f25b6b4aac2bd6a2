"""The program that a browser starts: a few lines that call the environment's Python.

A batch file on Windows, which browsers start through the command interpreter: an executable could not
carry `AI_HISTORY_HOME`, and a browser started from the desktop does not know that variable.
"""

from __future__ import annotations

import shlex
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[2] / "install"
POSIX_NAME, WINDOWS_NAME = "ai-history-host", "ai-history-host.bat"


def name_launcher(system: str) -> str:
    """The launcher's file name."""
    return WINDOWS_NAME if system == "win32" else POSIX_NAME


def write_launcher(system: str, python: Path, home: Path | None) -> bytes:
    """The launcher's contents.

    Args:
        system: as `sys.platform` says it.
        python: the environment's interpreter.
        home: the value of `AI_HISTORY_HOME` to use when the browser's environment has none.
    """
    if system == "win32":
        line = f'if not defined AI_HISTORY_HOME set "AI_HISTORY_HOME={_batch(home)}"\n' if home else ""
        text = _read("launcher.bat.in").replace("@HOME_LINES@", line).replace("@PYTHON@", _batch(python))
        return text.replace("\n", "\r\n").encode("utf-8")
    line = ""
    if home:
        line = (
            f'[ -n "$AI_HISTORY_HOME" ] || AI_HISTORY_HOME={shlex.quote(str(home))}\nexport AI_HISTORY_HOME\n'
        )
    text = _read("launcher.sh.in").replace("@HOME_LINES@", line)
    return text.replace("@PYTHON@", shlex.quote(str(python))).encode("utf-8")


def _batch(path: Path) -> str:
    """A path inside a batch file's quotes, where only the percent sign keeps its meaning."""
    return str(path).replace("%", "%%")


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
