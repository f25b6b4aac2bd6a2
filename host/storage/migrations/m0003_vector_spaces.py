"""Several vector spaces in one file: which there are, and which of them serves.

What a space holds is said by its own table of codes from here on. `pages.embedded_with` and
`page_chunks.embedded_with` mean nothing any more; they stay, because to drop a column is to write
every page anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import apsw

SCHEMA = """
-- Slot 1 has tables without a number (chunk_embeddings), slot 2 those of `_2`, and so on.
-- `used` counts up: the space that was wanted last has the highest.
CREATE TABLE vector_spaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slot INTEGER NOT NULL UNIQUE,
    model_id TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('active', 'building', 'kept', 'leaving')),
    used INTEGER NOT NULL
);
CREATE UNIQUE INDEX vector_spaces_role ON vector_spaces (role) WHERE role IN ('active', 'building');
DROP INDEX page_chunks_waiting;
"""

ADOPT = """
INSERT INTO vector_spaces (slot, model_id, dimensions, role, used) VALUES (1, ?, ?, 'active', 1)
"""

# A page whose title or text changed since keeps its old vector until it has a new one.
CODES = """
ALTER TABLE vector_codes ADD COLUMN outdated INTEGER NOT NULL DEFAULT 0;
UPDATE vector_codes SET outdated = 1
    WHERE chunk_id = 0 AND page_id IN (SELECT id FROM pages WHERE embedded_with IS NULL);
DELETE FROM meta WHERE key = 'vector_space';
"""


def migrate(connection: apsw.Connection) -> None:
    """Add the list of spaces; the vectors that are there become the first and go on serving."""
    connection.execute(SCHEMA)
    rows = connection.execute("SELECT value FROM meta WHERE key = 'vector_space'").fetchall()
    if rows:
        space = json.loads(rows[0][0])
        connection.execute(ADOPT, (space["model_id"], space["dimensions"]))
        connection.execute(CODES)
