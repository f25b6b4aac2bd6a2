"""The bridge between a browser and the daemon: bytes in, bytes out, nothing understood.

Standard library only and as little of it as will do, because the browser waits for it to start.
Both sides speak the same framing, so frames pass unread; limits and meaning are the daemon's affair.
It ends with its input, with the daemon's socket, or with its parent.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import threading

from host.core.origins import is_allowed_origin

_PART = 1 << 16
_PARENT_CHECK_MS = 2000


def main(arguments: list[str]) -> int:
    """Relay until one side ends.

    Args:
        arguments: the caller's origin first, when a browser calls (others may follow).

    Returns:
        the exit code: 0, or 1 when the caller is refused or there is no daemon.
    """
    requests, replies = _claim_streams()
    if arguments and not arguments[0].startswith("-") and not is_allowed_origin(arguments[0]):
        _write_error(
            replies,
            "forbidden",
            -32005,
            "This extension may not use AI History.",
            f"Run: python3 -m host.install --allow-extension {_extension_of(arguments[0])}",
        )
        return 1
    from host.core.endpoint import connect_or_start

    try:
        daemon = connect_or_start()
    except (OSError, ValueError) as error:
        _write_error(replies, "not_ready", -32004, str(error), "Run: ai-history doctor")
        return 1
    threading.Thread(target=_pump_requests, args=(requests, daemon), daemon=True).start()
    _pump_replies(daemon, replies)
    # The other thread may still be blocked on our input; the interpreter must not wait for it.
    os._exit(0)


def _claim_streams() -> tuple[int, int]:
    """Take descriptors 0 and 1 for the wire; whatever else prints goes to stderr."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
    requests, replies = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    return requests, replies


def _pump_requests(requests: int, daemon: socket.socket) -> None:
    """Browser to daemon, until the browser closes its end or is gone."""
    parent = os.getppid()
    poller = select.poll() if hasattr(select, "poll") else None
    if poller:
        poller.register(requests, select.POLLIN | select.POLLHUP)
    try:
        while True:
            if poller and not poller.poll(_PARENT_CHECK_MS):
                if os.getppid() != parent:
                    break
                continue
            part = os.read(requests, _PART)
            if not part:
                break
            daemon.sendall(part)
        # The daemon finishes what it was asked and then closes; what it still answers is passed on.
        daemon.shutdown(socket.SHUT_WR)
    except OSError:
        # The daemon takes no more. What it has said, a last error perhaps, is still passed on.
        return


def _pump_replies(daemon: socket.socket, replies: int) -> None:
    """Daemon to browser, until either is gone."""
    try:
        while part := daemon.recv(_PART):
            view = memoryview(part)
            while view:
                view = view[os.write(replies, view) :]
    except OSError:
        return


def _write_error(replies: int, kind: str, code: int, message: str, fix: str) -> None:
    error = {"code": code, "message": message, "data": {"kind": kind, "fix": fix}}
    body = json.dumps({"jsonrpc": "2.0", "id": None, "error": error}).encode()
    os.write(replies, len(body).to_bytes(4, sys.byteorder) + body)


def _extension_of(origin: str) -> str:
    """The id in `chrome-extension://ID/`, or a word to fill in: what is echoed must be harmless."""
    name = origin.removeprefix("chrome-extension://").strip("/")
    return name if name.isascii() and name.isalnum() else "ID"
