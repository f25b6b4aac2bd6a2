"""What of a tab a model is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from host.core.text import clean_line
from host.core.urls import find_host

if TYPE_CHECKING:
    from host.tabs.exchange import Tab

# A title beyond this says nothing more; models of tabs are fed hundreds at once.
TITLE_CHARACTERS = 160
PATH_WORDS = 8
LEAD_CHARACTERS = 500
_URL_CHARACTERS = 2048
_PATH_SOURCE = re.compile(r"[^\W\d_]{2,24}")
_CASE_BORDER = re.compile(r"(?<=[a-z])(?=[A-Z])")
# "(3) Inbox": how many are unread.
_COUNT = re.compile(r"^\s*[(\[]\d{1,4}\+?[)\]]\s*")


@dataclass(frozen=True)
class TabWords:
    """The words of a tab.

    Attributes:
        title: without a count of unread things in front.
        address: host without `www.` and the words of the path.
        lead: the beginning of its text.
        host: of its address; "" when it has none.
    """

    title: str
    address: str
    lead: str
    host: str


def describe_tab(tab: Tab) -> TabWords:
    """The words of a tab that say where it belongs."""
    title = _COUNT.sub("", clean_line(tab.title, limit=TITLE_CHARACTERS * 2))[:TITLE_CHARACTERS].strip()
    host, address = describe_address(tab.url)
    return TabWords(title, address, clean_line(tab.text, limit=LEAD_CHARACTERS), host)


@lru_cache(maxsize=4096)
def describe_address(url: str) -> tuple[str, str]:
    """Host without `www.`, and host with the words of the path.

    Addresses that are not of the web have neither; `chrome://newtab/` has words but no host.
    """
    url = url.strip()[:_URL_CHARACTERS]
    try:
        parts = urlsplit(url)
        path = unquote(parts.path, errors="ignore")
    except ValueError:
        return "", ""
    words = _PATH_SOURCE.findall(_CASE_BORDER.sub(" ", clean_line(path).replace("_", " ")))
    if parts.scheme not in ("http", "https"):
        return "", " ".join(filter(None, [parts.scheme, parts.netloc, *words[:PATH_WORDS]]))
    host = find_host(url).removeprefix("www.")
    return host, " ".join([host, *words[:PATH_WORDS]]).strip()
