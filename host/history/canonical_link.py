"""The address that a page names as its own, from the beginning of its HTML, without a full parse."""

from __future__ import annotations

import contextlib
from html.parser import HTMLParser
from urllib.parse import urljoin

# Heads that hold large inline scripts put the link near the top all the same.
_LOOKED_AT = 48 * 1024


class _Found(Exception):  # noqa: N818 - not an error: the parser has no other way to be stopped
    pass


class _LinkFinder(HTMLParser):
    href: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            raise _Found
        values = dict(attrs)
        if tag == "link" and (values.get("rel") or "").lower().split() == ["canonical"]:
            self.href = values.get("href")
            raise _Found

    handle_startendtag = handle_starttag


def find_canonical_link(html: str, url: str) -> str | None:
    """The absolute URL in `<link rel="canonical">`, or None; not yet believed (see `canonicalize_url`)."""
    head = html[:_LOOKED_AT]
    if "canonical" not in head:
        return None
    finder = _LinkFinder(convert_charrefs=True)
    with contextlib.suppress(_Found, AssertionError):
        finder.feed(head)
    try:
        return urljoin(url, finder.href) if finder.href else None
    except ValueError:
        return None
