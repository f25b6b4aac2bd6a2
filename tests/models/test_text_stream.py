"""Text as it is made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.models.text_stream import TextStream


def stream_text(stream: TextStream, text: str, cuts: int) -> list[str]:
    data = text.encode("utf-8")
    given_out = [stream.add(data[place : place + cuts]) for place in range(0, len(data), cuts)]
    return [*given_out, stream.finish()]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(1, 5))
def test_the_pieces_are_whole_characters_and_together_the_text(text: str, cuts: int) -> None:
    stream = TextStream()
    pieces = stream_text(stream, text, cuts)
    assert "".join(pieces) == text == stream.text


@pytest.mark.parametrize("cuts", [1, 2, 3, 50])
def test_a_stop_text_ends_it_however_it_is_cut(cuts: int) -> None:
    stream = TextStream(["\n\nQuestion:", "END"])
    pieces = stream_text(stream, "An answer – whole.\n\nQuestion: END", cuts)
    assert stream.stopped
    assert stream.text == "An answer – whole."
    assert "".join(pieces).startswith("An answer – whole.")


def test_what_could_become_a_stop_text_is_held_back_and_given_out_when_it_does_not() -> None:
    stream = TextStream(["END"])
    assert stream.add(b"the EN") == "the "
    assert stream.add(b"TRY") == "ENTRY"
    assert stream.add(b" E") == " "
    assert stream.finish() == "E"
    assert stream.text == "the ENTRY E"


def test_of_two_stop_texts_the_first_in_the_text_counts() -> None:
    stream = TextStream(["later", "soon"])
    assert stream.add(b"as soon as later") == "as "


def test_half_a_character_at_the_end_is_dropped() -> None:
    stream = TextStream()
    assert stream.add("é".encode()[:1]) == ""
    assert stream.finish() == ""


def test_bytes_that_are_no_text_do_not_break_what_follows() -> None:
    stream = TextStream()
    assert stream.add(b"a\xffb") == "a\ufffdb"
