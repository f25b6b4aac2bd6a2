"""How a text is cut for models with a short window. Pure."""

from __future__ import annotations

# A first paragraph that is longer is part of the text, and not its heading.
LONGEST_HEADING = 400


def split_heading(text: str) -> tuple[str, str]:
    """A text's heading and the rest.

    The heading says what a text is (a file's name and kind, a page's title), the rest what it is about.
    A model that sees both at once listens to the longer.

    Returns:
        The first paragraph and what follows; no heading where there is one paragraph or a long first one.
    """
    heading, gap, rest = text.strip().partition("\n\n")
    if not gap or len(heading) > LONGEST_HEADING:
        return "", text.strip()
    return heading.strip(), rest.strip()


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
