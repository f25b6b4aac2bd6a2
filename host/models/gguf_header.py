"""Reads what a GGUF file says of itself: the key-value pairs at its beginning. Standard library only.

The format is that of the ggml project, versions 2 and 3: https://github.com/ggml-org/ggml
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from host.core.errors import InvalidInput

MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_NUMBERS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
# More than any model has; a damaged file must not make us read on for minutes.
_MOST_PAIRS, _LONGEST_TEXT, _LONGEST_ARRAY = 10_000, 1 << 24, 1 << 24

Value = str | int | float | bool


def read_gguf_header(stream: BinaryIO) -> dict[str, Value]:
    """The key-value pairs of a GGUF file; lists, which are vocabularies, are left out.

    Args:
        stream: at the beginning of the file.

    Raises:
        InvalidInput: it is no GGUF file of version 2 or 3, or it is cut off.
    """
    try:
        if stream.read(4) != MAGIC:
            raise InvalidInput("The file is not a GGUF file.")
        version, _, count = struct.unpack("<IQQ", _read(stream, 20))
        if version not in (2, 3) or count > _MOST_PAIRS:
            raise InvalidInput(f"The file is of a version of GGUF that is not known here ({version}).")
        pairs: dict[str, Value] = {}
        for _ in range(count):
            key = _read_text(stream)
            value = _read_value(stream, _read_number(stream, "<I"))
            if value is not None:
                pairs[key] = value
        return pairs
    except (EOFError, struct.error, UnicodeDecodeError, KeyError) as error:
        raise InvalidInput("The GGUF file is damaged at its beginning.") from error


def _read_value(stream: BinaryIO, kind: int) -> Value | None:
    if kind == _STRING:
        return _read_text(stream)
    if kind == _ARRAY:
        _skip_array(stream)
        return None
    (value,) = struct.unpack(_NUMBERS[kind], _read(stream, struct.calcsize(_NUMBERS[kind])))
    return value  # type: ignore[no-any-return]


def _skip_array(stream: BinaryIO) -> None:
    kind, count = struct.unpack("<IQ", _read(stream, 12))
    if count > _LONGEST_ARRAY:
        raise EOFError
    if kind in _NUMBERS:
        stream.seek(count * struct.calcsize(_NUMBERS[kind]), 1)
        return
    for _ in range(count):
        if kind == _STRING:
            stream.seek(_read_number(stream, "<Q"), 1)
        else:
            _skip_array(stream)


def _read_text(stream: BinaryIO) -> str:
    length = _read_number(stream, "<Q")
    if length > _LONGEST_TEXT:
        raise EOFError
    return _read(stream, length).decode("utf-8")


def _read_number(stream: BinaryIO, form: str) -> int:
    (value,) = struct.unpack(form, _read(stream, struct.calcsize(form)))
    return int(value)


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
