"""What is left of a page when everything but its content is gone. Plain values, light to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["heading", "text", "code", "table"]


@dataclass(frozen=True)
class Block:
    """A piece of content with nothing but plain text in it.

    Attributes:
        kind: `heading`, `text` (a paragraph, a quotation or a list with an item on each line), `code` or
            `table` (a row on each line, cells separated by a comma).
        text: never empty.
    """

    kind: BlockKind
    text: str


@dataclass(frozen=True)
class Article:
    """The content of one page.

    Attributes:
        title: the page's own title, "" when it has none.
        text: all blocks, a blank line between them.
        language: ISO 639 code in lower case ("en"), or None when it cannot be told.
        author: as the page names it.
        published_at: milliseconds UTC at the start of the day, or None.
        canonical_url: what the page itself claims, absolute and not yet believed.
        description: the page's own summary of itself.
        blocks: the text in reading order.
        truncated: whether some of the page was left out because it was over the limits.
    """

    title: str
    text: str
    language: str | None
    author: str | None
    published_at: int | None
    canonical_url: str | None
    description: str | None
    blocks: tuple[Block, ...]
    truncated: bool = False
