"""Refuses and writes down every try of a Python process to reach beyond this computer.

Python imports a module of this name by itself when its folder is on PYTHONPATH; so does every child process.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

_LOG = os.environ.get("AI_HISTORY_TEST_NETWORK_LOG")
_NAMES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_ADDRESSES = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"}
_LOCAL = {"", "localhost", "localhost.localdomain", "ip6-localhost"}


def _is_local(host: object) -> bool:
    name = host.decode("utf-8", "replace") if isinstance(host, bytes) else host
    if name is None:
        return True
    if not isinstance(name, str):
        return False
    if name.lower() in _LOCAL:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _write(line: str) -> None:
    if _LOG:
        # One write of a line to a file opened for appending is never torn.
        with open(_LOG, "a", encoding="utf-8") as log:  # noqa: PTH123 - every process pays for an import
            log.write(line + "\n")


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event in _NAMES:
        tried = args[0]
    elif event in _ADDRESSES:
        # A path of a Unix socket is no tuple; nor is there an address where one was given to connect before.
        address = args[1] if len(args) > 1 else None
        if not isinstance(address, tuple):
            return
        tried = address[0]
    else:
        return
    if _is_local(tried):
        return
    _write(f"python tried {event} {tried!r} in {' '.join(sys.orig_argv)}")
    raise PermissionError(f"The network is closed in this test: {event}")


if _LOG:
    sys.addaudithook(_watch)
    _write(f"guarded {' '.join(sys.orig_argv)}")
