from __future__ import annotations

from host.classify.texts import LONGEST_HEADING, flatten, split_heading


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


def test_a_flattened_text_is_one_line_cut_between_words() -> None:
    assert flatten("one\n  two\tthree", 100) == "one two three"
    assert flatten("one two three", 9) == "one two"
    assert flatten("x" * 50, 9) == "x" * 9
