"""The beginning of a file as text. A file is never read whole, and never opened when it is not a file."""

from __future__ import annotations

import codecs
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import charset_normalizer

from host.classify.files import NO_FILE, explain_error

if TYPE_CHECKING:
    from pathlib import Path

BINARY = "binary"
HEAD_BYTES = 16 * 1024
# Encodings that say what they are; the longer marks first, because one begins with another.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What text does not begin with, though it may go on for long without a zero byte.
_BINARY_STARTS = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"BZh",
    b"\x7fELF",
)
# A reading that is about as bad as chance says nothing about the letters of a file.
_WORST_CHAOS = 0.2


class UnreadableFile(Exception):  # noqa: N818
    """A file that cannot be classified; the message is the reason, in a few words."""


@dataclass(frozen=True)
class Head:
    """The beginning of a file.

    Attributes:
        text: what could be read of it; empty for an empty file.
        size: of the whole file, in bytes.
    """

    text: str
    size: int


def read_head(path: Path, limit: int = HEAD_BYTES) -> Head:
    """Read the beginning of a file.

    Args:
        path: of the file; a link is followed.
        limit: how many bytes to read at most.

    Raises:
        UnreadableFile: it may not be read, is no regular file, or is not text.
    """
    # Without O_NONBLOCK, opening a pipe that took the file's place would wait for its writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0))
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise UnreadableFile(NO_FILE)
            data = _read(handle, limit)
        finally:
            os.close(handle)
    except OSError as error:
        raise UnreadableFile(explain_error(error)) from error
    text = decode_head(data, whole=found.st_size <= len(data))
    if text is None:
        raise UnreadableFile(BINARY)
    return Head(text, found.st_size)


def decode_head(data: bytes, *, whole: bool) -> str | None:
    """The text of the first bytes of a file, or None when they are no text.

    Args:
        data: the bytes.
        whole: whether they are all there is; otherwise the last character may be cut.
    """
    if not data:
        return ""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding, whole=whole)
    if b"\0" in data or data.startswith(_BINARY_STARTS):
        return None
    text = _decode(data, "utf-8", whole=whole)
    if text is not None:
        return text if _looks_like_text(text) else None
    best = charset_normalizer.from_bytes(data).best()
    if best is None or best.chaos > _WORST_CHAOS:
        return None
    text = str(best)
    return text if _looks_like_text(text) else None


def _read(handle: int, limit: int) -> bytes:
    parts, left = [], limit
    while left and (part := os.read(handle, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _decode(data: bytes, encoding: str, *, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
    except UnicodeDecodeError:
        return None


def _looks_like_text(text: str) -> bool:
    """Whether control characters other than white space and escapes are rare."""
    odd = sum(character < " " and character not in "\t\n\r\f\v\b\x1b" for character in text)
    return odd * 50 <= len(text)
