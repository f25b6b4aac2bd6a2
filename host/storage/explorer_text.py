"""The text of a statement: what surrounds it, and where in it something stands."""

from __future__ import annotations

import re

from host.core.errors import InvalidInput

# Space, semicolons and comments are noise; strings and quoted names are one token each.
_TOKEN = re.compile(
    r"(?P<noise>\s+|;|--[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|'(?:[^']|'')*'?|\"(?:[^\"]|\"\")*\"?|`(?:[^`]|``)*`?|\[[^\]]*\]?"
    r"|[^\s;'\"`\[/-]+|.",
    re.DOTALL,
)


def find_statement(sql: str) -> tuple[int, int]:
    """Where the statement begins and ends without the comments and semicolons around it.

    Raises:
        InvalidInput: there is none, or it holds a character that ends it early.
    """
    if "\0" in sql:
        message = f"The statement holds a NUL character ({describe_place(sql, sql.index(chr(0)))})."
        raise InvalidInput(message, fix="Remove it, or write char(0) where a text needs one.")
    begin, end = -1, 0
    for token in _TOKEN.finditer(sql):
        if token["noise"] is None:
            begin = token.start() if begin < 0 else begin
            end = token.end()
    if begin < 0:
        message = "There is no statement."
        raise InvalidInput(message, fix="Write one, as in: SELECT * FROM pages")
    return begin, end


def describe_place(sql: str, offset: int) -> str:
    """A place in words: "line 2, column 8"; both count from 1, columns in characters."""
    before = sql[:offset]
    return f"line {before.count(chr(10)) + 1}, column {offset - before.rfind(chr(10))}"
