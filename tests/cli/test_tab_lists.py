"""Lists of tabs as people and programs write them."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.cli_commands import tab_lists
from host.cli_commands.tab_lists import BadLine, ListedTab, choose_list_format, open_list, read_list

if TYPE_CHECKING:
    from pathlib import Path

    from host.cli_commands.tab_lists import ListFormat

# What may stand between quotes in CSV, and in JSON: anything but half characters and noughts.
TITLES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40).map(str.strip)
TABS = st.lists(
    st.tuples(st.sampled_from(["https://a.example/x?y=1,2", "chrome://newtab/", "b.example"]), TITLES)
)


def _read(text: str, chosen: ListFormat) -> list[ListedTab | BadLine]:
    return list(read_list(io.StringIO(text, newline=""), chosen))


def _tabs(text: str, chosen: ListFormat) -> list[tuple[str, str]]:
    return [(tab.url, tab.title) for tab in _read(text, chosen) if isinstance(tab, ListedTab)]


def _bad(text: str, chosen: ListFormat) -> list[str]:
    return [str(line) for line in _read(text, chosen) if isinstance(line, BadLine)]


@given(TABS, st.booleans())
def test_what_a_program_writes_as_csv_is_read_as_it_was(tabs: list[tuple[str, str]], header: bool) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([("url", "title"), *tabs] if header else tabs)
    assert _tabs(stream.getvalue(), "csv") == tabs


@given(TABS)
def test_what_a_program_writes_as_json_lines_is_read_as_it_was(tabs: list[tuple[str, str]]) -> None:
    text = "".join(json.dumps({"url": url, "title": title}) + "\n" for url, title in tabs)
    assert _tabs(text, "jsonl") == tabs


@given(st.text(max_size=300), st.sampled_from(tab_lists.LIST_FORMATS))
def test_every_line_of_anything_is_an_entry_or_named_and_in_order(text: str, chosen: ListFormat) -> None:
    found = _read(text, chosen)
    lines = [one.line if isinstance(one, ListedTab) else one.first for one in found]
    assert lines == sorted(set(lines))
    assert all(tab.url or tab.title for tab in found if isinstance(tab, ListedTab))


def test_a_header_may_name_its_columns_in_any_order_and_have_others() -> None:
    found = _read("Id,Title,Text,URL\n1,A,some text,https://a.example/\n2,B,,https://b.example/\n", "csv")
    assert found == [
        ListedTab(2, "https://a.example/", "A", "some text"),
        ListedTab(3, "https://b.example/", "B"),
    ]


def test_an_address_without_a_scheme_is_one_of_the_web_and_is_shown_as_it_was() -> None:
    (tab,) = _read("example.org/a b\nexample.org/cart\tCart\n", "lines")[1:]
    assert isinstance(tab, ListedTab)
    assert (tab.url, tab.address, tab.title) == ("example.org/cart", "https://example.org/cart", "Cart")
    assert ListedTab(1, "chrome://newtab/").address == "chrome://newtab/"


def test_titles_may_be_empty_and_addresses_missing_but_not_both() -> None:
    assert _tabs('{"url": "https://a.example/"}\n{"title": "A", "url": null}\n', "jsonl") == [
        ("https://a.example/", ""),
        ("", "A"),
    ]
    assert _tabs("https://a.example/,\n,B\n", "csv") == [("https://a.example/", ""), ("", "B")]
    assert _bad('{"title": " "}', "jsonl") == ["Line 1: has neither an address nor a title."]


def test_bad_lines_are_named_by_their_number_and_cost_no_other_line() -> None:
    text = '{"url": "https://a.example/"}\n\n[1]\n{"url": 7}\nnothing\n{"url": "https://b.example/"}\n'
    assert _bad(text, "jsonl") == [
        "Line 3: is no JSON object.",
        "Line 4: url is no text.",
        "Line 5: is no JSON.",
    ]
    assert [url for url, _ in _tabs(text, "jsonl")] == ["https://a.example/", "https://b.example/"]
    text = 'https://a.example/,A\n"x"y,B\nhttps://b.example/,B\n"https://c.example/,C\nD\n'
    assert [url for url, _ in _tabs(text, "csv")] == ["https://a.example/", "https://b.example/"]
    first, second = _bad(text, "csv")
    assert first.startswith("Line 2: is no row of CSV")
    assert second.startswith("Lines 4 to 5: is no row of CSV")


@pytest.mark.parametrize("chosen", ["lines", "csv", "jsonl"])
def test_a_line_that_is_too_long_is_passed_over_and_the_next_is_read(
    chosen: ListFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab_lists, "LONGEST_LINE", 100)
    good = '{"url": "https://a.example/"}' if chosen == "jsonl" else "https://a.example/"
    text = f"{good}\n{'x' * 1000}\n{good}\n{'y' * 99}\n{good}"
    found = _read(text, chosen)
    assert [one.line for one in found if isinstance(one, ListedTab)] == [1, 3, 5]
    assert found[1] == BadLine(2, 2, "is too long")


def test_an_address_longer_than_any_is_named_and_a_long_title_is_cut() -> None:
    assert "more than 65536 characters" in _bad(f"https://a.example/{'a' * 70_000}\n", "lines")[0]
    ((_, title),) = _tabs(f"https://a.example/\t{'a' * 70_000}\n", "lines")
    assert 100 < len(title) < 10_000


def test_half_a_character_can_be_sent_and_written() -> None:
    ((_, title),) = _tabs('{"url": "https://a.example/", "title": "a\\ud800b"}\n', "jsonl")
    assert title == "a?b"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_byte_order_marks_and_line_ends_of_every_system_are_understood(
    tmp_path: Path, encoding: str, end: str
) -> None:
    file = tmp_path / "list.csv"
    rows = ("url,title", 'https://a.example/,"Grüße, ""Welt"""', "https://b.example/,新聞")
    file.write_bytes(end.join(rows).encode(encoding))
    with open_list(file) as stream:
        found = list(read_list(stream, "csv"))
    assert found == [
        ListedTab(2, "https://a.example/", 'Grüße, "Welt"'),
        ListedTab(3, "https://b.example/", "新聞"),
    ]


def test_bytes_that_are_no_text_cost_a_character_and_no_line(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"https://a.example/\tcaf\xe9\nhttps://b.example/\tB\n")
    with open_list(file) as stream:
        found = list(read_list(stream, "lines"))
    assert found == [
        ListedTab(1, "https://a.example/", "caf�"),
        ListedTab(2, "https://b.example/", "B"),
    ]


def test_the_format_is_the_named_one_else_the_suffix_says_it() -> None:
    names = ("a.csv", "a.JSONL", "a.ndjson", "a.txt", "csv", "-")
    assert [choose_list_format(name, None) for name in names] == [
        "csv", "jsonl", "jsonl", "lines", "lines", "lines",
    ]  # fmt: skip
    assert choose_list_format("a.csv", "lines") == "lines"
