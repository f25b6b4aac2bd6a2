"""Blocks out of trees: out of what the extraction library found, or out of all that a page shows.

Runs only in the reader process. Everything is iterative: hostile pages nest deeper than Python may recurse.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from host.core.article import Block, BlockKind
from host.core.text import clean_line, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_HEADINGS = frozenset({"head", "h1", "h2", "h3", "h4", "h5", "h6"})
_CODE = frozenset({"code", "pre"})
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "button", "caption", "cell", "center", "dd",
        "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
        "header", "hr", "item", "label", "legend", "li", "list", "main", "menu", "nav", "ol", "option", "p",
        "pre", "quote", "row", "section", "select", "summary", "table", "tbody", "td", "textarea", "tfoot",
        "th", "thead", "tr", "ul",
    }
)  # fmt: skip
_SKIPPED = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "audio",
        "video",
        "canvas",
        "head",
    }
)
_BOILERPLATE = frozenset({"nav", "header", "footer", "aside", "form", "button", "select", "textarea", "menu"})
_BOILERPLATE_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "search", "menu", "dialog"}
)
_CONTENT_ROLES = ("main", "article")
_LINE_SPACE = re.compile(r"[^\S\n]+$", re.MULTILINE)


def article_blocks(body: _Element) -> list[Block]:
    """The blocks of a content tree in the extraction library's own vocabulary (head, p, item, row …)."""
    blocks: list[Block] = []
    if body.text and body.text.strip():
        _add(blocks, "text", body.text)
    for element in body:
        _add(blocks, *_content_of(element))
        if element.tail and element.tail.strip():
            _add(blocks, "text", element.tail)
    return blocks


def visible_blocks(body: _Element, *, whole: bool = False) -> list[Block]:
    """Everything that a page shows, as blocks.

    Args:
        body: the body element of a page.
        whole: also take navigation, header, footer, asides and forms.
    """
    blocks: list[Block] = []
    buffer: list[str] = []
    kind: BlockKind = "text"

    def flush() -> None:
        _add(blocks, kind, "".join(buffer))
        buffer.clear()

    for event, element in _walk(body, whole=whole):
        tag = element.tag
        if event == "text":
            text = element.text if tag not in _SKIPPED else None
            buffer.append(text or "")
        elif event == "tail":
            buffer.append(element.tail or "")
        elif tag == "br":
            buffer.append("\n")
        elif tag in _HEADINGS or tag in _BLOCKS:
            flush()
            is_start = event == "start"
            kind = "text"
            if is_start and tag in _HEADINGS:
                kind = "heading"
            elif is_start and tag == "pre":
                kind = "code"
    flush()
    return blocks


def _walk(body: _Element, *, whole: bool) -> Iterator[tuple[str, _Element]]:
    """Start, text, end and tail of each element in order, without those that are never content."""
    stack: list[tuple[str, _Element]] = [("start", body)]
    while stack:
        event, element = stack.pop()
        if event != "start":
            yield event, element
            continue
        tail = [("tail", element)] if element is not body else []
        if (
            not isinstance(element.tag, str)
            or element.tag in _SKIPPED
            or (not whole and _is_boilerplate(element))
        ):
            stack.extend(tail)
            continue
        yield "start", element
        stack.extend(tail)
        stack.append(("end", element))
        stack.extend(("start", child) for child in reversed(element))
        stack.append(("text", element))


def _is_boilerplate(element: _Element) -> bool:
    if element.get("role") in _BOILERPLATE_ROLES:
        return True
    if element.tag not in _BOILERPLATE:
        return False
    # The header of an article holds its title; the header of a page holds its menu.
    return element.tag != "header" or not any(
        parent.tag in _CONTENT_ROLES for parent in element.iterancestors()
    )


def _content_of(element: _Element) -> tuple[BlockKind, str]:
    tag = element.tag
    if tag in _HEADINGS:
        return "heading", " ".join(element.itertext())
    if tag in _CODE:
        return "code", "".join(element.itertext())
    if tag == "table":
        return "table", "\n".join(_rows(element))
    return "text", _flow(element)


def _rows(table: _Element) -> Iterator[str]:
    for row in table.iter("row"):
        cells = (clean_line(_flow(cell)) for cell in row.iter("cell"))
        yield ", ".join(cell for cell in cells if cell)


def _flow(element: _Element) -> str:
    """The text of an element with a line end for each break, item and paragraph in it."""
    parts: list[str] = []
    for event, child in _walk(element, whole=True):
        if event == "text":
            parts.append(child.text or "")
        elif event == "tail":
            parts.append(child.tail or "")
        elif child.tag == "lb" or child.tag in _BLOCKS or child.tag in _HEADINGS:
            parts.append("\n")
    return re.sub(r"\n\s*\n+", "\n", "".join(parts))


def _add(blocks: list[Block], kind: BlockKind, text: str) -> None:
    if kind == "code":
        text = _LINE_SPACE.sub("", clean_code(text)).strip("\n")
    elif kind == "heading":
        text = clean_line(text)
    else:
        text = clean_text(text)
    if text and (not blocks or blocks[-1].text != text):
        blocks.append(Block(kind, text))


def clean_code(text: str) -> str:
    """Cleaned like all text, with the indentation kept."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    return "\n".join(" " * (len(line) - len(line.lstrip(" "))) + clean_text(line) for line in lines)
