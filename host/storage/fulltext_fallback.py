"""Full text without FTS5: `rank_bm25` over titles and texts held in memory.

Slower and unstemmed, for a SQLite that was built without FTS5. Held to the same tests as `fulltext`.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import numpy as np
from rank_bm25 import BM25Plus

from host.storage.connection import separate_unspaced
from host.storage.fulltext import Match, Term, TextHit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import apsw

    from host.storage.filters import PageFilter

_WORD = re.compile(r"\w+")
# A word of the title counts as often as FTS5's column weights make it count.
_TITLE_REPEATS = 3


def _words(text: str) -> list[str]:
    return _WORD.findall((separate_unspaced(text) or "").casefold())


class MemoryIndex:
    """BM25 over every page, rebuilt when the pages have changed."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._lock = threading.Lock()
        self._ids: list[int] = []
        self._texts: list[list[str]] = []
        self._titles: list[list[str]] = []
        self._bm25: BM25Plus | None = None

    def search(
        self, connection: apsw.Connection, match: Match, limit: int, page_filter: PageFilter | None = None
    ) -> list[TextHit]:
        """The best pages for `match`, best first; see `fulltext.search_text`."""
        with self._lock:
            return self._search(connection, match, limit, page_filter)

    def _search(
        self, connection: apsw.Connection, match: Match, limit: int, page_filter: PageFilter | None
    ) -> list[TextHit]:
        self._refresh(connection)
        wanted = [word for term in (*match.any_of, *match.all_of) for word in self._expand(term)]
        if not wanted or self._bm25 is None:
            return []
        allowed = _allowed_pages(connection, page_filter)
        scores = self._bm25.get_scores(wanted)
        hits = []
        for index in np.argsort(-scores, kind="stable"):
            page_id = self._ids[index]
            if (allowed is None or page_id in allowed) and self._passes(int(index), match):
                hits.append(TextHit(page_id, float(scores[index])))
                if len(hits) == limit:
                    break
        return hits

    def keep_allowed(self, connection: apsw.Connection, match: Match, page_ids: Sequence[int]) -> list[int]:
        """Those of `page_ids` that meet the conditions of `match`; see `fulltext.filter_pages`."""
        with self._lock:
            self._refresh(connection)
            places = {page_id: index for index, page_id in enumerate(self._ids)}
            conditions = Match(all_of=match.all_of, none_of=match.none_of)
            return [
                page_id
                for page_id in page_ids
                if page_id in places and self._passes(places[page_id], conditions)
            ]

    def _refresh(self, connection: apsw.Connection) -> None:
        version = hash(tuple(connection.execute("SELECT id, title, content_hash FROM pages")))
        if version == self._version:
            return
        self._ids, self._texts, self._titles = [], [], []
        for page_id, title, url_words, text in connection.execute(
            "SELECT id, title, url_words, content_text FROM pages"
        ):
            title_words = _words(title)
            self._ids.append(int(page_id))
            self._titles.append(title_words)
            self._texts.append(title_words * _TITLE_REPEATS + _words(url_words) + _words(text))
        self._bm25 = BM25Plus(self._texts) if any(self._texts) else None
        self._version = version

    def _expand(self, term: Term) -> Iterable[str]:
        words = _words(term.text)
        if term.prefix and words and self._bm25 is not None:
            *head, last = words
            return [*head, *(word for word in self._bm25.idf if word.startswith(last))]
        return words

    def _passes(self, index: int, match: Match) -> bool:
        def holds(term: Term) -> bool:
            words = _words(term.text)
            if not words:
                return False
            text = self._titles[index] if term.column == "title" else self._texts[index]
            last = len(words) - 1
            return any(
                all(
                    text[start + offset] == word
                    or (term.prefix and offset == last and text[start + offset].startswith(word))
                    for offset, word in enumerate(words)
                )
                for start in range(len(text) - last)
            )

        if any(holds(term) for term in match.none_of) or not all(holds(term) for term in match.all_of):
            return False
        return not match.any_of or any(holds(term) for term in match.any_of)


def _allowed_pages(connection: apsw.Connection, page_filter: PageFilter | None) -> set[int] | None:
    if page_filter is None or page_filter.empty:
        return None
    clause, values = page_filter.to_subquery()
    return {int(row[0]) for row in connection.execute(clause, values)}
