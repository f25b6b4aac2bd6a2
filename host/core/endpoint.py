"""Where the daemon listens, and how to reach or start it. Standard library only: the bridge uses this."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.core.paths import HOME_VARIABLE, Paths, find_paths
from host.version import VERSION

if TYPE_CHECKING:
    import subprocess

# A Unix socket's address is a fixed field of 108 bytes on Linux and 104 on macOS.
_LONGEST_SOCKET_PATH = 100
START_TIMEOUT_S = 15.0
# A daemon that lost the race for the lock is given this long to turn out to be needed after all.
_RESTART_AFTER_S = 0.5
# How long one that takes no more connections may go on looking as if it did.
_ENDING_S = 1.0
_ROOT = Path(__file__).resolve().parents[2]


def socket_path(paths: Paths) -> Path:
    """The daemon's socket: in the run folder, or, when that path is too long, in a private folder of the
    system's temporary place that is named after it.
    """
    path = paths.run / "daemon.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    # Imported here and below, because a bridge whose daemon runs needs none of it and is waited for.
    import hashlib
    import tempfile

    digest = hashlib.sha256(os.fsencode(paths.run)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"ai-history-{_user()}-{digest}" / "daemon.sock"


def info_path(paths: Paths) -> Path:
    """The file in which a running daemon states its process, version and (on Windows) its address."""
    return paths.run / "daemon.json"


def read_info(paths: Paths) -> dict[str, Any]:
    """What the running daemon says of itself; empty when there is none."""
    try:
        loaded = json.loads(info_path(paths).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def connect(paths: Paths) -> socket.socket | None:
    """A connection to the running daemon, or None when there is none."""
    if sys.platform == "win32":
        return _connect_windows(paths)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path = socket_path(paths)
    try:
        # The temporary place is everybody's: somebody else may have made a folder of this name first.
        if path.parent.stat().st_uid != os.getuid():
            connection.close()
            return None
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection


def connect_or_start(paths: Paths | None = None, *, timeout_s: float = START_TIMEOUT_S) -> socket.socket:
    """A connection to the daemon, started when none runs, and replaced when it is older than we are.

    Args:
        paths: the installation; by default the one in force.
        timeout_s: how long a daemon may take to come up.

    Raises:
        ConnectionError: none could be started; the message says where its log is.
    """
    paths = paths or find_paths()
    deadline = time.monotonic() + timeout_s
    connection = _connect_to_current(paths, deadline)
    if connection is not None:
        return connection
    started = start_daemon(paths)
    started_at = time.monotonic()
    pause = 0.005
    while time.monotonic() < deadline:
        connection = connect(paths)
        if connection is not None:
            return connection
        ended = started.poll()
        if ended:
            break
        if ended == 0 and time.monotonic() - started_at > _RESTART_AFTER_S:
            # It found the lock taken: by another that starts, or by one that is still on its way out.
            started, started_at = start_daemon(paths), time.monotonic()
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    message = f"The AI History daemon did not start. Its log: {paths.log / 'daemon.log'}"
    raise ConnectionError(message)


def _connect_to_current(paths: Paths, deadline: float) -> socket.socket | None:
    """A connection to a daemon that is not older than we are; an older one is gone when this returns None."""
    connection = connect(paths)
    if connection is None:
        return None
    version = read_info(paths).get("version")
    if version is None:
        # It takes its note away first when it ends, and writes it first when it begins.
        connection.close()
        _wait_until_gone(paths, min(deadline, time.monotonic() + _ENDING_S))
        return None
    if not _is_older(str(version), VERSION):
        return connection
    _ask_to_step_down(connection)
    _wait_until_gone(paths, deadline)
    return None


def start_daemon(paths: Paths) -> subprocess.Popen[bytes]:
    """Start a daemon that outlives us. When another one won the race for the lock, it ends with code 0."""
    import subprocess

    paths.create()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CHROME_")}
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (str(_ROOT), environment.get("PYTHONPATH")) if part
    )
    # glibc keeps a heap for each thread otherwise, and a handler's garbage in each: a third of the memory.
    environment.setdefault("MALLOC_ARENA_MAX", "2")
    if HOME_VARIABLE in environment:
        # It runs in another folder than we do.
        environment[HOME_VARIABLE] = str(Path(environment[HOME_VARIABLE]).expanduser().absolute())
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": 0x00000008 | 0x00000200}  # DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
    with (paths.log / "daemon.log").open("ab") as log:
        return subprocess.Popen(
            [_interpreter(), "-m", "host.daemon"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=str(paths.run),
            env=environment,
            close_fds=True,
            **options,
        )


def _interpreter() -> str:
    """The Python that has our dependencies: ours, or that of the environment beside the package."""
    if sys.prefix != sys.base_prefix:
        return sys.executable
    for candidate in (_ROOT / ".venv" / "bin" / "python", _ROOT / ".venv" / "Scripts" / "python.exe"):
        if candidate.exists():
            return str(candidate)
    return sys.executable


def _is_older(version: str, than: str) -> bool:
    def parts(text: str) -> list[int]:
        return [int(part) if part.isdigit() else 0 for part in text.split(".")]

    return parts(version) < parts(than)


def _ask_to_step_down(connection: socket.socket) -> None:
    body = json.dumps({"jsonrpc": "2.0", "method": "daemon.stop", "params": {"reason": "upgrade"}}).encode()
    # It closes the connection when it has heard us, or is ending already.
    with connection, contextlib.suppress(OSError):
        connection.settimeout(5.0)
        connection.sendall(len(body).to_bytes(4, sys.byteorder) + body)
        while connection.recv(65536):
            pass


def _wait_until_gone(paths: Paths, deadline: float) -> None:
    while time.monotonic() < deadline:
        connection = connect(paths)
        if connection is None:
            return
        connection.close()
        time.sleep(0.02)


def _connect_windows(paths: Paths) -> socket.socket | None:
    """Windows has no Unix sockets in Python: a loopback port, and a secret that only the user can read."""
    info = read_info(paths)
    if not {"port", "secret"} <= info.keys():
        return None
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        connection.connect(("127.0.0.1", int(info["port"])))
        connection.sendall(bytes.fromhex(str(info["secret"])))
    except OSError:
        connection.close()
        return None
    return connection


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else "user"
