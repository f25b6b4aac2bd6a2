"""Small JSON files that are never seen half written, and whose damage is an ordinary day."""

from __future__ import annotations

import contextlib
import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

_LARGEST = 1 << 53


def read_object(path: Path) -> dict[str, Any] | None:
    """The object in a file, or None when the file is missing, damaged, or holds something else.

    A number that no program can count with, such as 1e999 or NaN, is read as null.
    """
    try:
        value = json.loads(
            path.read_text(encoding="utf-8"), parse_float=_read_float, parse_constant=lambda _: None
        )
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def write_object(path: Path, value: dict[str, Any]) -> None:
    """Replace a file by an object, in one step: a reader sees the old one or the new one.

    Raises:
        OSError: the disk did not take it; nothing is left of the attempt.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with open(handle, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor, not a path
            json.dump(value, stream, ensure_ascii=False, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


class ObjectCache:
    """Objects in files, read again only when a file has changed. What it gives must not be changed."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[tuple[int, int, int], dict[str, Any] | None]] = {}

    def read(self, path: str) -> dict[str, Any] | None:
        """As `read_object`; the very same object as long as the file is the same."""
        try:
            status = os.stat(path)  # noqa: PTH116 - a Path would cost more than the question
        except OSError:
            self._read.pop(path, None)
            return None
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        known = self._read.get(path)
        if known is not None and known[0] == state:
            return known[1]
        value = read_object(Path(path))
        self._read[path] = (state, value)
        return value


def is_count(value: object, least: int = 0) -> bool:
    """Whether a value of a file is a whole number that something can be counted with."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _LARGEST


def is_text(value: object) -> bool:
    """Whether a value of a file is text that can be written again."""
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read_float(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None
