"""Text of pages inside Markdown: it shows as it is, and is never a link, an image, HTML or a mark.

The words stay as they are. What Markdown would take for markup is escaped. Only this is lost: the beginning
of an address ("https://", "www."), because many viewers make a link of whatever begins so.
"""

from __future__ import annotations

import re

# Taken away wherever it stands, so that what is left of it puts together no other one.
_SCHEME = re.compile(
    r"(?:https?|s?ftps?)\s?:/+|(?<![^\W_])(?:[a-z][a-z0-9+-]{1,20}://+|file:/+|www\.(?=\S))", re.IGNORECASE
)
# Viewers link an address of mail however it is escaped, but never what is set as code.
_MAIL = r"(?<![\w.+-])[\w.+-]+@[\w.+@-]*\.[\w.+@-]*[\w@+-]"
# These run or open what follows their colon. "data:" does so before a media type or a comma only.
_ACTIVE = r"(?:javascript|vbscript|mailto|file|https?|s?ftps?|\bdata(?=:(?:[a-z]+/|[,;])))\s*:"
# What begins something inside a line. An underscore between letters begins nothing.
_INLINE = re.compile(
    rf"(?P<mail>{_MAIL})|(?P<active>{_ACTIVE})|[\\`*\[\]<>~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)",
    re.IGNORECASE,
)
# The same in finished Markdown, where a backslash may stand before any sign of it.
_MAIL_OR_CODE = re.compile(
    r"(?P<code>(?<!\\)(?P<ticks>`+).+?(?P=ticks)(?!`))"
    r"|(?P<mail>(?<![\w.+\\-])[\w.+\\-]+@[\w.+@\\-]*\.[\w.+@\\-]*[\w@+-])"
)
# What begins a heading, list, quote, rule or code at the beginning of a line.
_AT_LINE_START = re.compile(
    r"^([ \t]*)(#{1,6}(?=\s|$)|[-+=](?=\s|$|[-=])|\d{1,9}(?=[.)](?:\s|$)))", re.MULTILINE
)
# The number of a source, as this program and many pages write it, "[0]" excepted: that is no source.
_NUMBERS = r"(?!0+\])\^?\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*"
_MARK = re.compile(
    rf"[\[\uff3b\u3010]\s*(?P<inside>(?:(?:passages?|sources?)\s*)?{_NUMBERS}|\?)\s*[\]\uff3d\u3011]",
    re.IGNORECASE,
)
# Behind the end of a sentence it is a note of the page, and leads nowhere from here.
_NOTES = re.compile(rf"(?<=[.,;:!?\u2026\u3002\uff01\uff1f\u201d\u2019\u00bb\"])(?:\[{_NUMBERS}\])+")


def remove_schemes(text: str) -> str:
    """The text with `https://`, `www.` and the like taken off addresses, so that nothing links them."""
    while True:
        shorter = _SCHEME.sub("", text)
        if shorter == text:
            return text
        text = shorter


def quote_markdown(text: str) -> str:
    """Text of a page as Markdown that shows the same characters, but for schemes, and holds no link."""
    return _AT_LINE_START.sub(_escape_start, _INLINE.sub(_escape, remove_schemes(text)))


def quote_statement(text: str) -> str:
    """A sentence or a title of a page as a part of an answer: on one line, its words as they stand there.

    A mark such as "[3]" would pass for one of this program, so it becomes "(3)", and is left out where it is
    a note behind the end of a sentence.
    """
    line = _NOTES.sub("", " ".join(text.split()))
    return quote_markdown(_MARK.sub(lambda found: f"({found['inside']})", line))


def set_mail_apart(markdown: str) -> str:
    """Finished Markdown in which no viewer makes a link of an address of mail."""
    return _MAIL_OR_CODE.sub(
        lambda found: found["code"] or f"`{found['mail'].replace(chr(92), '')}`", markdown
    )


def _escape(found: re.Match[str]) -> str:
    if found["mail"]:
        return f"`{found['mail']}`"
    if found["active"]:
        return f"{found['active'][:-1]}\\:"
    return f"\\{found[0]}"


def _escape_start(found: re.Match[str]) -> str:
    indent, mark = found[1], found[2]
    # A number is told apart from a list's by its point: 1\. is no list.
    return f"{indent}{mark}\\" if mark[0].isdigit() else f"{indent}\\{mark}"
