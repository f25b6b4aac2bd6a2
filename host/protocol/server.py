"""The daemon's local socket: only this user may connect."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import struct
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from host.core.endpoint import info_path, socket_path
from host.protocol.connection import Connection, Pools
from host.version import VERSION

if TYPE_CHECKING:
    from host.core.paths import Paths
    from host.protocol.dispatch import Dispatcher

# Enough that a few slow requests never keep a keystroke waiting; each thread holds read connections.
HANDLER_THREADS = 6
# They mostly wait for their turn, behind a long change of the database it may be.
WRITE_HANDLER_THREADS = 6
# Downloads, loads and the like mostly wait; a terminal that classifies has a few under way.
LONG_HANDLER_THREADS = 16
_SECRET_BYTES = 32


class Server:
    """Listens, and serves each connection in a thread of its own."""

    def __init__(self, paths: Paths, dispatcher: Dispatcher) -> None:
        self._paths = paths
        self._dispatcher = dispatcher
        self._secret = secrets.token_bytes(_SECRET_BYTES)
        self._pools = Pools(
            ThreadPoolExecutor(HANDLER_THREADS, thread_name_prefix="handler"),
            ThreadPoolExecutor(WRITE_HANDLER_THREADS, thread_name_prefix="write-handler"),
            ThreadPoolExecutor(LONG_HANDLER_THREADS, thread_name_prefix="long-handler"),
        )
        self._connections: set[Connection] = set()
        self._lock = threading.Lock()
        self._idle_since = time.monotonic()
        self._closed = threading.Event()
        self._listener = self._listen()
        self._threads: set[threading.Thread] = set()
        self._accepting = threading.Thread(target=self._accept, name="accept", daemon=True)
        self._accepting.start()

    @property
    def connections(self) -> list[Connection]:
        """Those that are open now."""
        with self._lock:
            return list(self._connections)

    def idle_seconds(self) -> float:
        """For how long nothing has been connected."""
        with self._lock:
            return 0.0 if self._connections else time.monotonic() - self._idle_since

    def close(self) -> None:
        """Accept nobody more, finish what is under way, close every connection."""
        self._closed.set()
        # First of all, so that nobody who connects now takes us for a daemon that stays.
        with contextlib.suppress(OSError):
            info_path(self._paths).unlink()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(timeout=5.0)
        for connection in self.connections:
            connection.hang_up()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout=10.0)
        for pool in (self._pools.short, self._pools.writing, self._pools.long):
            pool.shutdown(wait=True, cancel_futures=True)
        path = socket_path(self._paths)
        with contextlib.suppress(OSError):
            path.unlink()
        if path.parent != self._paths.run:
            # The folder that stands in for one whose path is too long.
            with contextlib.suppress(OSError):
                path.parent.rmdir()

    def _listen(self) -> socket.socket:
        info: dict[str, object] = {"pid": os.getpid(), "version": VERSION}
        if sys.platform == "win32":
            listener = socket.create_server(("127.0.0.1", 0))
            self._write_info(info | {"port": listener.getsockname()[1], "secret": self._secret.hex()})
        else:
            self._write_info(info)
            path = socket_path(self._paths)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.parent.stat().st_uid != os.getuid():
                message = f"{path.parent} belongs to somebody else."
                raise PermissionError(message)
            # We hold the daemon's lock, so a socket that lies here is a dead daemon's.
            path.unlink(missing_ok=True)
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            before = os.umask(0o177)
            try:
                listener.bind(str(path))
            finally:
                os.umask(before)
            listener.listen(64)
        return listener

    def _write_info(self, info: dict[str, object]) -> None:
        temporary = info_path(self._paths).with_suffix(".tmp")
        temporary.write_text(json.dumps(info), encoding="utf-8")
        temporary.chmod(0o600)
        temporary.replace(info_path(self._paths))

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                channel, _ = self._listener.accept()
            except OSError:
                if self._closed.is_set():
                    return
                # Out of descriptors, most likely: others close theirs meanwhile.
                time.sleep(0.1)
                continue
            thread = threading.Thread(target=self._serve, args=(channel,), name="connection", daemon=True)
            with self._lock:
                self._threads.add(thread)
            thread.start()

    def _serve(self, channel: socket.socket) -> None:
        try:
            if not self._is_user(channel):
                channel.close()
                return
            connection = Connection(channel, self._dispatcher, self._pools)
            with self._lock:
                self._connections.add(connection)
            try:
                connection.serve()
            finally:
                with self._lock:
                    self._connections.discard(connection)
                    self._idle_since = time.monotonic()
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _is_user(self, channel: socket.socket) -> bool:
        if sys.platform == "win32":
            channel.settimeout(5.0)
            told = b""
            with contextlib.suppress(OSError):
                while len(told) < _SECRET_BYTES and (part := channel.recv(_SECRET_BYTES - len(told))):
                    told += part
            channel.settimeout(None)
            return hmac.compare_digest(told, self._secret)
        if hasattr(socket, "SO_PEERCRED"):
            found = channel.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return bool(struct.unpack("3i", found)[1] == os.getuid())
        return True
