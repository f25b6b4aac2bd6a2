"""What text of a page may carry on: into a quote, into a prompt, into an answer. Pure.

A page is written by a stranger, so its text is data wherever it goes, and each place bears something else:

* `clean_passage`, `clean_title`: what is quoted and shown. Only what no reader can see is taken away.
  Whatever can be seen stays, "[3]" and "<|im_start|>" included, so a quote is a stretch of the passage
  character by character, and a link to it finds the words on the live page.
* `disarm_text`: what a language model is shown. There the same words could pass for the marks that hold the
  prompt together, so these are broken, harmlessly and so that a reader still knows them. Nothing is quoted
  from this text: what supports a sentence is found in the passage itself.
* `clean_statement`: what a language model says, and what a summary says, in the name of this program. It
  bears no address, no markup and no mark of a source, and loses words that look like one: "<div>", "[0]".
  A sentence that is quoted as an answer keeps them: `plain_markdown.quote_statement`.
"""

from __future__ import annotations

import html
import re
import unicodedata

from host.core.text import clean_line, clean_text

LONGEST_TITLE = 300
# Unseen characters that `clean_text` leaves, because an index needs no opinion of them: spaces without width,
# direction marks, fillers, blanks that count as letters, and variation selectors that can carry hidden bytes.
_UNSEEN = re.compile(
    "[\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2800\u3164\uffa0"
    "\ufe00-\ufe0d\U0001d173-\U0001d17a\U000e0100-\U000e01ef]"
)
# These two shape letters of some scripts and join emoji; between other characters they are only a disguise.
_JOINERS = re.compile("[\u200c\u200d]+")
_JOINED = re.compile("[^\x00-\u058f\u2000-\u20ff]")
_MOST_MARKS = 4
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_MANY_MARKS = re.compile(f"(?<={_MARKS}{{{_MOST_MARKS}}}){_MARKS}+")

# Tokens by which templates of well-known models part messages: ChatML, Llama 2 and 3, Mistral, Gemma, Phi,
# DeepSeek. Full-width bars and brackets are some models' own spelling.
_TOKENS = re.compile(
    r"[<\uff1c]\s*[|\uff5c][^<>\uff1c\uff1e\n]{0,60}?[|\uff5c]\s*[>\uff1e]"
    r"|<\s*/?\s*(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|start_of_image|think|system|user|assistant"
    r"|tool_call|tool_response|function_calls?|human|instructions?|documents?|context|passages?|sources?)"
    r"(?:\s[^<>\n]{0,80})?\s*/?\s*>"
    r"|\[\s*/?\s*(?:INST|SYS|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|IMG)\s*\]"
    r"|<<\s*/?\s*SYS\s*>>",
    re.IGNORECASE,
)
_HALF_TOKEN = re.compile(r"[<\uff1c][|\uff5c]|[|\uff5c][>\uff1e]")
# A line that begins as a message or as a passage of the prompt does.
_LABEL = re.compile(
    r"^(?P<lead>[^\w\n]{0,12})(?P<name>system(?: message| prompt)?|user|assistant|human|ai|bot|developer"
    r"|instructions?|passages?|sources?|documents?|question|answer|context|benutzer|frage|antwort|quelle|abschnitt|systeme|système"
    r"|utilisateur|réponse|usuario|asistente|sistema|pregunta|respuesta|fuente|pasaje)"
    r"(?P<number>\s*[\[(#]?\s*\d{0,3}\s*[\])]?)\s*(?P<colon>[:\uff1a])",
    re.IGNORECASE | re.MULTILINE,
)
_FENCE = re.compile(r"^(?:[-=*_#~`<>+|] ?){3,}|^#{1,6}(?=\s)|`{3,}|~{3,}|\"{3,}", re.MULTILINE)
_MARK = re.compile(
    r"[\[\uff3b\u3010]\s*(?:(?:passages?|sources?|quelle|fuente)\s*)?(?P<inside>\^?\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*|\?)\s*[\]\uff3d\u3011]",
    re.IGNORECASE,
)

_SCRIPTS = re.compile(r"<(script|style|iframe|object|svg)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(
    r"<!--.*?(?:-->|$)|</?[a-z!?][^<>]*>|</?[a-z][^<>\s]*[\s/][^<>]*$", re.IGNORECASE | re.DOTALL
)
_OPENING = re.compile(r"<(?=[a-z/!?])", re.IGNORECASE)
_LINK = re.compile(r"!?\[(?P<text>[^\[\]\n]*)\]\s?(?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)?|\[[^\[\]\n]*\])")
_LINK_BASE = re.compile(r"^\s*\[[^\[\]\n]+\]:\s*\S+.*$", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:(?:https?|ftp|file|wss?|chrome(?:-extension)?|about|blob|view-source)\s?:\s?/{1,3}"
    r"|(?:javascript|vbscript|mailto)\s?:(?=\S)|data:(?=[a-z]+/|[,;])|(?<![^\W_])www\.)"
    r"(?:\([^\s()<>]*\)|[^\s()<>\"'`\u201c\u201d])*(?<![.,;!?])",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"[(\[{]\s*[)\]}]|<\s*>")
_MOST_ROUNDS = 8
_BRACKETS = re.compile(r"[<>\[\]]|:/+")
_SPACE_BEFORE = re.compile(r"(?<![<\s])\s+(?=[,.;:!?)\]](?:\s|$))")


def clean_passage(text: str) -> str:
    """The text of a page as it is quoted: everything that can be seen, and nothing else.

    Args:
        text: stored text of a page.

    Returns:
        Unicode in composed form. Cleaning twice changes nothing.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        text = _UNSEEN.sub("", text)
        text = _JOINERS.sub(_keep_joiner, text)
        text = _MANY_MARKS.sub("", text)
    return clean_text(text)


def clean_title(text: str, limit: int = LONGEST_TITLE) -> str:
    """The same on one line, at most `limit` characters: for titles and headings."""
    return clean_line(clean_passage(text), limit=limit)


def is_unseen(character: str) -> bool:
    """Whether a character shows nothing, though Unicode counts it as a letter, a mark or a space."""
    return _UNSEEN.match(character) is not None


def disarm_text(text: str) -> str:
    """The text of a page as a language model is shown it.

    Tokens of chat templates, lines that begin as a message or a numbered passage does, lines that rule off,
    and citation marks are broken; everything else stays.

    Args:
        text: a cleaned passage or title.
    """
    text = _TOKENS.sub(lambda found: f"({_strip_signs(found[0])})", text)
    # Half a token is none, but nothing is to stand before it that makes it whole.
    text = _HALF_TOKEN.sub(lambda found: f"{found[0][0]} {found[0][1]}", text)
    text = _MARK.sub(lambda found: f"({found['inside']})", text)
    text = _FENCE.sub(lambda found: " " if found[0].endswith(("#", " ")) else "·", text)
    return _LABEL.sub(
        lambda found: f"{found['lead']}{found['name']}{_strip_signs(found['number'], ' ')} –", text
    )


def clean_statement(text: str) -> str:
    """What a language model or a summary may say as a sentence of its own.

    HTML, Markdown links and images, addresses and citation marks go, and whatever looks like them: the tag in
    "the <div> element", too. All else stays, line feeds and the white space around included.

    Args:
        text: what a language model wrote, or a stretch of a cleaned passage.

    Returns:
        nothing but white space where nothing is left to say.
    """
    before = None
    for _ in range(_MOST_ROUNDS):
        # What is taken out may put together what stood around it.
        if text == before:
            return text
        before = text
        text = _strip_once(text)
    return _BRACKETS.sub("", text)


def _strip_once(text: str) -> str:
    text = html.unescape(text) if "&" in text else text
    text = _SCRIPTS.sub(" ", text)
    text = _OPENING.sub("< ", _TAG.sub("", text))
    text = _LINK_BASE.sub("", text)
    text = _MARK.sub("", text)
    text = _LINK.sub(lambda found: found["text"], text)
    text = _ADDRESS.sub("", text)
    # A link's text may go over lines; apart from its address it is none.
    text = _EMPTY.sub("", text).replace("](", "] (")
    return _SPACE_BEFORE.sub("", text)


def _keep_joiner(found: re.Match[str]) -> str:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return found[0][0] if before and after and _JOINED.match(before) and _JOINED.match(after) else ""


def _strip_signs(text: str, before: str = "") -> str:
    words = " ".join(re.findall(r"[\w/]+", text))
    return f"{before}{words}" if words else ""
