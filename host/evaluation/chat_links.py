"""Whether an answer leads anywhere but to the pages that were found for it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

# What a reader or a renderer takes for an address, wherever it stands.
_ADDRESS = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]*://|www\.|(?:mailto|javascript|data):)[^\s<>\"'()\[\]]+", re.IGNORECASE
)
# Links, images, definitions of links, tags; a backslash before them makes them plain text.
_MARKUP = re.compile(r"(?<!\\)(?:\]\(|\]\[|\]:|<[a-z/!])", re.IGNORECASE)


def find_foreign_links(reply: dict[str, Any], page_ids: Collection[int]) -> list[str]:
    """What of a reply to `chat.ask` leads elsewhere than to the pages found for it.

    Every source has to be a page of the history at an http or https address, every citation one of the
    sources, and the text may hold no address but theirs, and no markup for links at all.

    Args:
        reply: the result of `chat.ask`.
        page_ids: of every page in the history.

    Returns:
        each such address, or the markup.
    """
    sources = {source["n"]: source for source in reply["sources"]}
    allowed = {source["url"] for source in sources.values()}
    found = [
        source["url"]
        for source in sources.values()
        if source["page_id"] not in page_ids or urlsplit(source["url"]).scheme not in {"http", "https"}
    ]
    for citation in reply["citations"]:
        source = sources.get(citation["n"])
        there = urldefrag(source["url"]).url if source else None
        found += [
            address for address in (citation["url"], citation["link"]) if urldefrag(address).url != there
        ]
    text = reply["answer"]
    found += [match[0] for match in _MARKUP.finditer(text)]
    shown = text.replace("\\", "")
    found += [match[0] for match in _ADDRESS.finditer(shown) if match[0].rstrip(".,;:!?") not in allowed]
    return found
