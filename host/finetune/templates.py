"""Templates of titles and addresses: text with slots, and parts that may be left out. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TOKEN = re.compile(
    r"(?P<double>\{\{|\}\}|<<|>>)"
    r"|\{(?P<name>[^\W\d]+_?)(?P<number>\d*)(?::(?P<argument>[^{}.]*))?(?:\.(?P<change>[a-z]+))?\}"
    r"|(?P<mark>[<>{}])"
)


@dataclass(frozen=True)
class Slot:
    """A place that is filled.

    Attributes:
        name: of a list of words, or of what is made up.
        number: "" for the first value of that name, "2" for another one.
        argument: behind a colon; "" for none.
        change: what is done to the value; "" for nothing.
    """

    name: str
    number: str = ""
    argument: str = ""
    change: str = ""


@dataclass(frozen=True)
class Choice:
    """A part that may be left out."""

    parts: Template


Template = tuple[str | Slot | Choice, ...]


@lru_cache(maxsize=100_000)
def parse_template(text: str) -> Template:
    """Read a template.

    Args:
        text: `{name}`, `{name2}`, `{name:argument}` and `{name.change}` are slots, `<…>` may be left out, and
            a bracket that is doubled stands for itself.

    Raises:
        InvalidInput: a bracket has no partner, or a slot has no name.
    """
    open_parts: list[list[str | Slot | Choice]] = [[]]
    at = 0
    for found in _TOKEN.finditer(text):
        parts = open_parts[-1]
        parts.append(text[at : found.start()])
        at = found.end()
        if found["double"]:
            parts.append(found["double"][0])
        elif found["name"]:
            parts.append(Slot(found["name"], found["number"], found["argument"] or "", found["change"] or ""))
        elif found["mark"] == "<":
            open_parts.append([])
        elif found["mark"] == ">" and len(open_parts) > 1:
            open_parts.pop()
            open_parts[-1].append(Choice(_join(parts)))
        else:
            raise _explain(text, found["mark"])
    if len(open_parts) > 1:
        raise _explain(text, "<")
    open_parts[0].append(text[at:])
    return _join(open_parts[0])


def find_slots(template: Template) -> Iterator[Slot]:
    """Every slot, those of parts that may be left out too."""
    for part in template:
        if isinstance(part, Slot):
            yield part
        elif isinstance(part, Choice):
            yield from find_slots(part.parts)


def fill_template(template: Template, fill: Callable[[Slot], str], keep: Callable[[], bool]) -> str:
    """The text that a template gives.

    Args:
        template: of `parse_template`.
        fill: the text of a slot.
        keep: asked of every part that may be left out.
    """
    return "".join(
        part
        if isinstance(part, str)
        else fill(part)
        if isinstance(part, Slot)
        else fill_template(part.parts, fill, keep)
        if keep()
        else ""
        for part in template
    )


def escape_text(text: str) -> str:
    """A template that gives exactly this text."""
    return re.sub(r"[<>{}]", lambda found: found[0] * 2, text)


def _join(parts: list[str | Slot | Choice]) -> Template:
    """Without empty text, and with neighbouring text in one piece."""
    joined: list[str | Slot | Choice] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif part != "":
            joined.append(part)
    return tuple(joined)


def _explain(text: str, mark: str) -> InvalidInput:
    message = f"The template {text!r} has a {mark!r} that belongs to nothing."
    fix = f"Slots are written {{name}}, parts that may be left out <…>; write {mark * 2} for the character."
    return InvalidInput(message, fix=fix)
