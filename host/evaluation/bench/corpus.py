"""Invented pages with the statistics of real ones, the same at every run.

Words follow Zipf's law (rank-frequency exponent 1.07, as measured on English prose), lengths a log-normal
distribution around 600 words. Speed depends on these two and not on what the words say.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VOCABULARY = 60_000
FUNCTION_WORDS = 60
_EXPONENT = 1.07
_MEDIAN_WORDS = 600
_SPREAD = 0.7
_SYLLABLES = tuple(consonant + vowel for consonant in "bcdfghjklmnprstvwyz" for vowel in "aeiou")


@dataclass(frozen=True)
class InventedPage:
    """A page with a title, text in paragraphs, and an address."""

    url: str
    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n\n".join(self.paragraphs)

    def to_html(self, padding: int = 0) -> str:
        """As HTML, with a menu and scripts around it up to about `padding` bytes."""
        body = "".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)
        links = "".join(f'<li><a href="/menu/{number}">Menu entry {number}</a></li>' for number in range(40))
        page = (
            f"<!doctype html><html lang=en><head><title>{self.title}</title></head><body>"
            f"<nav><ul>{links}</ul></nav><article><h1>{self.title}</h1>{body}</article><script>%s</script></body></html>"
        )
        return page % ("var data=0;" * max(0, (padding - len(page)) // 11))


class Vocabulary:
    """Invented words by rank, drawn as often as Zipf's law says."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)  # noqa: S311
        seen: dict[str, None] = {}
        while len(seen) < VOCABULARY:
            seen["".join(self._random.choices(_SYLLABLES, k=self._random.choice((2, 2, 3, 3, 4))))] = None
        self.words = list(seen)
        self._silent = frozenset(self.words[:FUNCTION_WORDS])
        total = 0.0
        self._cumulative = []
        for rank in range(1, VOCABULARY + 1):
            total += rank**-_EXPONENT
            self._cumulative.append(total)

    def draw(self, count: int) -> list[str]:
        """`count` words of running text."""
        return self._random.choices(self.words, cum_weights=self._cumulative, k=count)

    def make_pages(self, count: int) -> Iterator[InventedPage]:
        """Pages one after the other."""
        for number in range(count):
            length = max(40, int(_MEDIAN_WORDS * math.exp(self._random.gauss(0, _SPREAD))))
            words = self.draw(length)
            sentences = [" ".join(words[at : at + 18]).capitalize() + "." for at in range(0, length, 18)]
            paragraphs = tuple(" ".join(sentences[at : at + 5]) for at in range(0, len(sentences), 5))
            title = " ".join(self.draw(6)).capitalize()
            site = f"site{self._random.randrange(300)}.example"
            yield InventedPage(
                f"https://{site}/{number}/{'-'.join(title.lower().split()[:3])}", title, paragraphs
            )

    def make_queries(self, count: int) -> list[str]:
        """Queries as people type them: one to six words, common and rare.

        The most frequent words stand for "the" and "of" in an invented language. The product leaves those out
        of a real query, but cannot recognise them here, so they are left out of the queries.
        """
        made: list[str] = []
        while len(made) < count:
            words = [word for word in self.draw(self._random.randint(2, 9)) if word not in self._silent][:6]
            if words:
                made.append(" ".join(words))
        return made
