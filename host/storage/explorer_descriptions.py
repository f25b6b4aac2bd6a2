"""A sentence on each table, and on the functions that are worth knowing of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_TABLES = {
    "answer_sentences": "Sentences of the answers in chats.",
    "captures": "Pages as the browser sent them, until they have been read.",
    "categories": "Categories of tabs and pages.",
    "chunk_embeddings": "Vectors of passages (sqlite-vec, float32, cosine).",
    "citations": "Passages that answers in chats were made from, and the quotes that support them.",
    "conversations": "Chats with the history.",
    "growth": "Pages and bytes of the database, day by day.",
    "jobs": "What is still to be done in the background.",
    "message_pages": "Pages that were at hand when an answer was made.",
    "messages": "Questions and answers of chats.",
    "meta": "What the program notes about the database itself.",
    "page_chunks": "Passages of pages, as search and chat quote them.",
    "page_embeddings": "Vectors of pages by title and beginning (sqlite-vec, float32, cosine).",
    "page_urls": "Every address under which a page was visited.",
    "pages": "Pages that were visited: one row for each address, with title and text.",
    "pages_fts": "Full text of the pages (FTS5): pages_fts MATCH 'word', bm25(), snippet(), highlight().",
    "pages_terms": "The stemmed words of the full text, with how many pages have them.",
    "pages_text": "Titles and texts as the full text indexes them.",
    "saved_queries": "Statements that were kept.",
    "sentence_citations": "Which passage supports which sentence of an answer.",
    "settings": "Settings that differ from their defaults.",
    "tab_corrections": "Where a person said that a tab belongs.",
    "vector_codes": "One bit a dimension of every vector: the coarse half of the vector search.",
    "vector_spaces": "Models that vectors were made with, and which of them serves.",
    "visits": "Each visit to a page, with its time.",
}
_SYSTEM = {
    "sqlite_sequence": "The highest numbers given so far (SQLite's own).",
    "sqlite_stat1": "What ANALYZE found out about indexes (SQLite's own).",
    "sqlite_stat4": "Samples of indexes by ANALYZE (SQLite's own).",
}
# The passages' vectors of the first embedding model; those of a later one have a number.
_VECTORS = "chunk_embeddings"
_SLOT = re.compile(r"_\d+$")


@dataclass(frozen=True)
class FunctionNote:
    """A function worth knowing of."""

    name: str
    usage: str
    description: str


FUNCTION_NOTES = (
    FunctionNote(
        "embed",
        "embed('how bread rises')",
        "A text as a vector of the model that search uses; at most 8 texts in a statement.",
    ),
    FunctionNote(
        "vec_distance_cosine",
        "SELECT chunk_id, vec_distance_cosine(embedding, embed('bread')) AS d FROM chunk_embeddings"
        " ORDER BY d LIMIT 10",
        "Cosine distance of two vectors: 0 for the same direction, 1 for none in common.",
    ),
    FunctionNote(
        "MATCH (vectors)",
        "SELECT chunk_id, distance FROM chunk_embeddings WHERE embedding MATCH embed('bread') AND k = 10",
        "The k nearest vectors (sqlite-vec).",
    ),
    FunctionNote("vec_to_json", "vec_to_json(embedding)", "All numbers of a vector, as JSON."),
    FunctionNote("vec_length", "vec_length(embedding)", "How many dimensions a vector has."),
    FunctionNote(
        "vec_distance_l2", "vec_distance_l2(a, b)", "Euclidean distance; also vec_distance_l1 and _hamming."
    ),
    FunctionNote(
        "MATCH (words)",
        "SELECT rowid, title FROM pages_fts WHERE pages_fts MATCH 'bread NEAR yeast' ORDER BY rank LIMIT 10",
        'Full text: AND, OR, NOT, NEAR, "a phrase", prefix*, title : word (FTS5).',
    ),
    FunctionNote(
        "bm25",
        "bm25(pages_fts, 3.0, 1.5, 1.0)",
        "How well a row fits a MATCH, lower is better; weights of title, url_words, content_text.",
    ),
    FunctionNote(
        "snippet",
        "snippet(pages_fts, 2, '[', ']', '…', 12)",
        "The words around a match: column 0 title, 1 url_words, 2 content_text.",
    ),
    FunctionNote("highlight", "highlight(pages_fts, 0, '[', ']')", "A column with its matches marked."),
    FunctionNote(
        "separate_unspaced",
        "pages_fts MATCH separate_unspaced('日本')",
        "A text with spaces around characters of scripts that are written without them, as the index has it.",
    ),
    FunctionNote(
        "datetime_ms",
        "datetime_ms(last_visit_at)",
        "A time of this database (milliseconds since 1970) as text, UTC.",
    ),
    FunctionNote(
        "unixepoch",
        "unixepoch('now', '-7 days') * 1000",
        "Seconds since 1970 of a date; times 1000 it compares with times of this database.",
    ),
    FunctionNote("json_each", "json_each(examples)", "The items of a JSON list as rows; also json_extract."),
)


def note_functions(vectors: str | None) -> list[FunctionNote]:
    """The functions worth knowing of.

    Args:
        vectors: the table of passages' vectors that search goes by, which their examples ask then.
    """
    if vectors is None:
        return list(FUNCTION_NOTES)
    return [replace(note, usage=note.usage.replace(_VECTORS, vectors)) for note in FUNCTION_NOTES]


def describe_table(name: str, kind: str) -> str:
    """A sentence on a table; "" for one that is none of ours."""
    if kind == "shadow":
        return "Inside of a virtual table."
    # Later vector spaces have tables with a number.
    return _TABLES.get(name) or _SYSTEM.get(name) or _TABLES.get(_SLOT.sub("", name), "")
