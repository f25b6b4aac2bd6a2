"""From HTML of any quality to a tree that can be read in bounded time. Runs only in the reader process."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from lxml import etree, html

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_HTML_CHARACTERS = 8_000_000
_HEAVY_CHARACTERS = 1_000_000
_HEAVY = re.compile(
    r"<(script|style|svg|noscript)\b(?![^>]*ld\+json)[^>]*>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_DATA_URL = re.compile(r"data:[\w/+.;=-]{0,80},[^\"'\s)>]{200,}")
# Characters that XML cannot hold; lxml would refuse them when text is copied.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_XML_REFERENCE = re.compile(
    r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));", re.IGNORECASE
)
_ENCODING_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TAG = re.compile(r"<[^>]*>")

_HIDDEN = etree.XPath(
    "//body//*[@hidden or @aria-hidden='true'"
    " or (@style and (contains(translate(@style, ' ', ''), 'display:none')"
    " or contains(translate(@style, ' ', ''), 'visibility:hidden')))] | //dialog[not(@open)]"
)
_NEVER_CONTENT = etree.XPath("//template | //style | //svg | //script[not(contains(@type, 'ld+json'))]")
_SHADOW_ROOTS = etree.XPath("//template[@shadowrootmode or @shadowroot]")


def parse_page(source: str) -> tuple[HtmlElement, bool]:
    """Parse a page.

    Args:
        source: HTML as the browser serialised it or a server sent it; any text is taken.

    Returns:
        The root, always with a body, and whether a part was cut off. Shadow roots written as templates are in
        place; scripts, styles and what a browser would not show are gone.
    """
    source = _NOT_XML_REFERENCE.sub("", _NOT_XML.sub("", _ENCODING_DECLARATION.sub("", source)))
    if len(source) > _HEAVY_CHARACTERS:
        source = _DATA_URL.sub("", _HEAVY.sub("", source))
    truncated = len(source) > MAX_HTML_CHARACTERS
    root = _parse(source[:MAX_HTML_CHARACTERS])
    _show_shadow_roots(root)
    for element in _NEVER_CONTENT(root):
        _drop(element)
    _drop_hidden(root)
    return root, truncated


def strip_tags(source: str) -> str:
    """The text between the tags, for a page that no parser could make a tree of."""
    return unescape(_TAG.sub(" ", _HEAVY.sub(" ", source[:MAX_HTML_CHARACTERS])))


def _parse(source: str) -> HtmlElement:
    # huge_tree lifts the nesting limit from 256 to 2048 levels; a browser never nests more than 512.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        root = html.document_fromstring("<html><head></head><body></body></html>")
    if root.tag != "html":
        wrapper = html.document_fromstring("<html><head></head><body></body></html>")
        wrapper.find("body").append(root)
        root = wrapper
    if root.find("body") is None:
        root.append(html.Element("body"))
    return root


def _show_shadow_roots(root: HtmlElement) -> None:
    for template in _SHADOW_ROOTS(root):
        template.tag = "div"


def _drop_hidden(root: HtmlElement) -> None:
    """Take out what is hidden, unless it is most of the page.

    Behind a consent dialog or before its scripts have run a page hides everything it has.
    """
    body = root.find("body")
    hidden = [element for element in _HIDDEN(root) if element is not body]
    if not hidden:
        return
    total = _text_length(body)
    for element in hidden:
        if element.getparent() is not None and 2 * _text_length(element) <= total:
            _drop(element)


def _text_length(element: HtmlElement) -> int:
    return sum(len(text) for text in element.itertext())


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None:
        element.drop_tree()
