"""Full text over pages: the FTS5 index, its triggers, and the one function that quotes a match."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw

from host.storage.connection import separate_unspaced
from host.storage.filters import PageFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

# Pages of the index that are written in one step of compacting it: a few megabytes.
MERGED = 500
# Title, words of the URL, text. Measured in docs/ranking.md.
COLUMN_WEIGHTS = (3.0, 1.5, 1.0)

_INDEX = """
CREATE VIRTUAL TABLE IF NOT EXISTS pages_fts USING fts5 (
    title, url_words, content_text,
    content='pages_text', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE IF NOT EXISTS pages_terms USING fts5vocab (pages_fts, row);

CREATE TRIGGER IF NOT EXISTS pages_fts_insert AFTER INSERT ON pages BEGIN
    INSERT INTO pages_fts (rowid, title, url_words, content_text)
    VALUES (new.id, separate_unspaced(new.title), separate_unspaced(new.url_words),
            separate_unspaced(new.content_text));
END;
CREATE TRIGGER IF NOT EXISTS pages_fts_delete BEFORE DELETE ON pages BEGIN
    INSERT INTO pages_fts (pages_fts, rowid, title, url_words, content_text)
    VALUES ('delete', old.id, separate_unspaced(old.title), separate_unspaced(old.url_words),
            separate_unspaced(old.content_text));
END;
CREATE TRIGGER IF NOT EXISTS pages_fts_update AFTER UPDATE OF title, url_words, content_text ON pages BEGIN
    INSERT INTO pages_fts (pages_fts, rowid, title, url_words, content_text)
    VALUES ('delete', old.id, separate_unspaced(old.title), separate_unspaced(old.url_words),
            separate_unspaced(old.content_text));
    INSERT INTO pages_fts (rowid, title, url_words, content_text)
    VALUES (new.id, separate_unspaced(new.title), separate_unspaced(new.url_words),
            separate_unspaced(new.content_text));
END;
"""

TRIGGERS = ("pages_fts_insert", "pages_fts_delete", "pages_fts_update")


@dataclass(frozen=True)
class Term:
    """One thing to match: a word, a phrase, or the beginning of a word.

    Attributes:
        text: the word or phrase as typed.
        prefix: matches any word that begins so (the last word while it is being typed).
        column: only there ("title"), or anywhere.
    """

    text: str
    prefix: bool = False
    column: str | None = None


@dataclass(frozen=True)
class Match:
    """What a full-text search asks for.

    Attributes:
        any_of: a page must hold at least one; all of them count for its score.
        all_of: a page must hold every one.
        none_of: a page may hold none.
    """

    any_of: tuple[Term, ...] = ()
    all_of: tuple[Term, ...] = ()
    none_of: tuple[Term, ...] = ()


@dataclass(frozen=True)
class TextHit:
    """A page and its BM25 (larger is better)."""

    page_id: int
    bm25: float


def create_index(connection: apsw.Connection) -> None:
    """Make the index and its triggers when they are missing, and fill it from pages that exist."""
    exists = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'pages_fts'").fetchall()
    connection.execute(_INDEX)
    if not exists:
        # Deleted words leave the index at once instead of at some later merge.
        connection.execute("INSERT INTO pages_fts (pages_fts, rank) VALUES ('secure-delete', 1)")
        connection.execute("INSERT INTO pages_fts (pages_fts) VALUES ('rebuild')")


def drop_index(connection: apsw.Connection) -> None:
    """Remove the index and its triggers; `create_index` makes and fills them anew."""
    for trigger in TRIGGERS:
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    connection.execute("DROP TABLE IF EXISTS pages_terms")
    connection.execute("DROP TABLE IF EXISTS pages_fts")


def rebuild_index(connection: apsw.Connection) -> None:
    """Make the full-text index anew from the pages."""
    connection.execute("INSERT INTO pages_fts (pages_fts) VALUES ('rebuild')")


def compact_index(connection: apsw.Connection, *, begin: bool) -> bool:
    """Do a step of writing the index anew without the room that deleted words have left in it.

    Args:
        connection: inside a transaction.
        begin: whether this is the first step of several.

    Returns:
        whether there is more to do.
    """
    before = connection.total_changes()
    # https://www.sqlite.org/fts5.html#the_merge_command: a negative number merges all of it from now on.
    connection.execute(
        "INSERT INTO pages_fts (pages_fts, rank) VALUES ('merge', ?)", (-MERGED if begin else MERGED,)
    )
    return bool(connection.total_changes() - before > 1)


def check_index(connection: apsw.Connection) -> bool:
    """Whether the index agrees with the pages."""
    try:
        connection.execute("INSERT INTO pages_fts (pages_fts, rank) VALUES ('integrity-check', 1)")
    except apsw.CorruptError:
        return False
    return True


def quote_match(match: Match) -> str | None:
    """Write `match` in FTS5's language. The only place where text becomes part of a match expression.

    Returns:
        the expression, or None when nothing in it can be searched for.
    """
    required = [quoted for term in match.all_of if (quoted := _quote_term(term))]
    optional = [quoted for term in match.any_of if (quoted := _quote_term(term))]
    refused = [quoted for term in match.none_of if (quoted := _quote_term(term))]
    parts = list(required)
    if optional:
        parts.append("(" + " OR ".join(optional) + ")")
    if not parts:
        return None
    expression = " AND ".join(parts)
    for term in refused:
        expression = f"({expression}) NOT {term}"
    return expression


def search_text(
    connection: apsw.Connection, match: Match, limit: int, page_filter: PageFilter | None = None
) -> list[TextHit]:
    """The best pages for `match`.

    Args:
        connection: a connection with FTS5.
        match: what to find.
        limit: how many pages at most.
        page_filter: narrows the pages.

    Returns:
        hits, best first; empty when the match holds no word.
    """
    expression = quote_match(match)
    if expression is None:
        return []
    where, values = (page_filter or PageFilter()).to_sql("pages_fts.rowid")
    weights = ", ".join(str(weight) for weight in COLUMN_WEIGHTS)
    rows = connection.execute(
        f"SELECT rowid, bm25(pages_fts, {weights}) AS score FROM pages_fts "
        f"WHERE pages_fts MATCH ? {where} ORDER BY score LIMIT ?",
        (expression, *values, limit),
    )
    return [TextHit(int(page_id), -float(score)) for page_id, score in rows]


def filter_pages(connection: apsw.Connection, match: Match, page_ids: Sequence[int]) -> list[int]:
    """Those of `page_ids` that hold all of `match.all_of` and none of `match.none_of`, in the same order.

    Whole lists are compared: asking FTS5 about single rows takes ten times as long.
    """
    if not page_ids:
        return []
    allowed = set(page_ids)
    for term in match.all_of:
        if _quote_term(term) is not None:
            allowed &= find_pages_with(connection, term)
    for term in match.none_of:
        allowed -= find_pages_with(connection, term)
    return [page_id for page_id in page_ids if page_id in allowed]


def find_pages_with(connection: apsw.Connection, term: Term) -> frozenset[int]:
    """The pages that hold `term`."""
    quoted = _quote_term(term)
    if quoted is None:
        return frozenset()
    # One row of JSON instead of thousands: a frequent word is on half of the pages.
    rows = connection.execute(
        "SELECT json_group_array(rowid) FROM pages_fts WHERE pages_fts MATCH ?", (quoted,)
    ).fetchall()
    return frozenset(json.loads(rows[0][0]))


def read_vocabulary(connection: apsw.Connection, begin: str, end: str) -> dict[str, int]:
    """The (stemmed) words of the index from `begin` up to but not including `end`, with their page counts."""
    rows = connection.execute("SELECT term, doc FROM pages_terms WHERE term >= ? AND term < ?", (begin, end))
    return {str(term): int(count) for term, count in rows}


def _quote_term(term: Term) -> str | None:
    """`term` as an FTS5 string. Inside double quotes nothing but a double quote has a meaning."""
    # Half a character of two (a lone surrogate) has no UTF-8, so it cannot be in the index either.
    text = (separate_unspaced(term.text) or "").encode("utf-8", errors="replace").decode("utf-8")
    text = text.replace("\0", " ")
    if not any(character.isalnum() for character in text):
        return None
    column = "title : " if term.column == "title" else ""
    quoted = text.replace('"', '""')
    return f'{column}"{quoted}"{" *" if term.prefix else ""}'
