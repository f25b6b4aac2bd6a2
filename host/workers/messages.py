"""Messages between the daemon and a worker: a JSON header and raw bytes, both with their length."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

_LENGTHS = struct.Struct("<II")

Header = dict[str, Any]


def write_message(stream: BinaryIO, header: Header, payload: bytes = b"") -> None:
    """Write one message and flush it."""
    encoded = json.dumps(header, ensure_ascii=True).encode("ascii")
    stream.write(_LENGTHS.pack(len(encoded), len(payload)))
    stream.write(encoded)
    stream.write(payload)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[Header, bytes] | None:
    """Read one message; None when the other side has ended, even in the middle of one."""
    lengths = _read_exactly(stream, _LENGTHS.size)
    if lengths is None:
        return None
    header_size, payload_size = _LENGTHS.unpack(lengths)
    encoded = _read_exactly(stream, header_size)
    payload = _read_exactly(stream, payload_size)
    if encoded is None or payload is None:
        return None
    header: Header = json.loads(encoded)
    return header, payload


def _read_exactly(stream: BinaryIO, size: int) -> bytes | None:
    parts = []
    while size:
        part = stream.read(size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
