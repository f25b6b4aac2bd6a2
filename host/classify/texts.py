"""How a text is cut for models with a short window. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A first paragraph that is longer is part of the text, and not its heading.
LONGEST_HEADING = 400


def split_heading(text: str, mark: str = "") -> tuple[str, str]:
    """A text's heading and the rest.

    The heading says what a text is (a file's name and kind, a page's title), the rest what it is about.
    A model that sees both at once listens to the longer.

    Args:
        text: any.
        mark: what a heading begins with; see `find_mark`.

    Returns:
        The first paragraph and what follows; no heading where there is one paragraph or a long first one.
    """
    heading, gap, rest = text.strip().partition("\n\n")
    if not gap or len(heading) > LONGEST_HEADING or not heading.startswith(mark):
        return "", text.strip()
    return heading.strip(), rest.strip()


def find_mark(examples: Iterable[str]) -> str:
    """What the headings of examples begin with, up to a colon: `File: `; empty when they differ.

    The first paragraph of a text that lacks it is no heading of the kind that is known, and says far less.
    """
    headings = [heading for heading, _ in map(split_heading, examples) if heading]
    marks = {label + colon for label, colon, _ in (heading.partition(": ") for heading in headings) if colon}
    every = all(": " in heading for heading in headings)
    return marks.pop() if every and len(marks) == 1 else ""


def flatten(text: str, characters: int) -> str:
    """The beginning of a text on one line, cut between words where that costs little.

    Args:
        text: any.
        characters: of the result, at most.
    """
    line = " ".join(text[: characters * 4].split())
    if len(line) <= characters:
        return line
    cut = line[:characters]
    return cut.rpartition(" ")[0] if " " in cut[characters // 2 :] else cut
