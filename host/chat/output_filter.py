"""What a language model must not say is cut from its stream: citations, links, markup, control tokens. Pure.

Which page an answer stands on and where its links lead is decided by evidence. So whatever a model writes
that would look like a citation, a link or a picture, or that a renderer could take for one, never comes
through. The text goes through stages, each of which holds back only what may still become something to be
cut. Each decides by the text alone and never by where the stream happened to be divided, so the same text
comes out of every division of it. Their order matters: no stage can put together what an earlier one takes
apart.
"""

from __future__ import annotations

import re
import unicodedata

from host.chat.cleaning import is_unseen
from host.chat.output_stage import (
    CLOSE_CODE,
    CLOSE_INDEX,
    OPEN_CODE,
    OPEN_INDEX,
    CodeBrackets,
    CodePlace,
    Stage,
)
from host.chat.output_tags import Tags

_OPEN, _CLOSE = "[［【", "]］】"
_LONGEST_BRACKET = 160
_LONGEST_TARGET = 400
_SOURCE_WORDS = (
    "passage", "passages", "source", "sources", "document", "documents", "reference", "references",
    "citation", "citations", "ref", "refs",
)  # fmt: skip
_SOURCE_REST = re.compile(r"[\s\d,;.&#–\-]*(?:\band\b[\s\d,;.&#–\-]*)*")
_SOURCE_PART = re.compile(r"[\s\d,;.&#–\-and]*")
# What a program might open, wherever it stands in a word. A path and a name with a point are none.
_ADDRESS = re.compile(
    r"[a-z0-9+.\-]*:/{2,}"
    r"|(?:javascript|vbscript|mailto|blob|view-source):(?=\S)|file:/|data:(?=[a-z]+/|[,;])"
    r"|(?:https?|ftp):|www\.",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?<![a-z0-9_])(?:data|file):(?=\S)", re.IGNORECASE)
_INDEX = re.compile(r"-?[\d:, ]*\d[\d:, ]*")
_INSIDE = re.compile(r"[^\[\]［］【】\n]*")
_WORD = re.compile(r"[!-~]+")
_ENDS = "。，、！？；：）」』"
_WORD_END = re.compile(r"[.,;:!?]*$")
_ALLOWED_UNSEEN = "\u200c\u200d"


class OutputFilter:
    """Takes text as a model writes it, and gives out what may be shown."""

    def __init__(self) -> None:
        self._stages: tuple[Stage, ...] = (
            _Characters(), _Brackets(), Tags(), _Addresses(), CodeBrackets(),
        )  # fmt: skip

    def feed(self, text: str) -> str:
        """More of the model's text; returns what has become certain by it."""
        for stage in self._stages:
            text = stage.feed(text)
        return text

    def finish(self) -> str:
        """The rest, when nothing more comes."""
        text = ""
        for stage in self._stages:
            text = stage.feed(text) + stage.finish()
        return text


class _Characters(Stage):
    """Only what can be seen, line feeds, and the two joiners that some scripts need."""

    def _step(self, held: str, *, final: bool) -> tuple[str, str] | None:  # noqa: ARG002 - each by itself
        return "".join(map(_show, held)), ""


class _Brackets(Stage):
    """Square brackets: citations and pictures go, of links the words stay, others become round."""

    _PLAIN = re.compile(r"[^\s!(\[\]［］【】]+")

    def __init__(self) -> None:
        super().__init__()
        self._place = CodePlace()

    def _step(self, held: str, *, final: bool) -> tuple[str, str] | None:
        step = self._find_step(held, final=final)
        if step is not None:
            self._place.follow(step[0])
        return step

    def _find_step(self, held: str, *, final: bool) -> tuple[str, str] | None:
        # One thing after the other that may stand there.
        if plain := self._PLAIN.match(held):
            return plain[0], held[plain.end() :]
        rest = held.lstrip(" ")
        spaces = held[: len(held) - len(rest)]
        if not rest:
            return (spaces, "") if final else None
        first = rest[0]
        if first == "!" and len(rest) == 1 and not final:
            return None
        picture = first == "!" and rest[1:2] != "" and rest[1] in _OPEN
        if first in _OPEN or picture:
            return self._leave_bracket(spaces, rest, picture=picture, final=final)
        if first == "(":
            return self._leave_source(spaces, rest, final=final)
        if first in _CLOSE:
            first = CLOSE_CODE if self._place.may_be_code else ""
        return spaces + first, rest[1:]

    def _leave_bracket(self, spaces: str, rest: str, *, picture: bool, final: bool) -> tuple[str, str] | None:  # noqa: PLR0911 - one case after the other
        begin = 2 if picture else 1
        inside = _INSIDE.match(rest[begin : begin + _LONGEST_BRACKET])
        words = inside[0] if inside else ""
        end = begin + len(words)
        if end >= len(rest) and not final:
            return None
        if end >= len(rest) or rest[end] not in _CLOSE:
            # It never closes, or another one opens in it: only the bracket itself goes.
            if self._place.may_be_code:
                return spaces + OPEN_CODE, rest[begin:]
            return "", spaces + rest[begin:]
        end += 1
        linked = rest[end : end + 1] == "("
        if linked:
            end = _find_target_end(rest, end)
        if end + 1 >= len(rest) and not final:
            return None
        if not picture and not linked and (kept := self._keep_code(spaces, words, rest[end : end + 2])):
            return kept, rest[end:]
        if picture or _is_citation(words):
            return _close_gap(spaces, rest[end:])
        if linked:
            # Once more through this stage, for the words may hold what it looks for.
            return "", spaces + words + rest[end:]
        return f"{spaces}({words})", rest[end:]

    def _keep_code(self, spaces: str, words: str, after: str) -> str:
        """Brackets that are code, or an index to which something is assigned; "" where they are neither."""
        code = self._place.may_be_code
        before = "" if spaces else self._place.line[-1:]
        behind_word = before.isalnum() or before in tuple(f"_){CLOSE_INDEX}{CLOSE_CODE}")
        assigned = after.lstrip(" ").startswith("=")
        if behind_word and _INDEX.fullmatch(words) and (code or assigned):
            return f"{OPEN_INDEX}{words}{CLOSE_INDEX}"
        if code and (not words.strip() or not _is_citation(words)):
            return f"{spaces}{OPEN_CODE}{words}{CLOSE_CODE}"
        return ""

    def _leave_source(self, spaces: str, rest: str, *, final: bool) -> tuple[str, str] | None:
        """A round bracket: it goes when it only names passages."""
        end = rest.find(")")
        inside = rest[1:] if end < 0 else rest[1:end]
        if not _may_name_sources(inside):
            return spaces + "(", rest[1:]
        if end < 0:
            return (spaces + rest[:1], rest[1:]) if final else None
        if end + 1 >= len(rest) and not final:
            return None
        if _names_sources(inside):
            return _close_gap(spaces, rest[end + 1 :])
        return spaces + "(", rest[1:]


class _Addresses(Stage):
    """Addresses of the web, and what else a program could open. Words come through when they are whole."""

    def __init__(self) -> None:
        super().__init__()
        self._in_address = False
        self._last = ""

    def _step(self, held: str, *, final: bool) -> tuple[str, str] | None:
        step = self._find_step(held, final=final)
        if step is not None:
            self._last = step[0][-1:] or self._last
        return step

    def _find_step(self, held: str, *, final: bool) -> tuple[str, str] | None:
        if self._in_address:
            # What is not ASCII may belong to an address; white space and the end of a sentence end it.
            self._in_address = not (held[0].isspace() or held[0] in _ENDS)
            return "", held[1:] if self._in_address else held
        rest = held.lstrip(" ")
        spaces = held[: len(held) - len(rest)]
        run = _WORD.match(rest)
        word = run[0] if run else ""
        if len(word) == len(rest) and not final:
            return None
        if not word:
            return spaces + rest[:1], rest[1:]
        # With what stands behind it, which need not be ASCII.
        found = _ADDRESS.search(rest[: len(word) + 1])
        if found is None:
            return spaces + _SCHEME.sub(r"\g<0> ", word), rest[len(word) :]
        self._in_address = True
        before = word[: found.start()].rstrip("([{<\"'`*_")
        after = _WORD_END.search(word)
        end = after[0][:1].strip(":") if after else ""
        # The end of the sentence moves up to its last word, but never makes a scheme of it.
        kept = spaces + before if before or self._last == ":" or (end and not self._last.isalnum()) else ""
        return kept + end, rest[len(word) :]


def _show(character: str) -> str:
    if character == "\n" or character in _ALLOWED_UNSEEN:
        return character
    if character == "\t":
        return " "
    kind = unicodedata.category(character)
    if kind in ("Zl", "Zp"):
        return "\n"
    if kind == "Zs":
        return " "
    return "" if kind[0] == "C" or is_unseen(character) else character


def _is_citation(words: str) -> bool:
    """Whether the inside of square brackets names sources, or holds nothing that could be read."""
    if not any(character.isalpha() for character in words):
        return True
    return _names_sources(words) or words.strip().casefold() in ("citation needed", "inst", "/inst")


def _names_sources(words: str) -> bool:
    match = re.match(r"\s*([a-z]+)", words, re.IGNORECASE)
    return bool(
        match
        and match[1].casefold() in _SOURCE_WORDS
        and any(character.isdigit() for character in words)
        and _SOURCE_REST.fullmatch(words[match.end() :])
    )


def _may_name_sources(words: str) -> bool:
    """Whether such words may yet name sources, when more of them come."""
    if len(words) > _LONGEST_BRACKET:
        return False
    match = re.match(r"\s*([a-z]*)", words, re.IGNORECASE)
    name = match[1].casefold() if match else ""
    rest = words[match.end() :] if match else words
    if not rest:
        return any(word.startswith(name) for word in _SOURCE_WORDS)
    return name in _SOURCE_WORDS and _SOURCE_PART.fullmatch(rest) is not None


def _find_target_end(text: str, start: int) -> int:
    """Where the target of a link ends that begins at `start`; the text's length where that is open."""
    depth = 0
    for place in range(start, min(len(text), start + _LONGEST_TARGET)):
        if text[place] == "\n":
            return place
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    return min(len(text), start + _LONGEST_TARGET)


def _close_gap(spaces: str, rest: str) -> tuple[str, str]:
    """What was cut leaves no space before the end of a sentence, and one between two words."""
    beside = rest[:1]
    alone = not beside or beside.isspace() or beside in ".,;:!?)]］】。，、"
    return "", rest if alone else spaces + rest
