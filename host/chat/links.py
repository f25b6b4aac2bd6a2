"""Links that open a page at a quote (`#:~:text=`, the text fragments of the URL specification)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

_WORDS_AT_AN_END = 5
_WORDS_IN_FULL = 12


def is_web_address(url: str) -> bool:
    """Whether a link may lead there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def make_link(url: str, text: str) -> str:
    """The address of a page with a fragment that leads to a quote; the bare address without one.

    Browsers look for a fragment's ends each within one block of the page, so one line is named, and a long
    one by its first and last words.

    Args:
        url: http or https.
        text: as it stands on the page.
    """
    line = max(text.split("\n"), key=len, default="")
    words = line.split()
    if not words:
        return url
    ends = (
        [" ".join(words)]
        if len(words) <= _WORDS_IN_FULL
        else [" ".join(words[:_WORDS_AT_AN_END]), " ".join(words[-_WORDS_AT_AN_END:])]
    )
    base, _, anchor = url.partition("#")
    anchor = anchor.split(":~:")[0]
    # A hyphen beside a comma would be read as the mark of a prefix or suffix.
    fragment = ",".join(quote(end, safe="").replace("-", "%2D") for end in ends)
    return f"{base}#{anchor}:~:text={fragment}"
