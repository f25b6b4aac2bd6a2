"""What a model is shown of a file. Pure."""

from __future__ import annotations

import io

from identify import identify

# Enough for the longest of the small models; a model cuts what is too long for it.
HEAD_CHARACTERS = 4000
# The end of a path says the most; what lies before it is chance, and misleads.
PATH_PARTS = 4
PATH_CHARACTERS = 120

# Keeps the two lines a heading.
EMPTY = "(empty)"
# Said of nearly every file, so they say nothing.
_EMPTY_TAGS = frozenset({"text", "plain-text"})


def describe_document(path: str, head: str) -> str:
    """The text by which a file is classified: its path, its kind, and how it begins.

    Args:
        path: relative, with forward slashes, of which the last parts are shown; empty to leave it out.
        head: the beginning of its text; more than `HEAD_CHARACTERS` is cut.

    Returns:
        Two short lines, an empty line, and the beginning; only the beginning when there is no path.
    """
    body = head[:HEAD_CHARACTERS].strip()
    if not path:
        return body
    shown = "/".join(path.split("/")[-PATH_PARTS:])[-PATH_CHARACTERS:]
    header = f"File: {shown}\nKind: {name_kind(path, head)}"
    return f"{header}\n\n{body or EMPTY}"


def name_kind(path: str, head: str) -> str:
    """What kind of file it is by its name, or by its first line where the name says nothing."""
    tags = identify.tags_from_filename(path)
    if not tags and head.startswith("#!"):
        command = identify.parse_shebang(io.BytesIO(head[:500].encode("utf-8")))
        tags = identify.tags_from_interpreter(command[0]) if command else set()
    return " ".join(sorted(tags - _EMPTY_TAGS)) or "text"
