"""What two rows must not share across a split: the site with the form of its path. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from host.core.tracking import strip_query

_DIGITS = re.compile(r"\d+")
# A long run of letters and digits, both in it, is somebody's id.
_ID = re.compile(r"\b(?=\w*\d)(?=\w*[^\W\d_])\w{8,}\b")


def find_site(url: str) -> str:
    """The host with its port, without `www.`; "" when there is none."""
    try:
        return urlsplit(url).netloc.rsplit("@", 1)[-1].casefold().removeprefix("www.")
    except ValueError:
        return ""


def find_shape(url: str) -> str:
    """The site, how deep the path goes, and the names in the query; "" without a site.

    What the path says is not looked at: "/numpy/issues/3" and "/pandas/pulls/8" are of one form. Fields that
    only say how somebody came to the page do not count.
    """
    site = find_site(url)
    if not site:
        return ""
    parts = urlsplit(url)
    depth = sum(bool(part) for part in parts.path.split("/"))
    query = strip_query(site.split(":")[0], parts.query)
    names = sorted({name for name, _ in parse_qsl(query, keep_blank_values=True)})
    return f"{site}/{depth}?{'&'.join(names)}"


def mask_numbers(text: str) -> str:
    """In lower case, every number a 0 and every id an x: titles that differ in these only are the same."""
    return _DIGITS.sub("0", _ID.sub("x", unquote(text).casefold())).strip()
