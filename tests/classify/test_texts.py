from __future__ import annotations

import pytest

from host.classify.texts import LONGEST_HEADING, find_mark, flatten, split_heading


def test_a_short_first_paragraph_is_the_heading() -> None:
    assert split_heading("File: a.py\nKind: python\n\nimport re\n\nx = 1") == (
        "File: a.py\nKind: python",
        "import re\n\nx = 1",
    )


def test_a_text_of_one_paragraph_has_no_heading() -> None:
    assert split_heading("only this") == ("", "only this")


def test_a_long_first_paragraph_belongs_to_the_text() -> None:
    text = "x" * (LONGEST_HEADING + 1) + "\n\nrest"
    assert split_heading(text) == ("", text)


def test_headings_that_are_known_are_told_from_first_paragraphs() -> None:
    mark = find_mark(["File: a.py\n\nx", "File: b/c.md\nKind: markdown\n\ny", "no heading"])
    assert mark == "File: "
    assert split_heading("File: d.js\n\nz", mark) == ("File: d.js", "z")
    assert split_heading("A title\n\nz", mark) == ("", "A title\n\nz")


@pytest.mark.parametrize(
    "examples",
    [[], ["one paragraph"], ["Soup\n\nboil", "Cake\n\nbake"], ["Soup: hot\n\nboil", "Cake: x\n\nbake"]],
)
def test_where_headings_have_nothing_in_common_every_short_paragraph_may_be_one(examples: list[str]) -> None:
    assert find_mark(examples) == ""
    assert split_heading("A title\n\nz", find_mark(examples)) == ("A title", "z")


def test_a_flattened_text_is_one_line_cut_between_words() -> None:
    assert flatten("one\n  two\tthree", 100) == "one two three"
    assert flatten("one two three", 9) == "one two"
    assert flatten("x" * 50, 9) == "x" * 9
