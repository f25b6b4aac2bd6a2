from __future__ import annotations

from host.classify.document import HEAD_CHARACTERS, PATH_CHARACTERS, describe_document
from host.classify.texts import LONGEST_HEADING, split_heading


def test_a_document_begins_with_the_path_and_the_kind() -> None:
    assert describe_document("src/a.py", "import re\n") == "File: src/a.py\nKind: python\n\nimport re"


def test_only_the_end_of_a_long_path_is_shown() -> None:
    shown = describe_document("home/.cache/v1/site-packages/pkg/data/a.csv", "a,b").splitlines()[0]
    assert shown == "File: site-packages/pkg/data/a.csv"
    long = describe_document("x" * 1000 + ".csv", "a,b").splitlines()[0]
    assert long.endswith("x.csv")
    assert len(long) == len("File: ") + PATH_CHARACTERS


def test_the_first_line_tells_the_kind_where_the_name_does_not() -> None:
    assert "Kind: bash shell" in describe_document("run", "#!/usr/bin/env bash\necho")
    assert "Kind: text" in describe_document("unknown", "some words")


def test_without_a_path_only_the_text_is_shown() -> None:
    assert describe_document("", "  some words ") == "some words"


def test_a_long_text_is_cut() -> None:
    assert len(describe_document("", "x" * 100_000)) == HEAD_CHARACTERS


def test_the_two_lines_are_always_a_heading() -> None:
    heading, body = split_heading(describe_document("deep/" * 900 + "a.py", "x"))
    assert heading
    assert len(heading) <= LONGEST_HEADING
    assert body == "x"


def test_an_empty_file_is_shown_by_its_name() -> None:
    assert describe_document("Makefile", " \n") == "File: Makefile\nKind: makefile\n\n(empty)"
