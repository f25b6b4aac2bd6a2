"""What llama.cpp says while it works: kept for as long as it is of use, and never written to a file.

Its messages name files and quote metadata, grammars and texts.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT_LINES = 4000
_STANDARD_ERROR = 2


class LlamaLog:
    """Takes llama.cpp's log in this process from now on.

    Attributes:
        lines: the newest, without their ends.
    """

    def __init__(self) -> None:
        import llama_cpp

        self.lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._callback: Any = llama_cpp.llama_log_callback(self._take)
        llama_cpp.llama_log_set(self._callback, ctypes.c_void_p(0))

    def _take(self, _level: int, text: bytes, _: object) -> None:
        self.lines.append(text.decode("utf-8", "replace").rstrip("\n"))


@cache
def take_log() -> LlamaLog:
    """The log of this process. There is one, for llama.cpp calls it for as long as the process lives."""
    return LlamaLog()


@contextmanager
def silenced() -> Iterator[None]:
    """Drop what C code prints meanwhile: some of it does not go through the log."""
    before = os.dup(_STANDARD_ERROR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STANDARD_ERROR)
        yield
    finally:
        os.dup2(before, _STANDARD_ERROR)
        os.close(before)
        os.close(nowhere)
