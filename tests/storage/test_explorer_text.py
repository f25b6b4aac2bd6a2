"""The text around a statement, and places in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import InvalidInput
from host.storage.explorer_text import describe_place, find_statement


@pytest.mark.parametrize(
    ("sql", "statement"),
    [
        ("SELECT 1", "SELECT 1"),
        (" ;; SELECT 1 ; -- one\n/* two */ ;", "SELECT 1"),
        ("-- one\nSELECT '; -- '", "SELECT '; -- '"),
        ("SELECT 'it''s' /* a", "SELECT 'it''s'"),
        ("SELECT 1 - 2 / 3", "SELECT 1 - 2 / 3"),
        ('SELECT "a;b", [c;d], `e;f`;', 'SELECT "a;b", [c;d], `e;f`'),
        ("SELECT 1; SELECT 2;", "SELECT 1; SELECT 2"),
    ],
)
def test_what_surrounds_a_statement_is_left_out(sql: str, statement: str) -> None:
    begin, end = find_statement(sql)
    assert sql[begin:end] == statement


@pytest.mark.parametrize("sql", ["", " \n", ";", "-- SELECT 1", "/* SELECT 1", "/**/;--"])
def test_nothing_but_noise_is_no_statement(sql: str) -> None:
    with pytest.raises(InvalidInput):
        find_statement(sql)


@given(st.text(alphabet="a'\"`[]-/*; \n", max_size=60))
def test_every_text_ends_where_its_last_word_does(sql: str) -> None:
    try:
        begin, end = find_statement(sql)
    except InvalidInput:
        return
    assert 0 <= begin < end <= len(sql)
    assert find_statement(sql[begin:end]) == (0, end - begin)


def test_a_place_is_told_by_line_and_column() -> None:
    assert describe_place("ä\nbc", 0) == "line 1, column 1"
    assert describe_place("ä\nbc", 3) == "line 2, column 2"
