"""Text of pages inside Markdown: it shows as it is, and is never a link, an image, HTML or a mark."""

from __future__ import annotations

import re

from host.chat.cleaning import clean_statement

# What begins something inside a line. An underscore between letters begins nothing.
_INLINE = re.compile(r"[\\`*\[\]<>~|]|(?<![^\W_])_|_(?![^\W_])")
# What begins a heading, list, quote, rule or code at the beginning of a line.
_AT_LINE_START = re.compile(
    r"^([ \t]*)(#{1,6}(?=\s|$)|[-+=](?=\s|$|[-=])|\d{1,9}(?=[.)](?:\s|$)))", re.MULTILINE
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,20}:/+|(?:javascript|vbscript|mailto|\bdata)\s*:", re.IGNORECASE)


def remove_schemes(text: str) -> str:
    """The text with `https://` and the like taken off addresses, so that nothing takes them for links."""
    while True:
        shorter = _SCHEME.sub("", text)
        if shorter == text:
            return text
        text = shorter


def quote_markdown(text: str) -> str:
    """Text of a page as Markdown that shows the same characters and holds no link."""
    escaped = _INLINE.sub(lambda found: f"\\{found[0]}", remove_schemes(text))
    return _AT_LINE_START.sub(_escape_start, escaped)


def quote_statement(text: str) -> str:
    """A sentence or a title of a page on one line, without the addresses and the markup in it."""
    return quote_markdown(" ".join(clean_statement(text).split()))


def _escape_start(found: re.Match[str]) -> str:
    indent, mark = found[1], found[2]
    # A number is told apart from a list's by its point: 1\. is no list.
    return f"{indent}{mark}\\" if mark[0].isdigit() else f"{indent}\\{mark}"
