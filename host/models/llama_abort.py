"""A flag that llama.cpp itself looks at between two steps of a computation.

Its callback is asked some thousand times a token, from a thread that computes. One written in Python would
cost a tenth of the speed, so the callback is C's own `strlen` over two bytes of ours: the empty text has
length 0, which is false, and a text of one character has length 1, which is true.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_SET, _CLEAR = b"\x01", b"\x00"


class AbortFlag:
    """Ends the computation of one context when it is set.

    Attributes:
        callback: for `llama_context_params.abort_callback`.
        data: for `llama_context_params.abort_callback_data`.
    """

    def __init__(self) -> None:
        import llama_cpp

        library: Any = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
        self._text = ctypes.create_string_buffer(2)
        self.callback = ctypes.cast(library.strlen, llama_cpp.ggml_abort_callback)
        self.data = ctypes.cast(self._text, ctypes.c_void_p)

    def set(self) -> None:
        """End what is computed now, or what is begun before the flag is cleared."""
        self._text[0] = _SET

    def clear(self) -> None:
        """Let computations go on."""
        self._text[0] = _CLEAR
