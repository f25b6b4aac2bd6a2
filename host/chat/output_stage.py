"""What the stages of `output_filter` share: how text is held back, and where code is. Pure."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from host.chat.blocks import find_open_fence

_TICKS = re.compile(r"(?<![\\`])`+")
# Stand for brackets that are code, if that is what they stand in: of an index, and of other things. A model
# cannot write them, for such characters are cut first.
OPEN_INDEX, CLOSE_INDEX, OPEN_CODE, CLOSE_CODE = "\ue000", "\ue001", "\ue002", "\ue003"
_INSIDE = {OPEN_INDEX: "[", CLOSE_INDEX: "]", OPEN_CODE: "[", CLOSE_CODE: "]"}
_OUTSIDE = {OPEN_INDEX: "\\[", CLOSE_INDEX: "\\]", OPEN_CODE: "(", CLOSE_CODE: ")"}
_STAND_IN = re.compile(f"[{OPEN_INDEX}-{CLOSE_CODE}]")


class Stage(ABC):
    """Holds text back until it is certain."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """More text; returns what has become certain by it."""
        self._held += text
        return self._run(final=False)

    def finish(self) -> str:
        """The rest, when nothing more comes."""
        return self._run(final=True)

    def _run(self, *, final: bool) -> str:
        given = []
        while self._held:
            step = self._step(self._held, final=final)
            if step is None:
                break
            text, self._held = step
            given.append(text)
        return "".join(given)

    @abstractmethod
    def _step(self, held: str, *, final: bool) -> tuple[str, str] | None:
        """What the beginning of the held text becomes and what is left of it; None while that is open."""


class CodePlace:
    """Follows a text and knows whether its end is code.

    Attributes:
        fence: the signs of the fenced code that it is in, or "".
        line: the line under way.
    """

    def __init__(self) -> None:
        """Begin."""
        self.fence = ""
        self.line = ""
        self._left_open = False

    def follow(self, text: str) -> None:
        """More of the text."""
        *ended, rest = text.split("\n")
        for line in ended:
            self.line += line
            before, self.fence = self.fence, find_open_fence(f"{self.fence}\n{self.line}")
            whole = not self.line.strip() or before or self.fence
            # Signs that a line leaves open may pair with some of the next line of its paragraph.
            self._left_open = not whole and (self._left_open or bool(self._find_open()))
            self.line = ""
        self.line += rest

    def find_span(self) -> str:
        """The signs that would close the code within the line; "" where there is none."""
        return "" if self._left_open else self._find_open()

    def _find_open(self) -> str:
        opened = ""
        for found in _TICKS.finditer(self.line):
            if not opened:
                opened = found[0]
            elif found[0] == opened:
                opened = ""
        return opened

    @property
    def may_be_code(self) -> bool:
        """Whether what comes next is code, should the line close it."""
        return bool(self.fence or self.find_span())


class CodeBrackets(Stage):
    """The last stage: brackets where they are certain to be code; elsewhere what is no mark of a source."""

    def __init__(self) -> None:
        super().__init__()
        self._place = CodePlace()

    def _step(self, held: str, *, final: bool) -> tuple[str, str] | None:
        found = _STAND_IN.search(held)
        if found is None or found.start():
            end = found.start() if found else len(held)
            self._place.follow(held[:end])
            return held[:end], held[end:]
        inside = self._is_inside(held, final=final)
        if inside is None or (len(held) == 1 and not final):
            return None
        text = (_INSIDE if inside else _OUTSIDE)[held[0]]
        if (
            text in ("]", "\\]")
            and held[1:2] in ("(", OPEN_CODE, OPEN_INDEX)
            and (not inside or held[1] == "(")
        ):
            # Nothing may look like a link.
            text += " "
        self._place.follow(text)
        return text, held[1:]

    def _is_inside(self, held: str, *, final: bool) -> bool | None:
        if self._place.fence:
            return True
        ticks = self._place.find_span()
        if not ticks:
            return False
        line, ended, _ = held.partition("\n")
        for found in re.finditer("`+", line):
            if found.end() == len(line) and not ended and not final:
                return None
            if found[0] == ticks:
                return "|" not in line[: found.start()]
        return False if ended or final else None
