from __future__ import annotations

import pytest

from host.evaluation.tab_rows import hash_text, read_own_tabs
from host.finetune import exclusion
from host.finetune.exclusion import find_examined
from host.finetune.rows import Row

TAB = next(tab for tab in read_own_tabs() if len(tab.title) > 30 and tab.url.startswith("https://"))


@pytest.mark.parametrize(
    ("row", "examined"),
    [
        (Row(TAB.title, TAB.url, None), True),
        (Row(TAB.title.upper(), "https://elsewhere.example/", None), True),
        (Row(f"{TAB.title}!!", "", None), True),
        (Row("Quite another title of a page", f"{TAB.url}?utm_source=mail#top", None), True),
        (Row("Quite another title of a page", "https://elsewhere.example/", None), False),
        (Row("", "", None), False),
    ],
)
def test_a_row_is_known_by_its_title_a_title_like_it_or_its_address(row: Row, *, examined: bool) -> None:
    assert find_examined([row]) == [examined]


def test_a_page_of_which_only_a_hash_is_kept_is_known_too(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row("A title that nobody has", "https://elsewhere.example/one", None)
    hashes = {hash_text(f"{row.url} {row.title}")}
    monkeypatch.setattr(exclusion, "_read_tests", lambda: (frozenset(), frozenset(), frozenset(hashes)))
    assert find_examined([row, Row("Another title", row.url, None)]) == [True, False]
