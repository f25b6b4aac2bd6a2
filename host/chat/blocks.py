"""Blocks of Markdown that are one thing and bear no mark within: tables and fenced code. Pure."""

from __future__ import annotations

import re

_FENCE = re.compile(r"(?P<sign>`{3,}|~{3,})(?P<rest>.*)")
_DELIMITERS = re.compile(r"(?=.*[|-])\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_SIGNS = re.compile(r"[`~|]+|(?<!\w):?-{2,}:?")
_LEAD = re.compile(r"(?:[-*+•>]+|\d{1,3}[.)])[ ]+")


def find_open_fence(text: str) -> str:
    """The signs that would close the fenced code that a text ends in; "" where it ends in none."""
    opened = ""
    for place, line in enumerate(text.strip().split("\n")):
        bare = line.strip()
        # The first line of a sentence may stand behind a list mark.
        found = _FENCE.fullmatch(bare if place else _LEAD.sub("", bare))
        if not found:
            continue
        sign, rest = found["sign"], found["rest"]
        if opened:
            if sign[0] == opened[0] and len(sign) >= len(opened) and not rest:
                opened = ""
        elif sign[0] == "~" or "`" not in rest:
            opened = sign
    return opened


def is_fenced(text: str) -> bool:
    """Whether a sentence is fenced code."""
    return _FENCE.match(_LEAD.sub("", text.strip())) is not None and "\n" in text.strip()


def is_table(text: str) -> bool:
    """Whether a sentence is a table: a line of heads, one of rules."""
    lines = text.strip().split("\n")
    return len(lines) > 1 and "|" in lines[0] and _is_rule(lines[1])


def goes_on_as_table(text: str, following: str) -> bool:
    """Whether the next line still belongs to the table that a text is or may become.

    Args:
        text: the sentence so far, without the line feed that ends its last line.
        following: the first character of the next line.
    """
    lines = text.strip().split("\n")
    if "|" not in lines[-1]:
        return False
    if lines[-1].lstrip().startswith("|"):
        return following == "|"
    return len(lines) == 1 and following in "|:-"


def extract_words(text: str) -> str:
    """What a block says, without what makes it one."""
    return " ".join(_SIGNS.sub(" ", text).split())


def _is_rule(line: str) -> bool:
    return "-" in line and _DELIMITERS.fullmatch(line) is not None
