from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.core.errors import InvalidInput
from host.core.text import clean_line
from host.finetune.row_files import FORMATS, Format, read_rows, write_rows
from host.finetune.rows import Row

if TYPE_CHECKING:
    from pathlib import Path

LINE = st.text(max_size=40).map(clean_line)
ROWS = st.lists(
    st.builds(
        Row,
        title=LINE.filter(bool),
        url=LINE,
        category=st.none() | LINE.filter(bool),
        language=st.sampled_from(["en", "de", "ja"]),
        source=st.sampled_from(["template", "written", "correction", "page"]),
        group=LINE,
        hard=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("form", FORMATS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS)
def test_what_was_written_is_read_back(tmp_path: Path, form: Format, rows: list[Row]) -> None:
    path = tmp_path / f"rows.{form}"
    path.write_text(write_rows(rows, form), encoding="utf-8", newline="")
    assert read_rows(path) == rows


def test_a_table_of_ones_own_needs_three_columns_only(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "\ufefftitle,url,category\nInbox,https://mail.example.com/,Work\nMap,,\n", encoding="utf-8"
    )
    assert read_rows(path) == [Row("Inbox", "https://mail.example.com/", "Work"), Row("Map", "", None)]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", '{"title": "a", "url": "", "category": null}\n{"title"', "line 2: this is not JSON"),
        ("a.jsonl", "[1]\n", "line 1: a row is an object"),
        ("a.jsonl", '{"title": "a", "url": "b"}', "line 1: 'category' is missing"),
        ("a.jsonl", '{"title": 3, "url": "b", "category": null}', "line 1: 'title' must be text"),
        ("a.jsonl", '{"title": "a", "url": "", "category": "", "hard": "maybe"}', "'hard' must be true"),
        ("a.jsonl", '{"title": "a", "url": "", "category": "", "source": "web"}', "no source 'web'"),
        ("a.jsonl", '{"title": " ", "url": "", "category": "Dev"}', "both empty"),
        ("a.jsonl", "\n\n", "holds no rows"),
        ("a.json", '[\n{"title": }]', "line 2: this is not JSON"),
        ("a.json", '{"title": "a"}', "no list of rows"),
        ("a.json", "[{}]", "row 1: 'title' is missing"),
        ("a.json", "[" * 100_000, "this is not JSON"),
        ("a.csv", "title,url\na,b\n", "no column 'category'"),
        ("a.csv", "title,url,category\na,b,c\na,b,c,d\n", "line 3: there are more cells"),
        ("a.csv", "title,url,category\na,b\n", "line 2: 'category' is missing"),
        ("a.csv", 'title,url,category\n"a,b\n', "unexpected end"),
        ("a.csv", "", "no column 'title'"),
        ("a.txt", "", "must end in .jsonl, .json, .csv"),
    ],
)
def test_a_broken_file_is_told_with_its_place(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=said):
        read_rows(path)


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl")
    (tmp_path / "bytes.csv").write_bytes(b"title,url,category\n\xff\xfe,b,c\n")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        read_rows(tmp_path / "bytes.csv")
