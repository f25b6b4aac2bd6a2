"""Native-messaging frames: a 32-bit byte count in the machine's order, then UTF-8 JSON."""

from __future__ import annotations

import struct
from typing import Protocol

from host.core.errors import TooLarge

# Chromium throws above this on its side (docs/protocol.md).
MAX_INBOUND = 64 * 1024 * 1024
# Chromium closes the port when a host's message is longer.
MAX_OUTBOUND = 1024 * 1024

_LENGTH = struct.Struct("=I")


class ByteSource(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes; empty at the end."""


def read_frame(source: ByteSource, limit: int = MAX_INBOUND) -> bytes | None:
    """Read one frame.

    Args:
        source: the stream; the end of it between frames is the normal end.
        limit: the longest body that is accepted, in bytes.

    Returns:
        the body, or None at the end of the stream, also when it ends inside a frame.

    Raises:
        TooLarge: the announced length is over `limit`. The stream cannot be read on.
    """
    head = _read_exactly(source, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > limit:
        message = f"A message of {length:,} bytes is over the limit of {limit:,}."
        raise TooLarge(message)
    return _read_exactly(source, length)


def encode_frame(body: bytes, limit: int = MAX_OUTBOUND) -> bytes:
    """`body` with its length in front.

    Raises:
        TooLarge: the body is over `limit` bytes.
    """
    if len(body) > limit:
        message = f"An answer of {len(body):,} bytes is over the limit of {limit:,}."
        raise TooLarge(message, fix="Ask for fewer at a time (limit, offset).")
    return _LENGTH.pack(len(body)) + body


def _read_exactly(source: ByteSource, size: int) -> bytes | None:
    parts = []
    while size:
        part = source.read(min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
