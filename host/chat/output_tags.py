"""The stage of `output_filter` that cuts HTML and the tokens of chat templates. Pure.

What no browser and no template knows are a writer's own words: "x<y and y>z", "git push <remote>". They stay;
where a browser might still take them for a tag with attributes, a space behind the bracket prevents it.
"""

from __future__ import annotations

import re

from host.chat.output_stage import Stage

_LONGEST_TAG = 240
_THINKING = re.compile(r"<(think|thinking|reasoning)>", re.IGNORECASE)
KNOWN_TAGS = frozenset(
    # Of HTML and SVG, and of templates.
    """
    a abbr acronym address animate applet area article aside audio b base basefont bdi bdo bgsound big
    blink blockquote body bos br button canvas caption center circle cite code col colgroup command
    content data datalist dd defs del details dfn dialog dir div dl dt element ellipse em embed
    end_of_image end_of_turn eos fieldset figcaption figure font footer foreignobject form frame
    frameset g h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe image img input ins isindex kbd
    keygen label legend li line link listing main map mark marquee math menu menuitem meta meter nav
    nobr noembed noframes noscript object ol optgroup option output p pad param path picture plaintext
    polygon polyline portal pre progress q rb rect rp rt rtc ruby s samp script search section select
    set shadow slot small source spacer span start_of_image start_of_turn strike strong style sub
    summary sup svg sys table tbody td template text textarea tfoot th thead time title tool_call
    tool_response tr track tspan tt u ul unk use var video wbr xmp
    """.split()  # noqa: SIM905 - a list of them would fill a page
)
_TAG = re.compile(r"([a-z][\w.\-]*)(?P<more>.*)", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"\s*/?|\s.*[=\"'].*|/.*")
_LETTER = re.compile(r"[a-z]", re.IGNORECASE)
_SIGNS = "/!?|｜"
_AUTOLINK = re.compile(r"[a-z][a-z0-9+.\-]{1,31}:.*|[^\s<>]+@[^\s<>]+", re.IGNORECASE)


class Tags(Stage):
    """HTML, and the tokens of chat templates. What a model thinks aloud goes with its tags."""

    def __init__(self) -> None:
        """Begin."""
        super().__init__()
        self._until = ""
        self._last = ""
        self._cut = False

    def _step(self, held: str, *, final: bool) -> tuple[str, str] | None:
        step = self._find_step(held, final=final)
        if step is None:
            return None
        text, rest = step
        if text:
            # What was cut must not put together what stood around it.
            parted = self._cut and self._last in ("<", "\ue001", "\ue003") and not text[0].isspace()
            text = f" {text}" if parted else text
            self._last, self._cut = text[-1], False
        else:
            self._cut = True
        return text, rest

    def _find_step(self, held: str, *, final: bool) -> tuple[str, str] | None:  # noqa: PLR0911 - as they come
        if self._until:
            return self._skip_thinking(held, final=final)
        if held[0] != "<":
            text, sign, rest = held.partition("<")
            return text, sign + rest
        if len(held) == 1:
            return ("<", "") if final else None
        if held[1] not in _SIGNS and not _LETTER.match(held[1]):
            return "<", held[1:]
        inside = re.match(r"[^<>\n]*", held[1 : 1 + _LONGEST_TAG])
        end = 1 + (len(inside[0]) if inside else 0)
        if end >= len(held) and not final:
            return None
        if held[end : end + 1] != ">":
            return self._part(), held[1:]
        if thinking := _THINKING.fullmatch(held[: end + 1]):
            self._until = f"</{thinking[1].casefold()}>"
            return "", held[end + 1 :]
        words = held[1:end]
        if _is_markup(words):
            return "", held[end + 1 :]
        if re.fullmatch(r"[a-z][\w.\-]*", words, re.IGNORECASE):
            return held[: end + 1], held[end + 1 :]
        return self._part(), held[1:]

    def _part(self) -> str:
        """A bracket that begins no tag."""
        return "< " if not self._last or self._last.isspace() else " < "

    def _skip_thinking(self, held: str, *, final: bool) -> tuple[str, str] | None:
        found = re.search(re.escape(self._until), held, re.IGNORECASE)
        if found:
            self._until = ""
            return "", held[found.end() :]
        certain = len(held) if final else len(held) - len(self._until) + 1
        return ("", held[certain:]) if certain > 0 else None


def _is_markup(words: str) -> bool:
    """Whether a browser, or a template of a chat, knows what stands between the brackets."""
    if words[0] in _SIGNS or _AUTOLINK.fullmatch(words):
        return True
    found = _TAG.fullmatch(words)
    return bool(found and found[1].casefold() in KNOWN_TAGS and _ATTRIBUTES.fullmatch(found["more"]))
