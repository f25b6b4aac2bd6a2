"""An installation with real processes: daemons, bridges, and what is left of them afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from host.core.endpoint import connect, read_info, socket_path
from host.core.origins import ALLOWED_ORIGINS
from host.core.paths import HOME_VARIABLE, find_paths
from tests.makers import WAIT_S, wait_until
from tests.wire import Wire

if TYPE_CHECKING:
    import socket

    from host.core.paths import Paths

ROOT = Path(__file__).resolve().parents[1]


class Bridge:
    """What a browser starts: a process whose pipes carry the wire."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self.wire = Wire(process.stdout, self._send)  # type: ignore[arg-type]

    def close_input(self) -> None:
        """Close the pipe, as a browser does that ends."""
        with contextlib.suppress(OSError):
            self._stdin.close()

    def wait(self) -> int:
        """The exit code."""
        return self.process.wait(WAIT_S)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self.close_input()
        self.process.kill()
        self.process.wait()
        self.wire.join()
        self._stdout.close()

    def _send(self, data: bytes) -> None:
        self._stdin.write(data)
        self._stdin.flush()


class Installation:
    """A home of its own, and the processes that live in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._bridges: list[Bridge] = []
        self._daemons: list[subprocess.Popen[bytes]] = []
        self._channels: list[tuple[socket.socket, Wire]] = []

    @property
    def environment(self) -> dict[str, str]:
        """Of every process here."""
        path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH")) if part)
        return os.environ | {HOME_VARIABLE: str(self.home), "PYTHONPATH": path, "AI_HISTORY_OFFLINE": "1"}

    @property
    def paths(self) -> Paths:
        """Where its files lie."""
        before = os.environ.get(HOME_VARIABLE)
        os.environ[HOME_VARIABLE] = str(self.home)
        try:
            return find_paths()
        finally:
            if before is None:
                del os.environ[HOME_VARIABLE]
            else:
                os.environ[HOME_VARIABLE] = before

    def start_bridge(self, *arguments: str, cwd: Path | None = None) -> Bridge:
        """Start a bridge as a browser does, by default with the origin of our extension."""
        process = subprocess.Popen(
            [sys.executable, "-m", "host", *(arguments or ALLOWED_ORIGINS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.environment,
            cwd=cwd,
        )
        bridge = Bridge(process)
        self._bridges.append(bridge)
        return bridge

    def begin_daemon(self, *overrides: str) -> subprocess.Popen[bytes]:
        """Start a daemon; `overrides` are those of `tests.patched_daemon`."""
        self.paths.create()
        module = ["-m", "tests.patched_daemon", *overrides] if overrides else ["-m", "host.daemon"]
        with (self.paths.log / "daemon.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *module],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._daemons.append(process)
        return process

    def start_daemon(self, *overrides: str) -> subprocess.Popen[bytes]:
        """Start a daemon and wait until it listens."""
        process = self.begin_daemon(*overrides)
        wait_until(lambda: self.reachable() and read_info(self.paths).get("pid") == process.pid, "it listens")
        return process

    def connect(self, profile_id: str | None = "tester") -> Wire:
        """Connect to the daemon that runs and say hello, unless `profile_id` is None."""
        channel = connect(self.paths)
        assert channel is not None
        wire = Wire(channel.makefile("rb"), channel.sendall)
        self._channels.append((channel, wire))
        if profile_id is not None:
            wire.hello(profile_id)
        return wire

    def disconnect(self) -> None:
        """Close every connection of `connect`."""
        import socket

        channels, self._channels = self._channels, []
        for channel, wire in channels:
            with contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)
            wire.join()
            wire.close()
            channel.close()

    def reachable(self) -> bool:
        """Whether a daemon listens."""
        channel = connect(self.paths)
        if channel is not None:
            channel.close()
        return channel is not None

    def processes(self, module: str) -> list[psutil.Process]:
        """Those of this home that run `python -m module`."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if module in process.cmdline() and self._is_ours(process) and not has_ended(process):
                    found.append(process)
        return found

    def kill_daemon(self) -> None:
        """Kill the daemon without warning, and wait until it is gone."""
        pid = int(read_info(self.paths)["pid"])
        process = psutil.Process(pid)
        assert self._is_ours(process)
        process.kill()
        for started in self._daemons:
            if started.pid == pid:
                started.wait()
        wait_until(lambda: has_ended(process), "the daemon is gone")

    def close(self) -> None:
        """End everything that lives in this home."""
        self.disconnect()
        for bridge in self._bridges:
            bridge.close()
        ours = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if self._is_ours(process):
                    process.kill()
                    ours.append(process)
        for started in self._daemons:
            started.wait(WAIT_S)
        wait_until(lambda: all(has_ended(process) for process in ours), "everything has ended")
        socket_folder = socket_path(self.paths).parent
        if socket_folder != self.paths.run:
            shutil.rmtree(socket_folder, ignore_errors=True)

    def _is_ours(self, process: psutil.Process) -> bool:
        return process.pid != os.getpid() and process.environ().get(HOME_VARIABLE) == str(self.home)


def has_ended(process: psutil.Process) -> bool:
    """Whether a process is gone, or is only waiting for somebody to ask how it ended."""
    try:
        return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True
