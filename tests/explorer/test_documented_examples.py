"""The statements with which docs/sql.md begins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.explorer.sql_reference import DOCUMENT

if TYPE_CHECKING:
    from tests.explorer.conftest import Bench

VALUES = {"site": "a.example"}


def test_statements_that_the_document_begins_with_run_as_they_stand(bench: Bench, pages: int) -> None:
    statements = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert len(statements) == 3
    found = [bench.run(sql, VALUES if ":site" in sql else None) for sql in statements]
    words, week, site = found
    assert [row[0] for row in words["rows"]] == ["Page 1"]
    assert "[Bread]" in words["rows"][0][2]
    assert week["columns"] == ["domain", "visits", "latest"]
    assert len(site["rows"]) == pages
