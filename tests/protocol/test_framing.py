from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import TooLarge
from host.protocol.framing import MAX_OUTBOUND, encode_frame, read_frame


class _Trickle(io.RawIOBase):
    """Gives out a few bytes at a time, as a pipe may."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data, self._sizes = data, sizes or [1]
        self._turn = 0

    def read(self, size: int = -1, /) -> bytes:
        step = min(size, self._sizes[self._turn % len(self._sizes)])
        self._turn += 1
        part, self._data = self._data[:step], self._data[step:]
        return part


@given(st.lists(st.binary(max_size=300), max_size=6), st.lists(st.integers(1, 9), max_size=5))
def test_frames_come_back_as_they_were_however_the_bytes_arrive(
    bodies: list[bytes], sizes: list[int]
) -> None:
    stream = _Trickle(b"".join(encode_frame(body) for body in bodies), sizes)
    assert [read_frame(stream) for _ in bodies] == bodies
    assert read_frame(stream) is None


@given(st.binary(min_size=1, max_size=50), st.data())
def test_a_stream_that_ends_inside_a_frame_is_an_end_and_not_an_error(
    body: bytes, data: st.DataObject
) -> None:
    frame = encode_frame(body)
    cut = data.draw(st.integers(0, len(frame) - 1))
    assert read_frame(io.BytesIO(frame[:cut])) is None


def test_the_length_counts_bytes_and_not_characters() -> None:
    body = '"日本"'.encode()
    assert encode_frame(body)[:4] == struct.pack("=I", 8)


def test_a_frame_over_the_limit_is_refused_before_it_is_read() -> None:
    stream = io.BytesIO(struct.pack("=I", 1000) + b"x" * 1000)
    with pytest.raises(TooLarge):
        read_frame(stream, limit=999)
    assert stream.tell() == 4


def test_no_frame_over_one_mebibyte_is_written() -> None:
    assert len(encode_frame(b"x" * MAX_OUTBOUND)) == MAX_OUTBOUND + 4
    with pytest.raises(TooLarge):
        encode_frame(b"x" * (MAX_OUTBOUND + 1))
