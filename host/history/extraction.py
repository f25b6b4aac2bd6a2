"""The content of a page: main text, title, language, author and date out of HTML.

Runs only inside the reader process, which is killed when a page takes too long. It knows nothing of storage
or of the wire, reads nothing from the network and logs nothing.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from lxml import etree
from trafilatura import bare_extraction
from trafilatura.metadata import extract_metadata
from trafilatura.settings import Extractor

from host.core.article import Article, Block
from host.core.text import clean_line, clean_text
from host.history.page_blocks import article_blocks, visible_blocks
from host.history.page_language import decide_language
from host.history.page_tree import parse_page, strip_tags

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["MAX_TEXT_CHARACTERS", "Article", "Block", "extract_article"]

MAX_TEXT_CHARACTERS = 1_000_000
# The extraction library takes about 35 µs a node; above this a page is read whole, which is linear and quick.
MAX_EXTRACTED_NODES = 40_000
_SHORT_TEXT = 400
_SHORT_ARTICLE = 100
_MAX_TITLE = 500
_MAX_DESCRIPTION = 2000
_DATE_PARAMETERS = {"original_date": True, "extensive_search": False, "outputformat": "%Y-%m-%d"}
_CANONICAL = etree.XPath("string(//link[translate(@rel, 'CANONICAL', 'canonical') = 'canonical'][1]/@href)")

# These libraries write pieces of pages and addresses to their loggers.
for _name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


def extract_article(html: str, url: str) -> Article:
    """Read a page.

    Articles are reduced to their content. Pages that are not articles (a thread, a result list, an
    application) give all that they show outside menus, headers and footers. Only a page that shows no text
    gives none.

    Args:
        html: the page, of any quality and size. Over 8 million characters (without scripts and styles) the
            rest is left out, as is text over a million characters; the article then says `truncated`.
        url: where it came from, for relative links and for dates in addresses.

    Returns:
        The article. Never raises for what is in the page.
    """
    root, truncated = parse_page(html)
    body = root.find("body")
    canonical = _absolute(str(_CANONICAL(root)), url)
    visible = visible_blocks(body)
    document = _extract(root, url)
    extracted = article_blocks(document.body) if document.body is not None else []
    blocks = (
        extracted
        if _is_enough(extracted, visible, claims_article=document.pagetype == "article")
        else visible
    )
    if not blocks:
        blocks = visible_blocks(body, whole=True) or _blocks_of_text(strip_tags(html))
    blocks, cut = _limit(blocks)
    text = "\n\n".join(block.text for block in blocks)
    title = document.title or root.findtext(".//title") or ""
    return Article(
        title=clean_line(title, limit=_MAX_TITLE),
        text=text,
        language=decide_language(text, root.get("lang") or root.get("xml:lang")),
        author=clean_line(document.author or "", limit=_MAX_TITLE) or None,
        published_at=_day(document.date),
        canonical_url=canonical,
        description=clean_line(document.description or "", limit=_MAX_DESCRIPTION) or None,
        blocks=tuple(blocks),
        truncated=truncated or cut,
    )


class _Nothing:
    """Stands in for the library's document when it found none."""

    title = author = date = description = pagetype = body = None


def _extract(root: HtmlElement, url: str) -> Any:
    """The library's document: metadata and, unless the page is too large for it, the content tree."""
    try:
        if sum(1 for _ in root.iter()) > MAX_EXTRACTED_NODES:
            head = cast("HtmlElement", etree.fromstring("<html><body/></html>", etree.HTMLParser()))
            head.insert(0, root.find("head") if root.find("head") is not None else etree.Element("head"))
            document = extract_metadata(head, url, _DATE_PARAMETERS, True, set())
            document.body = None
            return document
        options = Extractor(
            fast=True, comments=False, tables=True, with_metadata=True, url=url, date_params=_DATE_PARAMETERS
        )
        return bare_extraction(root, options=options) or _metadata(root, url)
    except Exception:  # noqa: BLE001 - three libraries over hostile input: whatever they raise, the page is still read
        return _Nothing()


def _metadata(root: HtmlElement, url: str) -> Any:
    document = extract_metadata(root, url, _DATE_PARAMETERS, True, set())
    document.body = None
    return document


def _is_enough(extracted: list[Block], visible: list[Block], *, claims_article: bool) -> bool:
    """Whether the extraction got the content, or missed most of a page that is not an article.

    A page that calls itself an article may be as short as it likes: what else it shows are other articles.
    """
    found = sum(len(block.text) for block in extracted)
    shown = sum(len(block.text) for block in visible)
    expected = _SHORT_ARTICLE if claims_article else _SHORT_TEXT
    return found >= min(expected, max(1, shown // 2))


def _blocks_of_text(text: str) -> list[Block]:
    paragraphs = clean_text(text).split("\n\n")
    return [Block("text", paragraph) for paragraph in paragraphs if paragraph]


def _limit(blocks: list[Block]) -> tuple[list[Block], bool]:
    kept: list[Block] = []
    room = MAX_TEXT_CHARACTERS
    for block in blocks:
        if len(block.text) > room:
            if room > 0:
                kept.append(Block(block.kind, block.text[:room]))
            return [block for block in kept if block.text.strip()], True
        kept.append(block)
        room -= len(block.text) + 2
    return kept, False


def _absolute(link: str, url: str) -> str | None:
    try:
        return urljoin(url, clean_line(link)) if link.strip() else None
    except ValueError:
        return None


def _day(date: str | None) -> int | None:
    try:
        moment = datetime.strptime(date or "", "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp() * 1000)
