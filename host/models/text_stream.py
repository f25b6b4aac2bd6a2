"""Bytes of tokens into text as it is made: whole characters only, up to the first stop text."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class TextStream:
    """Takes the bytes of one token after the other and gives out text that will not change any more.

    Attributes:
        text: everything given out so far.
        stopped: whether a stop text came; it and what follows it are not part of the text.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self.text = ""
        self.stopped = False
        self._stop = [text for text in stop if text]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def add(self, data: bytes) -> str:
        """The text that has become certain by these bytes; often the empty string."""
        self._held += self._decoder.decode(data)
        places = [(place, stop) for stop in self._stop if (place := self._held.find(stop)) >= 0]
        if places:
            place, _ = min(places)
            self.stopped = True
            return self._give(place)
        return self._give(len(self._held) - self._count_doubtful())

    def finish(self) -> str:
        """The text that was held back in case it became a stop text. A character cut in half is dropped."""
        return "" if self.stopped else self._give(len(self._held))

    def _give(self, count: int) -> str:
        given, self._held = self._held[:count], self._held[count:]
        self.text += given
        return given

    def _count_doubtful(self) -> int:
        """How many characters at the end may be the beginning of a stop text."""
        most = 0
        for stop in self._stop:
            for length in range(min(len(stop) - 1, len(self._held)), most, -1):
                if self._held.endswith(stop[:length]):
                    most = length
                    break
        return most
