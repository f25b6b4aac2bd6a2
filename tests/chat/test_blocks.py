from __future__ import annotations

import pytest

from host.chat.blocks import extract_words, find_open_fence, goes_on_as_table, is_fenced, is_table


@pytest.mark.parametrize(
    ("text", "fence"),
    [
        ("```py\nx", "```"),
        ("\n1. ```\nx", "```"),
        ("````\n```\n", "````"),
        ("~~~\n```", "~~~"),
        ("```\nx\n```", ""),
        ("```\nx\n  ````", ""),
        ("```x``` y", ""),
        ("So.", ""),
    ],
)
def test_code_is_open_until_its_own_signs_close_it(text: str, fence: str) -> None:
    assert find_open_fence(text) == fence


def test_a_table_is_a_line_of_heads_and_one_of_rules() -> None:
    assert is_table("\n| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert is_table("a | b\n- | -")
    assert not is_table("| a | b |")
    assert not is_table("a or b\n---")
    assert not is_fenced("`a` b")


def test_a_table_goes_on_as_it_began() -> None:
    assert goes_on_as_table("| a |", "|")
    assert goes_on_as_table("a | b", "-")
    assert not goes_on_as_table("| a |", "S")
    assert not goes_on_as_table("So.", "|")


def test_words_of_a_block_are_told_without_its_signs() -> None:
    assert extract_words("| well-kept | 5 |\n|---|:--|\n```x```") == "well-kept 5 x"
