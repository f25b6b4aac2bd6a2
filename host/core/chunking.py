"""Passages of about an embedding model's window, cut on heading, paragraph and sentence borders.

Pure functions, quick enough for the moment of capture: tokens are estimated from the shape of words unless
the caller brings a real count. The splitting below the paragraph is `semantic_text_splitter`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING

from semantic_text_splitter import TextSplitter

from host.core.article import Block
from host.core.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# all-MiniLM-L6-v2 reads 256 tokens: two mark the ends and about thirty are for title and heading.
DEFAULT_WINDOW = 220
DEFAULT_OVERLAP = 32
_PIECE = re.compile(r"[A-Za-z\u00c0-\u024f]+|\d+|[^\W\d_]|[^\w\s]|_")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_WORDS_OF_ENGLISH, _WORDS_OF_OTHERS = 6, 3
_LONG_STRETCH = 20_000
_PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Passage:
    """A stretch of a page.

    Attributes:
        position: its place on the page, from 0.
        heading: the heading that it stands under, "" when there is none.
        text: what it says; it begins with its heading where the section begins.
    """

    position: int
    heading: str
    text: str


def split_passages(
    blocks: Iterable[Block],
    *,
    window: int = DEFAULT_WINDOW,
    overlap: int = DEFAULT_OVERLAP,
    language: str | None = None,
    count_tokens: Callable[[str], int] | None = None,
) -> list[Passage]:
    """Cut a page into passages.

    Short blocks are put together; a heading begins a new passage once the one before it is half full, or when
    what stands under it would not fit. Every word is in some passage, and none is over the window.

    Args:
        blocks: the content in reading order.
        window: the most tokens in a passage.
        overlap: about how many tokens a passage repeats of the one before it, within the same section.
        language: ISO 639 code of the text, which makes the estimate of tokens better.
        count_tokens: a real count, for instance a tokenizer's; default is `estimate_tokens`.

    Returns:
        The passages in order; none for no text.
    """
    # The same text is asked for more than once, and a real count is what takes the time.
    count = cache(count_tokens or partial(estimate_tokens, language=language))
    passages: list[Passage] = []
    for section in _merge(_sections(blocks), count, window):
        for piece in _pieces(section, window, overlap, count):
            passages.append(Passage(len(passages), section.heading, piece))
    return passages


def split_text(
    text: str, *, window: int = DEFAULT_WINDOW, overlap: int = DEFAULT_OVERLAP, language: str | None = None
) -> list[Passage]:
    """Passages of a text that came without structure: its paragraphs are the blocks."""
    return split_passages(text_blocks(text), window=window, overlap=overlap, language=language)


def text_blocks(text: str) -> tuple[Block, ...]:
    """The paragraphs of a text as blocks."""
    return tuple(Block("text", part) for part in _PARAGRAPHS.split(clean_text(text)) if part.strip())


def embedding_text(title: str, heading: str, text: str) -> str:
    """What an embedding model is given for a passage: title and heading in front, nothing said twice."""
    lines = [title]
    if heading != title:
        lines.append(heading)
    lines = [line for line in lines if line and not text.startswith(line)]
    return "\n".join([*lines, text])


def estimate_tokens(text: str, *, language: str | None = None) -> int:
    """About how many word pieces an English vocabulary makes of a text; tends to say too many.

    Within a tenth for English, German and Spanish prose and for code, against the real vocabulary.
    """
    whole = _WORDS_OF_ENGLISH if language in {None, "en"} else _WORDS_OF_OTHERS
    tokens = len(_HANGUL.findall(text)) // 2
    for piece in _PIECE.findall(text):
        size = len(piece)
        if piece[0].isdigit():
            tokens += (size + 2) // 3
        else:
            tokens += 1 if size <= whole else 1 + (size - whole + 3) // 4
    return tokens


@dataclass(frozen=True)
class _Section:
    """What stands under a heading.

    Attributes:
        heading: the heading in force.
        lead: the headings that it begins with.
        body: what follows them.
    """

    heading: str
    lead: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.lead}\n\n{self.body}".strip()


def _sections(blocks: Iterable[Block]) -> Iterator[_Section]:
    """Runs of headings with what follows them."""
    heading = ""
    lead: list[str] = []
    body: list[str] = []
    for block in blocks:
        if block.kind != "heading":
            body.append(block.text)
            continue
        if body:
            yield _Section(heading, "\n\n".join(lead), "\n\n".join(body))
            lead, body = [], []
        heading = block.text
        lead.append(block.text)
    if lead or body:
        yield _Section(heading, "\n\n".join(lead), "\n\n".join(body))


def _merge(sections: Iterable[_Section], count: Callable[[str], int], window: int) -> Iterator[_Section]:
    """The same with short sections put together as long as they fit into one passage."""
    merged: _Section | None = None
    size = 0
    for section in sections:
        added = count(section.text)
        if merged and 2 * size < window and size + added <= window:
            merged = _Section(merged.heading, merged.lead, f"{merged.body}\n\n{section.text}".strip())
            size += added
            continue
        if merged:
            yield merged
        merged, size = section, added
    if merged:
        yield merged


def _pieces(section: _Section, window: int, overlap: int, count: Callable[[str], int]) -> Iterator[str]:
    """The passages of a section. Its heading stays with what it is the heading of."""
    lead_size = count(section.lead)
    if not section.body or 2 * lead_size > window or count(section.text) <= window:
        yield from _fit(section.text, window, overlap, count)
        return
    lead = section.lead
    for piece in _fit(section.body, window - lead_size, overlap, count):
        yield f"{lead}\n\n{piece}".strip()
        lead = ""


def _fit(text: str, window: int, overlap: int, count: Callable[[str], int]) -> Iterator[str]:
    """Pieces of a text within the window."""
    for stretch in _stretches(text):
        tokens = count(stretch)
        if tokens <= window:
            yield stretch
            continue
        capacity = max(1, min(len(stretch) - 1, int(len(stretch) * window / tokens)))
        for piece in _splitter(capacity, int(capacity * overlap / window)).chunks(stretch):
            if len(piece) < len(stretch) and count(piece) > window:
                # Denser than the rest of its section. No overlap inside: it would grow with each level.
                yield from _fit(piece, window, 0, count)
            else:
                yield piece


def _stretches(text: str) -> Iterator[str]:
    """A text in parts that the splitter takes quickly: its time grows with the square of a long run."""
    while len(text) > _LONG_STRETCH:
        half = _LONG_STRETCH // 2
        cut = max(text.rfind(mark, half, _LONG_STRETCH) for mark in ("\n", " "))
        cut = _LONG_STRETCH if cut < 0 else cut + 1
        if stretch := text[:cut].strip():
            yield stretch
        text = text[cut:]
    if text := text.strip():
        yield text


@lru_cache(maxsize=64)
def _splitter(capacity: int, overlap: int) -> TextSplitter:
    return TextSplitter(capacity, min(overlap, capacity - 1))
