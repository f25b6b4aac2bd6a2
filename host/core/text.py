"""Cleaning of text that came from elsewhere: a page, a title, a browser's history.

Pure functions. They know nothing of pages, of HTML or of storage.
"""

from __future__ import annotations

import re
import unicodedata

# What no reader can see and no index should hold: controls except tab and line feed, lone surrogates,
# noncharacters, the soft hyphen (it splits a word that a person types whole), the byte-order mark, direction
# overrides (they make a title read as something else) and the tag characters that can hide instructions.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u2028\u2029\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
# A character of a script that is written without spaces between words (Thai, Lao, Burmese, Khmer, kana, Han).
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
_UNSPACED_RUN = re.compile(f"{UNSPACED.pattern}+")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_SPACES_AROUND_LINE_END = re.compile(r" ?\n ?")
_MANY_LINE_ENDS = re.compile(r"\n{3,}")


def split_unspaced(text: str) -> list[str]:
    """A word of a query in pieces that full text can find one by one.

    A run of a script without spaces is a sentence rather than a word, and stands so on no page: it becomes
    its pairs of neighbouring characters. Other text stays whole.
    """
    if text.isascii() or not UNSPACED.search(text):
        return [text]
    pieces: list[str] = []
    at = 0
    for run in _UNSPACED_RUN.finditer(text):
        pieces.append(text[at : run.start()])
        characters = run[0]
        pieces += [characters[i : i + 2] for i in range(len(characters) - 1)] or [characters]
        at = run.end()
    pieces.append(text[at:])
    return [piece for piece in pieces if any(character.isalnum() for character in piece)]


def clean_text(text: str) -> str:
    """Text that every store, index and screen takes.

    Line ends become line feeds, runs of spaces one space, three or more line ends two. Unseen and broken
    characters go, and what is left is in Unicode's composed form (NFC).

    Args:
        text: anything, lone surrogates included.

    Returns:
        The cleaned text without space at its ends. Cleaning twice changes nothing.
    """
    text = _LINE_ENDS.sub("\n", text)
    text = _UNWANTED.sub("", text)
    text = unicodedata.normalize("NFC", text)
    text = _SPACES.sub(" ", text)
    text = _SPACES_AROUND_LINE_END.sub("\n", text)
    return _MANY_LINE_ENDS.sub("\n\n", text).strip()


def clean_line(text: str, *, limit: int = 0) -> str:
    """The same on one line, for titles and names.

    Args:
        text: anything.
        limit: the most characters to keep; 0 keeps all.
    """
    line = " ".join(clean_text(text).split())
    return truncate_text(line, limit) if limit else line


def truncate_text(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, cut at a word where one ends near, with an ellipsis.

    Args:
        text: any text.
        limit: characters, at least 1, the ellipsis counted.
    """
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    if space > limit // 2:
        cut = cut[:space]
    return cut.rstrip() + "…"
