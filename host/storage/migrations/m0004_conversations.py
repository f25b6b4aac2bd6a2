"""Conversations with the history, and who wrote a page's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

SCHEMA = """
ALTER TABLE pages ADD COLUMN summary_model TEXT;
-- NULL until a page was looked at for a summary, also when it has nothing that could be summarised.
CREATE INDEX pages_unsummarised ON pages (last_visit_at)
    WHERE summary_model IS NULL AND captured_at IS NOT NULL;

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX conversations_updated_at ON conversations (updated_at);

-- `text` is what a person asked. Answers are rows of answer_sentences, and `answers` is their question.
-- `shown` and `raw` are what a language model was given and wrote, exactly, so that it goes on without
-- reading the conversation again. `details` is JSON of what has no words of pages but `searched_for`: the
-- reason of a fallback, what was searched, times.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    answers INTEGER UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    text TEXT NOT NULL DEFAULT '',
    shown TEXT NOT NULL DEFAULT '',
    raw TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'complete'
        CHECK (state IN ('waiting', 'complete', 'stopped', 'none', 'fallback')),
    engine TEXT,
    model TEXT,
    details TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL
);
CREATE INDEX messages_conversation ON messages (conversation_id, id);

CREATE TABLE answer_sentences (
    id INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    supported INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (message_id, position)
);

-- Every passage that was found for an answer; `quote` is the sentence that supports it, "" when not cited.
CREATE TABLE citations (
    id INTEGER PRIMARY KEY,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    chunk_id INTEGER NOT NULL,
    heading TEXT NOT NULL DEFAULT '',
    passage TEXT NOT NULL,
    quote TEXT NOT NULL DEFAULT '',
    cited INTEGER NOT NULL DEFAULT 0,
    UNIQUE (message_id, n)
);
CREATE INDEX citations_page ON citations (page_id);

CREATE TABLE sentence_citations (
    sentence_id INTEGER NOT NULL REFERENCES answer_sentences (id) ON DELETE CASCADE,
    citation_id INTEGER NOT NULL REFERENCES citations (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    PRIMARY KEY (sentence_id, citation_id)
) WITHOUT ROWID;
CREATE INDEX sentence_citations_citation ON sentence_citations (citation_id);

-- Every page whose words were at hand when an answer was made: found for it, or for an earlier question of
-- the conversation.
CREATE TABLE message_pages (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    page_id INTEGER NOT NULL REFERENCES pages (id) ON DELETE CASCADE,
    PRIMARY KEY (message_id, page_id)
) WITHOUT ROWID;
CREATE INDEX message_pages_page ON message_pages (page_id);

-- A page that is forgotten takes its words along: the sentences that cite it, those that cite nothing but
-- were written with it at hand, what the model was shown and wrote, and what was searched for.
CREATE TRIGGER pages_forget_quotes BEFORE DELETE ON pages
WHEN EXISTS (SELECT 1 FROM message_pages WHERE page_id = OLD.id)
BEGIN
    UPDATE answer_sentences SET text = '', removed = 1 WHERE id IN (
        SELECT link.sentence_id FROM citations AS source
            JOIN sentence_citations AS link ON link.citation_id = source.id
            WHERE source.page_id = OLD.id
        UNION
        SELECT sentence.id FROM message_pages AS had
            JOIN answer_sentences AS sentence ON sentence.message_id = had.message_id
            WHERE had.page_id = OLD.id AND NOT sentence.supported
    );
    UPDATE messages SET shown = '', raw = '', details = json_remove(details, '$.searched_for') WHERE id IN (
        SELECT message_id FROM message_pages WHERE page_id = OLD.id
    );
END;
"""


def migrate(connection: apsw.Connection) -> None:
    """Add the tables of chat."""
    connection.execute(SCHEMA)
